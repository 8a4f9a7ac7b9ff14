"""What a second person approves: exactly this content for exactly these recipients (M7)."""

from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256
from json import dumps
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.exceptions import Refused

from .. import signatures
from ..audience import recipients
from ..models import Letter, Mailing
from ..texts import LANGUAGES
from .rows import Status, day_of, lock, set_values, void


def fingerprint(mailing: Mailing) -> str:
    """SHA-256 of everything a recipient would see and of who the recipients are, as canonical JSON."""
    document = {
        "kind": mailing.kind,
        "reference": mailing.reference,
        "place": mailing.place,
        "signatory": signatures.fingerprint(mailing.signatory),
        "dated_on": mailing.dated_on.isoformat(),
        "year": mailing.year,
        "office": mailing.office,
        "edition": mailing.edition,
        "texts": {
            language: [getattr(mailing, f"subject_{language}") or "", getattr(mailing, f"body_{language}") or ""]
            for language in LANGUAGES
        },
        "letters": [
            {
                "city": letter.city_id,
                "addressee": letter.addressee,
                "address": letter.address,
                "language": letter.language,
                "salutation": letter.salutation,
                "note": letter.note,
                "skip": letter.skip_reason,
                "attachments": sorted([a.name, a.sha256] for a in letter.attachments.all()),
            }
            for letter in mailing.letters.order_by("city_id").prefetch_related("attachments")
        ],
    }
    return sha256(dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def changes(mailing: Mailing, on: date) -> Iterator[str]:
    """How text or recipients on the day `on` differ from what was prepared; nothing means they are the same."""
    if fingerprint(mailing) != mailing.content_hash:
        yield _("The text, the date or an attachment was changed.")
    letters = {letter.city_id: letter for letter in mailing.letters.select_related("city")}
    for person in recipients(mailing, on):
        letter = letters.pop(person.city.pk, None)
        if letter is None:
            yield _("%(city)s has come into the audience.") % {"city": person.city}
        elif person.skip and not letter.skip_reason:
            reason = Letter.Skip(person.skip).label
            yield _("%(city)s would not get it any more: %(reason)s") % {"city": person.city, "reason": reason}
        elif letter.skip_reason and not person.skip and letter.skip_reason != Letter.Skip.NO_DOCUMENT:
            yield _("%(city)s can be written to now.") % {"city": person.city}
        elif not letter.skip_reason and not person.is_still(letter):
            yield _("The addressee, address, language or salutation for %(city)s is not the same any more.") % {
                "city": person.city
            }
    for letter in letters.values():
        yield _("%(city)s is not in the audience any more.") % {"city": letter.city}


def touch(mailing: Mailing) -> bool:
    """After an edit: a mailing whose content is not what was prepared goes back to draft; says whether it did."""
    with transaction.atomic():
        locked = lock(mailing)
        if locked.status in (Status.RENDERING, Status.PREPARED, Status.APPROVED):
            is_same = locked.status != Status.RENDERING and fingerprint(locked) == locked.content_hash
            if not is_same:
                void(locked)
    mailing.refresh_from_db()
    return mailing.status == Status.DRAFT


def approval_obstacles(mailing: Mailing, by: Any, on: date) -> Iterator[str]:
    """Why `by` cannot approve the mailing; nothing means they can."""
    if mailing.status != Status.PREPARED:
        yield _("Only a mailing that is ready for approval can be approved. This one is “%(status)s”.") % {
            "status": mailing.get_status_display()
        }
        return
    if by.pk == mailing.author_id:
        yield _("You wrote this mailing. Another person approves it.")
    yield from changes(mailing, on)


@transaction.atomic
def approve(mailing: Mailing, *, by: Any, at: datetime | None = None) -> Mailing:
    """Approve exactly this text for exactly these recipients. Raises Refused with every obstacle."""
    at = at or timezone.now()
    mailing = lock(mailing)
    if problems := list(approval_obstacles(mailing, by, day_of(at))):
        raise Refused(problems)
    set_values(mailing, status=Status.APPROVED, approved_hash=mailing.content_hash, approved_at=at, approved_by=by)
    return mailing
