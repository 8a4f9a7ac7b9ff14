"""What people do with good practices."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cities.models import City, PolicyArea
from common.exceptions import Refused, Stale
from mail.services import queue_message

from .models import GoodPractice

Status = GoodPractice.Status
TEXTS = ["title", "summary", "description", "inspired_by"]


@transaction.atomic
def save_practice(
    practice: GoodPractice | None,
    *,
    city: City,
    texts: dict[str, Any],
    areas: list[PolicyArea],
    by: User,
    version: int = 1,
) -> GoodPractice:
    """Write a new practice of `city`, or save an edit that began at `version`. Raises Stale when another saved since."""
    if practice is None:
        practice = GoodPractice.objects.create(city=city, written_by=by, **{name: texts[name] for name in TEXTS})
    else:
        practice = GoodPractice.objects.select_for_update().get(pk=practice.pk)
        if practice.version != version:
            raise Stale(practice)
        if practice.status not in (Status.DRAFT, Status.RETURNED):
            raise Refused(_("This practice has been handed in and can no longer be changed. Write to the unit."))
        for name in TEXTS:
            setattr(practice, name, texts[name])
        practice.version += 1
        practice.save()
    practice.policy_areas.set(areas)
    return practice


@transaction.atomic
def submit(practice: GoodPractice, *, by: User, at: datetime | None = None) -> GoodPractice:
    """Hand a draft to the unit for review, once."""
    practice = GoodPractice.objects.select_for_update().get(pk=practice.pk)
    if practice.status not in (Status.DRAFT, Status.RETURNED):
        raise Refused(_("This practice has already been handed in."))
    practice.status, practice.submitted_at = Status.SUBMITTED, at or timezone.now()
    practice.save(update_fields=["status", "submitted_at"])
    return practice


@transaction.atomic
def publish(practice: GoodPractice, *, by: User, at: datetime | None = None) -> GoodPractice:
    """Publish a practice that was handed in; its author is told."""
    practice = GoodPractice.objects.select_for_update().get(pk=practice.pk)
    if practice.status != Status.SUBMITTED:
        raise Refused(_("Only a practice in review can be published."))
    practice.status, practice.published_at, practice.published_by = Status.PUBLISHED, at or timezone.now(), by
    practice.save(update_fields=["status", "published_at", "published_by"])
    _tell(practice, "published")
    return practice


@transaction.atomic
def send_back(practice: GoodPractice, *, by: User, note: str) -> GoodPractice:
    """Return a practice to its city with a note that says what is missing."""
    practice = GoodPractice.objects.select_for_update().get(pk=practice.pk)
    if practice.status != Status.SUBMITTED:
        raise Refused(_("Only a practice in review can be returned."))
    if not note.strip():
        raise Refused(_("Write what the city should change."))
    practice.status, practice.review_note = Status.RETURNED, note
    practice.version += 1
    practice.save(update_fields=["status", "review_note", "version"])
    _tell(practice, "returned")
    return practice


def _tell(practice: GoodPractice, occasion: str) -> None:
    if (author := practice.written_by) is None:
        return
    queue_message(
        f"library/{occasion}",
        to=author,
        key=f"library/{occasion}/{practice.pk}/{practice.version}",
        city=practice.city,
        context={
            "practice": practice,
            "url": f"{settings.PORTAL_URL}/{author.language}/library/practices/{practice.pk}/",
        },
    )
