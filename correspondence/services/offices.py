"""What an office does with its link, and what the unit does with the link."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cities.models import ChangeRequest, Office
from cities.services import request_change
from common.exceptions import Refused
from mail.models import Message
from mail.services import Recipient, queue_message

from ..links import address
from ..models import Letter, LetterLink

LINK_AGE = timedelta(days=180)
CHANGES_AN_HOUR = 5  # through one link


def open_links(letters: Iterable[Letter], at: datetime) -> dict[int, LetterLink]:
    """A new link for each letter, by the letter's primary key."""
    links = LetterLink.objects.bulk_create(
        LetterLink(letter=letter, expires_at=at + LINK_AGE) for letter in letters if not letter.skip_reason
    )
    return {link.letter_id: link for link in links}


def live_link(letter: Letter, at: datetime) -> LetterLink:
    """The link of the letter that still opens, or a new one."""
    live = LetterLink.objects.select_for_update().filter(letter=letter, revoked_at=None).first()
    if live and live.is_open(at):
        return live
    if live:
        revoke_link(live, at=at)
    return LetterLink.objects.create(letter=letter, expires_at=at + LINK_AGE)


@transaction.atomic
def revoke_link(link: LetterLink, *, at: datetime | None = None) -> None:
    """From now on this link opens nothing."""
    LetterLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=at or timezone.now())


@transaction.atomic
def renew_link(link: LetterLink, *, by: User, at: datetime | None = None) -> Message:
    """A new link instead of this one, mailed to the address that the letter went to. Raises Refused."""
    at = at or timezone.now()
    letter = Letter.objects.select_related("mailing", "city").get(pk=link.letter_id)
    if not letter.message_id:
        raise Refused([_("This letter was not sent, so that there is nothing to open.")])
    for live in LetterLink.objects.select_for_update().filter(letter=letter, revoked_at=None):
        revoke_link(live, at=at)
    new = LetterLink.objects.create(letter=letter, expires_at=at + LINK_AGE)
    return queue_message(
        "correspondence/new_link",
        to=Recipient(letter.address, letter.addressee, letter.language),
        key=f"correspondence/new_link/{new.pk}",
        context={"letter": letter, "link": new, "address": lambda: address(new)},
        city=letter.city,
    )


def say_received(link: LetterLink, at: datetime) -> bool:
    """The office says that its letter has arrived; the first time counts. Says whether this was the first."""
    return bool(Letter.objects.filter(pk=link.letter_id, received_at=None).update(received_at=at))


def say_new_mayor(
    link: LetterLink, *, name: str, email: str, started_on: date, salutation: str = "", note: str = ""
) -> ChangeRequest:
    """The office says who the mayor is now: a request that the unit decides, never a change by itself. Raises Refused."""
    letter = link.letter
    if letter.mailing.office != Office.MAYOR:
        raise Refused([_("This letter did not go to a mayor.")])
    key = f"letters/changes/{link.pk}"
    cache.add(key, 0, timeout=3600)
    if cache.incr(key) > CHANGES_AN_HOUR:
        raise Refused([_("You have told us several times within an hour. Wait a little, or write to the unit.")])
    values = {"name": name, "salutation": salutation, "email": email, "started_on": started_on.isoformat()}
    return request_change(letter.city, ChangeRequest.Kind.MAYOR, values=values, note=note, via=ChangeRequest.Via.MAYOR)
