"""What happens here when allauth tells of something."""

from allauth.mfa.signals import authenticator_added
from django.contrib import messages
from django.dispatch import receiver
from django.utils.html import format_html
from django.utils.translation import gettext as _

from .admin_site import NEXT_KEY


@receiver(authenticator_added)
def show_the_way_back(sender, request, user, **kwargs) -> None:
    """Staff who were sent to set up a second factor get a link to where they wanted to go."""
    if url := request.session.pop(NEXT_KEY, None):
        link = format_html('<a href="{}">{}</a>', url, _("Continue to the administration"))
        messages.success(request, format_html("{} {}", _("Your second factor is set up."), link))
