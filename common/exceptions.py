"""What a service says when it will not do what was asked."""

from django.core.exceptions import ValidationError


class Refused(ValidationError):
    """A rule forbids this. `messages` holds the sentences to show; forms take it as it is."""


class Stale(Exception):
    """Somebody saved the same thing since it was opened; `current` is what stands now."""

    def __init__(self, current):
        super().__init__(str(current))
        self.current = current
