"""What every service of this package does with the row of a mailing: lock, expect, set."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.exceptions import Refused

from ..models import Mailing

Status = Mailing.Status
EDITABLE = (Status.DRAFT, Status.RENDERING, Status.PREPARED, Status.APPROVED)
UNDER_WAY = (Status.SENDING, Status.PAUSED, Status.FINISHED)


def lock(mailing: Mailing) -> Mailing:
    return Mailing.objects.select_for_update().get(pk=mailing.pk)


def expect(mailing: Mailing, statuses: set[Any], sentence: str) -> Mailing:
    locked = lock(mailing)
    if locked.status not in statuses:
        raise Refused([sentence])
    return locked


def set_values(mailing: Mailing, **values: Any) -> None:
    for name, value in values.items():
        setattr(mailing, name, value)
    mailing.save(update_fields=list(values))


def void(mailing: Mailing) -> None:
    set_values(
        mailing,
        status=Status.DRAFT,
        content_hash="",
        approved_hash="",
        approved_at=None,
        approved_by=None,
        send_at=None,
        scheduled_by=None,
    )


@transaction.atomic
def move_if(mailing: Mailing, before: str, after: str) -> None:
    locked = lock(mailing)
    if locked.status == before:
        set_values(locked, status=after)


def day_of(at: datetime) -> date:
    return timezone.localtime(at).date()
