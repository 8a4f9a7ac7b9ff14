"""Consent to be listed: given or withdrawn by the person, with the date and the words that were agreed to."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

from .models import Contact

# Never change a wording that somebody agreed to: add the next one.
WORDINGS = {
    1: _(
        "The officials of the other member cities may see my name and my office in the directory. "
        "My address and my telephone number are never shown."
    ),
}
CURRENT = max(WORDINGS)


def contact_of(user: User) -> Contact | None:
    return Contact.objects.filter(user=user).first()


@transaction.atomic
def set_listing(contact: Contact, *, is_listed: bool, by: User, at: datetime | None = None) -> Contact:
    """Give consent to the current wording, or withdraw it; the history keeps when. Nothing happens when it stands so."""
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    agreed = contact.is_listed and contact.listed_wording == CURRENT
    if is_listed == (agreed if is_listed else contact.is_listed):
        return contact
    contact.is_listed = is_listed
    contact.listed_at = (at or timezone.now()) if is_listed else None
    contact.listed_wording = CURRENT if is_listed else None
    contact._history_user = by  # type: ignore[attr-defined]
    contact.save(update_fields=["is_listed", "listed_at", "listed_wording"])
    return contact


def withdrawn_at(contact: Contact) -> datetime | None:
    """When the consent that was given last was withdrawn; None while it stands or when there never was one."""
    if contact.is_listed:
        return None
    given = contact.history.filter(is_listed=True).order_by("-history_date").first()  # type: ignore[attr-defined]
    if given is None:
        return None
    after = contact.history.filter(is_listed=False, history_date__gt=given.history_date)  # type: ignore[attr-defined]
    first = after.order_by("history_date").first()
    return first.history_date if first else None
