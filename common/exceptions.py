"""What a service says when it will not do what was asked."""

from django.core.exceptions import ValidationError


class Refused(ValidationError):
    """A rule forbids this. `messages` holds the sentences to show; forms take it as it is."""
