"""The numbers of one year: each is counted from rows that can be shown (R4)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Min, QuerySet
from django.utils.translation import gettext as _

from activities.models import Activity, Registration
from cities.models import IndexResult, MembershipStep
from cities.models.membership import Step
from common import formats
from common.summary import Figure
from correspondence.models import Exchange, Letter
from grants.models import Award
from library.models import GoodPractice, Publication
from mail.models import State

from . import rows

Rows = QuerySet | Sequence
RowsOf = Callable[[date], Rows]


@dataclass(frozen=True)
class Counted:
    """A number: its label, the rows behind it in a year up to its day, and how they make the number."""

    label: str
    rows: RowsOf
    value: Callable[[Rows], int | Decimal] = lambda found: found.count() if isinstance(found, QuerySet) else len(found)
    unit: str = ""


def amounts(awards: Any) -> Decimal:
    return sum((award.amount for award in awards if award.amount), Decimal(0))


def counted(end: date) -> dict[str, Counted]:
    """By key, what the report counts of the year that reaches to the day `end`; labels in the language in force."""
    if end == rows.last_day(end.year):
        members = _("Member cities on 31 December")
    else:
        members = _("Member cities on %(day)s") % {"day": formats.day(end)}
    online = Activity.Format.ONLINE
    return {
        "members": Counted(members, rows.members),
        "countries": Counted(_("Countries with member cities"), rows.countries),
        "new_members": Counted(_("Cities that joined in the year"), rows.joined),
        "networks": Counted(_("Networks with member cities"), rows.networks),
        "index_results": Counted(_("Intercultural Cities Index results"), rows.index_results),
        "expert_visits": Counted(_("Expert visits"), rows.expert_visits),
        "activities": Counted(_("Activities"), rows.activities),
        "activities_online": Counted(_("of which online"), lambda end: rows.activities(end).filter(format=online)),
        "activity_cities": Counted(_("Cities present, as far as recorded"), rows.cities_present),
        "participants": Counted(_("Participants recorded on the portal"), rows.participants),
        "grants": Counted(_("Inter-city grants"), rows.awards),
        "grant_cities": Counted(_("Cities in these grants"), rows.granted_cities),
        "grants_total": Counted(
            _("Amount of the grants whose amount is known"),
            lambda end: rows.awards(end).filter(amount__isnull=False),
            amounts,
            "EUR",
        ),
        "publications": Counted(_("Publications"), rows.publications),
        "practices": Counted(_("Good practices published"), rows.practices),
        "letters": Counted(_("Letters to cities"), rows.letters),
        "exchanges": Counted(_("Exchanges with cities"), rows.exchanges),
    }


def figures(end: date) -> list[Figure]:
    """The numbers of the year up to its day `end` in the order of the report, each with the whole year before."""
    begins, before = first_years(), rows.last_day(end.year - 1)
    return [
        Figure(
            key,
            kind.label,
            kind.value(kind.rows(end)),
            kind.value(kind.rows(before)) if begins.get(key, 0) < end.year else None,
            kind.unit,
        )
        for key, kind in counted(end).items()
    ]


def values(end: date, *, only: Collection[str] | None = None) -> dict[str, tuple[int | Decimal, str]]:
    """By key, number and unit of the year up to `end`, without the year before; `only` these keys."""
    wanted = {key: kind for key, kind in counted(end).items() if only is None or key in only}
    return {key: (kind.value(kind.rows(end)), kind.unit) for key, kind in wanted.items()}


NEVER = 9999


def first_years() -> dict[str, int]:
    """By key, the first year of which the portal has any record: of the years before, nothing is known, not zero.

    A member city or a network has no such beginning.
    """
    held = Activity.objects.filter(status=Activity.Status.PUBLISHED)
    visits = held.filter(kind=Activity.Kind.EXPERT_VISIT).aggregate(at=Min("starts_at"))["at"]
    steps = MembershipStep.objects.filter(kind=Step.EXPERT_VISIT).aggregate(on=Min("on"))["on"]
    attended = Registration.objects.filter(status__in=rows.TOOK_PART)
    sent = Letter.objects.filter(message__state=State.SENT)
    years = {
        "activities": held.aggregate(at=Min("starts_at"))["at"],
        "participants": attended.aggregate(at=Min("activity__starts_at"))["at"],
        "grants": Award.objects.aggregate(first=Min("year"))["first"],
        "publications": Publication.objects.aggregate(first=Min("year"))["first"],
        "practices": GoodPractice.objects.aggregate(at=Min("published_at"))["at"],
        "index_results": IndexResult.objects.aggregate(on=Min("on"))["on"],
        "expert_visits": min((day.year for day in (visits, steps) if day), default=None),
        "letters": sent.aggregate(at=Min("message__sent_at"))["at"],
        "exchanges": Exchange.objects.aggregate(on=Min("on"))["on"],
    }
    first = {key: getattr(value, "year", value) or NEVER for key, value in years.items()}
    return first | {
        "activities_online": first["activities"],
        "activity_cities": first["participants"],
        "grant_cities": first["grants"],
        "grants_total": first["grants"],
    }


def known_keys() -> list[str]:
    """The keys of the computed figures, which a text may name."""
    return list(counted(rows.last_day(2008)))
