"""An approved mailing in the ledger: sent once, paused, cancelled, followed to its end."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import CharField, Count, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.exceptions import Refused
from mail import services as outbox
from mail.models import WAITING, Message, State

from ..audience import recipients
from ..links import paragraph
from ..models import Letter, LetterLink, Mailing
from ..rendering import email_body, filled
from .approving import changes
from .offices import open_links
from .preparing import ask_for_pdfs
from .rows import EDITABLE, UNDER_WAY, Status, day_of, expect, lock, move_if, set_values, void


def dispatch(mailing: Mailing, *, by: Any, at: datetime | None = None) -> Mailing:
    """Put one message per city into the ledger, once, however many people press the button.

    Raises Refused when it is not approved, or when text or recipients changed since; that also voids the approval.
    """
    at = at or timezone.now()
    with transaction.atomic():
        mailing = lock(mailing)
        if mailing.status in UNDER_WAY:
            return mailing
        if mailing.status != Status.APPROVED:
            raise Refused([_("Only an approved mailing can be sent. Prepare it and let another person approve it.")])
        differences = list(changes(mailing, day_of(at)))
        if differences:
            void(mailing)
        else:
            _queue(mailing, at)
            set_values(mailing, status=Status.SENDING, dispatched_at=at, dispatched_by=by)
    if differences:
        raise Refused([*differences, _("The approval is void. Prepare the mailing again and have it approved.")])
    return mailing


def _queue(mailing: Mailing, at: datetime) -> None:
    letters = list(mailing.letters.select_related("city").prefetch_related("attachments"))
    links = open_links(letters, at)
    messages = outbox.queue_all(draft(mailing, letter, links.get(letter.pk)) for letter in letters)
    for letter, message in zip(letters, messages, strict=True):
        letter.message = message
    Letter.objects.bulk_update(letters, ["message"])


def draft(mailing: Mailing, letter: Letter, link: LetterLink | None, *, number: int = 1) -> outbox.Draft:
    """The mail of one office; `number` counts how often its letter is sent."""
    with translation.override("en"):  # reasons are kept in English and translated where they are shown
        reason = str(letter.get_skip_reason_display()) if letter.skip_reason else ""
    files = [] if reason else list(letter.attachments.all())
    fits = outbox.fits(files)
    page = paragraph(link, letter, mailing.office, is_too_large=not fits) if link else ""
    return outbox.Draft(
        key=f"{mailing.key}/{letter.city_id}/{mailing.office}" + (f"/{number}" if number > 1 else ""),
        to=outbox.Recipient(letter.address, letter.addressee, letter.language),
        subject=filled(mailing, letter, "subject"),
        body="" if reason else email_body(mailing, letter, page),
        template=f"correspondence/{mailing.kind}",
        city=letter.city,
        mailing=mailing.key,
        attachments=files if fits else [],
        skip_reason=reason,
    )


@transaction.atomic
def pause(mailing: Mailing, *, by: Any) -> Mailing:
    """Keep back what has not gone yet; what is on its way goes on. Raises Refused."""
    mailing = expect(mailing, {Status.SENDING}, _("Only a mailing that is being sent can be paused."))
    outbox.hold_mailing(mailing.key, by=by)
    set_values(mailing, status=Status.PAUSED)
    return mailing


@transaction.atomic
def resume(mailing: Mailing, *, by: Any, at: datetime | None = None) -> Mailing:
    """Let a mailing go on that was paused, or held after a restore; who is not in office any more is left out.

    Raises Refused.
    """
    at = at or timezone.now()
    mailing = expect(mailing, {Status.PAUSED, Status.SENDING}, _("Only a paused mailing can go on."))
    _leave_out_changed(mailing, by=by, at=at)
    outbox.release_mailing(mailing.key, by=by)
    set_values(mailing, status=Status.SENDING)
    return mailing


LEFT_OUT = gettext_noop("The office was not the same any more when the mailing went on.")


def _leave_out_changed(mailing: Mailing, *, by: Any, at: datetime) -> None:
    now = {person.city.pk: person for person in recipients(mailing, day_of(at))}
    gone = [
        letter.pk
        for letter in mailing.letters.filter(message__state=State.HELD)
        if not (person := now.get(letter.city_id)) or person.skip or not person.is_still(letter)
    ]
    held = Message.objects.filter(letter__in=gone, state=State.HELD)
    held.update(state=State.CANCELLED, reason=LEFT_OUT, handled_by=by, handled_at=at)


@transaction.atomic
def cancel(mailing: Mailing, *, by: Any) -> Mailing:
    """Stop a mailing for good; what was sent stays in the ledger. Raises Refused once it is finished."""
    mailing = expect(
        mailing, {*EDITABLE, Status.SENDING, Status.PAUSED}, _("This mailing is finished or cancelled already.")
    )
    outbox.cancel_mailing(mailing.key, by=by)
    set_values(mailing, status=Status.CANCELLED)
    return mailing


def progress(mailing: Mailing) -> dict[str, int]:
    """How many letters are in each state that occurs, and `total` and `done` (in a final state).

    Of a letter that was sent again to a corrected office, the newest message counts.
    """
    messages = Message.objects.filter(letter__mailing=mailing)
    counts: dict[str, int] = dict(messages.values_list("state").annotate(n=Count("pk")).order_by("state"))
    total = sum(counts.values())
    return {**counts, "total": total, "done": total - messages.unsettled().count()}


def follow_messages(**_signal: Any) -> None:
    """Bring mailings in line with their messages: finished means no row outside a final state.

    Also catches what was on its way while its mailing was paused or cancelled, and was put off by the server, and
    PDFs that the broker forgot. Runs after each batch and each minute.
    """
    for mailing in Mailing.objects.filter(status=Status.RENDERING):
        ask_for_pdfs(mailing)
    key = Concat(Value("mailing/"), Cast(OuterRef("pk"), CharField()))
    unsettled = Exists(Message.objects.filter(mailing=key).unsettled())
    waiting = Exists(Message.objects.filter(mailing=key, state__in=WAITING))
    for mailing in Mailing.objects.filter(~unsettled, status=Status.SENDING):
        move_if(mailing, Status.SENDING, Status.FINISHED)
    for mailing in Mailing.objects.filter(unsettled, status=Status.FINISHED):
        move_if(mailing, Status.FINISHED, Status.SENDING)
    for mailing in Mailing.objects.filter(waiting, status__in=[Status.PAUSED, Status.CANCELLED]):
        if mailing.status == Status.PAUSED:
            Message.objects.filter(mailing=mailing.key, state__in=WAITING).update(
                state=State.HELD, reason=outbox.PAUSED
            )
        else:
            Message.objects.filter(mailing=mailing.key, state__in=WAITING).update(
                state=State.CANCELLED, reason=outbox.STOPPED
            )
