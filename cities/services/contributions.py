"""The yearly contributions of the cities of the international network."""

from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from accounts.models import User
from common import formats
from common.exceptions import Refused

from ..models import City, Contribution, NationalNetwork

Status = Contribution.Status


def counted_on(year: int, today: date) -> date:
    """The day that decides which cities owe a contribution for `year`: today, or the day of the year nearest to it."""
    return min(max(today, date(year, 1, 1)), date(year, 12, 31))


@transaction.atomic
def open_contributions(year: int, *, by: User, due_on: date | None = None, at: date | None = None) -> int:
    """Write what the members of the international network owe for `year`, each city once; how many were new.

    Safe to repeat: a city that has its contribution keeps it, one that joined since gets its own.
    """
    today = at or timezone.localdate()
    if not today.year - 10 <= year <= today.year + 1:
        raise Refused(
            [_("Choose a year between %(first)s and %(last)s.") % {"first": today.year - 10, "last": today.year + 1}]
        )
    on = counted_on(year, today)
    # The lock that every opening takes, so that two at once write each city once.
    list(NationalNetwork.objects.select_for_update().filter(is_international=True).order_by("pk"))
    owing = City.objects.members(on).of_network(on, is_international=True)
    new = [
        Contribution(city=city, year=year, amount=settings.ICC_CONTRIBUTION_EUR, due_on=due_on)
        for city in owing.exclude(contributions__year=year)
    ]
    bulk_create_with_history(new, Contribution, default_user=by)
    return len(new)


@transaction.atomic
def mark_paid(contribution: Contribution, on: date, *, by: User) -> Contribution:
    """The money came on the day `on`. Raises Refused for what is settled, and for a day to come."""
    contribution = _due(contribution)
    if on > timezone.localdate():
        raise Refused([_("The day of the payment lies in the future. Enter it once the money is there.")])
    return _settle(contribution, Status.PAID, on, by)


@transaction.atomic
def waive(contribution: Contribution, *, reason: str, by: User) -> Contribution:
    """The city need not pay, for a reason that is kept."""
    contribution = _due(contribution)
    if not reason.strip():
        raise Refused([_("Write why the contribution is waived.")])
    contribution.reason = reason.strip()
    return _settle(contribution, Status.WAIVED, timezone.localdate(), by)


@transaction.atomic
def set_due_again(contribution: Contribution, *, by: User) -> Contribution:
    """Take back what was entered by mistake; the history keeps it."""
    contribution = Contribution.objects.select_for_update().get(pk=contribution.pk)
    if contribution.status == Status.DUE:
        raise Refused([_("This contribution is due already.")])
    contribution.reason = ""
    return _settle(contribution, Status.DUE, None, by)


def _due(contribution: Contribution) -> Contribution:
    """The row, locked. Raises Refused unless it is due."""
    contribution = Contribution.objects.select_for_update().get(pk=contribution.pk)
    if contribution.status != Status.DUE:
        assert contribution.settled_on
        sentence = _("This contribution is settled already: %(status)s, %(day)s.")
        raise Refused(
            [sentence % {"status": contribution.get_status_display(), "day": formats.day(contribution.settled_on)}]
        )
    return contribution


def _settle(contribution: Contribution, status: str, on: date | None, by: User) -> Contribution:
    contribution.status, contribution.settled_on = status, on
    contribution.settled_by = by if on else None
    contribution._history_user = by  # type: ignore[attr-defined]
    contribution.save()
    return contribution
