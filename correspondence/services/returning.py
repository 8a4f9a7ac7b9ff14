"""Letters that came back: the office is to be corrected, and then they go once more."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cities.models import ChangeRequest, Contact, Term
from cities.services import request_change
from common.exceptions import Refused
from mail import services as outbox
from mail.models import Message, State

from ..audience import Recipient, recipients
from ..models import Letter, Mailing
from .offices import live_link
from .rows import UNDER_WAY, Status, day_of, expect, set_values
from .sending import draft

UNREACHED = (State.FAILED, State.BOUNCED)


def mark_returned(*, message: Message, diagnostic: str, **_signal: Any) -> None:
    """Mail to this address came back for good: its contacts are skipped, and the unit is asked to correct their offices."""
    today = timezone.localdate()
    for contact in Contact.objects.filter(email__iexact=message.to_address, is_bouncing=False):
        contact.is_bouncing = True
        contact.save(update_fields=["is_bouncing"])
        for term in Term.objects.open(today).filter(contact=contact, city__isnull=False).select_related("city"):
            if term.city:
                note = f"{message.to_address}: {diagnostic}"[:1000]
                values = {"email": "", "office": term.office}
                request_change(
                    term.city, ChangeRequest.Kind.ADDRESS, values=values, note=note, via=ChangeRequest.Via.BOUNCE
                )


def corrections(mailing: Mailing, at: datetime) -> Iterator[tuple[Letter, Recipient, str]]:
    """Letters that did not arrive, with their office as it is today, and why it cannot be sent again (or nothing)."""
    letters = mailing.letters.filter(message__state__in=UNREACHED).select_related("city", "message")
    unreached = {letter.city_id: letter for letter in letters}
    if not unreached:
        return
    for person in recipients(mailing, day_of(at)):
        if letter := unreached.get(person.city.pk):
            yield letter, person, _obstacle(letter, person)


def _obstacle(letter: Letter, person: Recipient) -> str:
    city = {"city": letter.city.name}
    if person.skip:
        return _("%(city)s: %(reason)s") % {**city, "reason": Letter.Skip(person.skip).label}
    if (person.addressee, person.language, person.salutation) != (letter.addressee, letter.language, letter.salutation):
        return (
            _("%(city)s: somebody else holds the office now, or is addressed differently. Write a letter of its own.")
            % city
        )
    if person.address.lower() == letter.address.lower():
        return _("%(city)s: the address is still the one that did not work.") % city
    return ""


@transaction.atomic
def send_to_corrected(mailing: Mailing, *, by: Any, at: datetime | None = None) -> list[Message]:
    """Send the same letter once more to each office whose address was corrected since it came back or was refused.

    What was sent before stays in the ledger. Raises Refused when there is none.
    """
    at = at or timezone.now()
    mailing = expect(mailing, set(UNDER_WAY), _("Only a mailing that was sent can be sent again."))
    again, left = [], []
    for letter, person, obstacle in corrections(mailing, at):
        if obstacle:
            left.append(obstacle)
        else:
            again.append((Letter.objects.select_for_update(of=["self"]).get(pk=letter.pk), person))
    if not again:
        raise Refused(left or [_("No letter of this mailing came back or was refused.")])
    drafts = []
    for letter, person in again:
        letter.address, letter.term = person.address, person.term
        number = Message.objects.filter(mailing=mailing.key, city=letter.city).count() + 1
        drafts.append(draft(mailing, letter, live_link(letter, at), number=number))
    messages = outbox.queue_all(drafts)
    for (letter, _person), message in zip(again, messages, strict=True):
        letter.message = message
    Letter.objects.bulk_update([letter for letter, _person in again], ["message", "address", "term"])
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(handled_by=by, handled_at=at)
    if mailing.status == Status.FINISHED:
        set_values(mailing, status=Status.SENDING)
    return list(Message.objects.filter(pk__in=[message.pk for message in messages]).order_by("pk"))
