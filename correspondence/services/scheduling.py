"""Sending at an instant: the approval is looked at again when it has come."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common.exceptions import Refused
from mail.services import queue_message

from ..models import Mailing
from .rows import Status, expect, lock, set_values
from .sending import dispatch


@transaction.atomic
def schedule(mailing: Mailing, *, send_at: datetime, by: Any, at: datetime | None = None) -> Mailing:
    """Send an approved mailing by itself at `send_at`. Raises Refused for one that is not approved, or an instant past."""
    mailing = expect(
        mailing,
        {Status.APPROVED},
        _("Only an approved mailing can be sent. Prepare it and let another person approve it."),
    )
    if send_at <= (at or timezone.now()):
        raise Refused([_("This instant has passed. Choose a later one, or send the mailing now.")])
    set_values(mailing, send_at=send_at, scheduled_by=by)
    return mailing


@transaction.atomic
def unschedule(mailing: Mailing, *, by: Any) -> Mailing:
    """Do not send by itself; it stays approved. Raises Refused."""
    mailing = lock(mailing)
    if mailing.status != Status.APPROVED or not mailing.send_at:
        raise Refused([_("This mailing does not wait for an instant. Load the page again.")])
    set_values(mailing, send_at=None, scheduled_by=None)
    return mailing


def due(at: datetime) -> QuerySet[Mailing]:
    """Mailings whose instant has come and that were not sent (M9)."""
    return Mailing.objects.filter(status=Status.APPROVED, send_at__lte=at)


def send_scheduled(at: datetime) -> None:
    """Send what is due. What cannot go as it was approved goes back to draft, and its people are told why.

    The annual report is sent by `reports`, which looks at its documents too.
    """
    for pk in due(at).exclude(kind=Mailing.Kind.ANNUAL_REPORT).values_list("pk", flat=True):
        with transaction.atomic():
            mailing = due(at).select_for_update(of=["self"], skip_locked=True).filter(pk=pk).first()
            if mailing is None:
                continue
            try:
                dispatch(mailing, by=mailing.scheduled_by, at=at)
            except Refused as refusal:
                tell_trouble(mailing, refusal.messages, at)


@transaction.atomic
def tell_trouble(mailing: Mailing, sentences: list[str], at: datetime) -> None:
    """Keep why a mailing was not sent when its time had come, and mail it to those who wrote, approved and scheduled it."""
    people = {p.pk: p for p in (mailing.author, mailing.approved_by, mailing.scheduled_by) if p}
    mailing = lock(mailing)
    set_values(mailing, send_at=None, scheduled_by=None, trouble="\n".join(sentences))
    for person in people.values():
        queue_message(
            "correspondence/not_sent",
            to=person,
            key=f"{mailing.key}/not_sent/{at.isoformat()}/{person.pk}",
            context={"mailing": mailing, "sentences": sentences, "at": at},
        )
