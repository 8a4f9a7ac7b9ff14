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
RowsOf = Callable[[int, date], Rows]


@dataclass(frozen=True)
class Counted:
    """A number: its label, the rows behind it in a year up to a day, and how they make the number."""

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
        "members": Counted(members, lambda year, on: rows.members(on)),
        "countries": Counted(_("Countries with member cities"), lambda year, on: rows.countries(on)),
        "new_members": Counted(_("Cities that joined in the year"), lambda year, on: rows.joined(year)),
        "networks": Counted(_("Networks with member cities"), lambda year, on: rows.networks(on)),
        "index_results": Counted(_("Intercultural Cities Index results"), lambda year, on: rows.index_results(year)),
        "expert_visits": Counted(_("Expert visits"), lambda year, on: rows.expert_visits(year)),
        "activities": Counted(_("Activities"), lambda year, on: rows.activities(year)),
        "activities_online": Counted(
            _("of which online"), lambda year, on: rows.activities(year).filter(format=online)
        ),
        "activity_cities": Counted(_("Cities present, as far as recorded"), lambda year, on: rows.cities_present(year)),
        "participants": Counted(_("Participants recorded on the portal"), lambda year, on: rows.participants(year)),
        "grants": Counted(_("Inter-city grants"), lambda year, on: rows.awards(year)),
        "grant_cities": Counted(_("Cities in these grants"), lambda year, on: rows.granted_cities(year)),
        "grants_total": Counted(
            _("Amount of the grants whose amount is known"),
            lambda year, on: rows.awards(year).filter(amount__isnull=False),
            amounts,
            "EUR",
        ),
        "publications": Counted(_("Publications"), lambda year, on: rows.publications(year)),
        "practices": Counted(_("Good practices published"), lambda year, on: rows.practices(year)),
        "letters": Counted(_("Letters to cities"), lambda year, on: rows.letters(year)),
        "exchanges": Counted(_("Exchanges with cities"), lambda year, on: rows.exchanges(year)),
    }


def figures(year: int, end: date | None = None, *, only: Collection[str] | None = None) -> list[Figure]:
    """The numbers of the year up to `end` in the order of the report, each with the whole year before.

    `only` these keys, where not all are needed.
    """
    end = end or rows.last_day(year)
    wanted = {key: kind for key, kind in counted(end).items() if only is None or key in only}
    begins = first_years() if wanted.keys() & BEGINS else {}
    before = rows.last_day(year - 1)
    return [
        Figure(
            key,
            kind.label,
            kind.value(kind.rows(year, end)),
            kind.value(kind.rows(year - 1, before)) if begins.get(key, 0) < year else None,
            kind.unit,
        )
        for key, kind in wanted.items()
    ]


def values(year: int, end: date, *, only: Collection[str] | None = None) -> dict[str, tuple[int | Decimal, str]]:
    """By key, number and unit of the year up to `end`, without the year before; `only` these keys."""
    wanted = {key: kind for key, kind in counted(end).items() if only is None or key in only}
    return {key: (kind.value(kind.rows(year, end)), kind.unit) for key, kind in wanted.items()}


NEVER = 9999
# Records that begin at some time; a member city or a network has no such beginning.
BEGINS = {
    "index_results", "expert_visits", "activities", "activities_online", "activity_cities", "participants", "grants",
    "grant_cities", "grants_total", "publications", "practices", "letters", "exchanges",
}  # fmt: skip


def first_years() -> dict[str, int]:
    """By key, the first year of which the portal has any record: of the years before, nothing is known, not zero."""
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
