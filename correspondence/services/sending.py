"""An approved mailing in the ledger: sent once, paused, cancelled, followed to its end."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import CharField, Count, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cities.models import Contact
from common.exceptions import Refused
from mail import services as outbox
from mail.models import WAITING, Message, State

from ..models import Letter, Mailing
from ..rendering import email_body, filled
from .approving import changes
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
            _queue(mailing)
            set_values(mailing, status=Status.SENDING, dispatched_at=at, dispatched_by=by)
    if differences:
        raise Refused([*differences, _("The approval is void. Prepare the mailing again and have it approved.")])
    return mailing


def _queue(mailing: Mailing) -> None:
    letters = list(mailing.letters.select_related("city").prefetch_related("attachments"))
    messages = outbox.queue_all(_draft(mailing, letter) for letter in letters)
    for letter, message in zip(letters, messages, strict=True):
        letter.message = message
    Letter.objects.bulk_update(letters, ["message"])


def _draft(mailing: Mailing, letter: Letter) -> outbox.Draft:
    with translation.override("en"):  # reasons are kept in English and translated where they are shown
        reason = str(letter.get_skip_reason_display()) if letter.skip_reason else ""
    return outbox.Draft(
        key=f"{mailing.key}/{letter.city_id}/{mailing.office}",
        to=outbox.Recipient(letter.address, letter.addressee, letter.language),
        subject=filled(mailing, letter, "subject"),
        body="" if reason else email_body(mailing, letter),
        template=f"correspondence/{mailing.kind}",
        city=letter.city,
        mailing=mailing.key,
        attachments=[] if reason else list(letter.attachments.all()),
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
def resume(mailing: Mailing, *, by: Any) -> Mailing:
    """Let a mailing go on that was paused, or held after a restore. Raises Refused."""
    mailing = expect(mailing, {Status.PAUSED, Status.SENDING}, _("Only a paused mailing can go on."))
    outbox.release_mailing(mailing.key, by=by)
    set_values(mailing, status=Status.SENDING)
    return mailing


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
    """How many messages are in each state that occurs, and `total` and `done` (in a final state)."""
    messages = Message.objects.filter(mailing=mailing.key)
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
            Message.objects.filter(mailing=mailing.key, state__in=WAITING).update(state=State.CANCELLED)


def mark_returned(*, message: Message, diagnostic: str, **_signal: Any) -> None:
    """Mail to this address came back for good: its contacts are skipped until somebody corrects them."""
    for contact in Contact.objects.filter(email__iexact=message.to_address, is_bouncing=False):
        contact.is_bouncing = True
        contact.save(update_fields=["is_bouncing"])
