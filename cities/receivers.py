"""What happens here when other apps tell of something."""

from django.dispatch import receiver

from accounts.signals import invitation_accepted

from .services import link_contact


@receiver(invitation_accepted)
def give_the_account_its_offices(sender, user, **kwargs) -> None:
    """A contact with the same address becomes the new user, who may then act for the cities of its terms."""
    link_contact(user)
