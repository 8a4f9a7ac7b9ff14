"""The facts of one year, gathered from the apps below: what `snapshot.py` freezes and nothing else.

Every row is something the portal records. What was not found stays None and is said to be unknown; nothing is guessed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from activities.models import Activity, Registration
from cities.models import City, IndexResult, MembershipStep, NationalNetwork, NetworkMembership, Office, Term
from cities.models.membership import Step
from common.summary import Figure
from grants.models import Award
from library.models import GoodPractice, Publication

TOOK_PART = (Registration.Status.ATTENDED,)


def first_day(year: int) -> date:
    return date(year, 1, 1)


def last_day(year: int) -> date:
    return date(year, 12, 31)


def instants(year: int) -> tuple[datetime, datetime]:
    """The year in Strasbourg: from its first instant up to, not including, the first of the next."""
    zone = ZoneInfo(settings.TIME_ZONE)
    return datetime.combine(first_day(year), time(), zone), datetime.combine(first_day(year + 1), time(), zone)


# Rows ------------------------------------------------------------------------------------------


def members(on: date) -> QuerySet[City]:
    """Member cities on the day `on`, by name."""
    return City.objects.members(on).order_by("search", "pk")


def joined(year: int) -> list[MembershipStep]:
    """The statements of intent of the year, in the order of joining."""
    return list(MembershipStep.objects.joined(year))


def left(year: int) -> QuerySet[MembershipStep]:
    return MembershipStep.objects.left(year)


def since(cities: QuerySet[City]) -> dict[int, MembershipStep]:
    """By city, its first statement of intent, dated or not."""
    first: dict[int, MembershipStep] = {}
    for step in MembershipStep.objects.statements().filter(city__in=cities.values("pk")):
        first.setdefault(step.city_id, step)
    return first


def networks(on: date) -> list[tuple[NationalNetwork, list[City]]]:
    """Networks with their member cities on the day `on`, the largest first; networks without members are left out."""
    known = {city.pk: city for city in members(on)}
    grouped: dict[NationalNetwork, list[City]] = {}
    for row in NetworkMembership.objects.on(on).select_related("network").filter(city__in=known):
        grouped.setdefault(row.network, []).append(known[row.city_id])
    rows = [(network, sorted(cities, key=lambda city: city.search)) for network, cities in grouped.items()]
    return sorted(rows, key=lambda row: (-len(row[1]), row[0].code))


def activities(year: int) -> QuerySet[Activity]:
    begin, end = instants(year)
    return (
        Activity.objects.filter(status=Activity.Status.PUBLISHED, starts_at__gte=begin, starts_at__lt=end)
        .select_related("host_city")
        .annotate(attended=Count("registrations", filter=Q(registrations__status__in=TOOK_PART)))
        .order_by("starts_at", "pk")
    )


def taking_part(year: int) -> dict[int, list[City]]:
    """By activity, the cities whose officials attended it."""
    rows: dict[int, dict[int, City]] = {}
    attended = Registration.objects.filter(status__in=TOOK_PART, activity__in=activities(year).values("pk"))
    for row in attended.select_related("city").order_by("city__search"):
        rows.setdefault(row.activity_id, {})[row.city_id] = row.city
    return {activity: list(cities.values()) for activity, cities in rows.items()}


def index_results(year: int) -> QuerySet[IndexResult]:
    return IndexResult.objects.filter(on__year=year).select_related("city").order_by("on", "city__search")


@dataclass(frozen=True)
class Visit:
    """An expert visit, recorded as a step of the city, as an activity, or as both (then it counts once)."""

    city: City | None
    on: date | None
    precision: str
    title: str = ""


def expert_visits(year: int) -> list[Visit]:
    steps = MembershipStep.objects.filter(kind=Step.EXPERT_VISIT, on__year=year).select_related("city")
    visits = [Visit(step.city, step.on, step.precision) for step in steps]
    visited = {visit.city for visit in visits}
    for activity in activities(year).filter(kind=Activity.Kind.EXPERT_VISIT):
        if activity.host_city not in visited or activity.host_city is None:
            visits.append(Visit(activity.host_city, localdate(activity.starts_at), activity.precision, activity.title))
    return sorted(visits, key=lambda visit: (visit.on, visit.city.search if visit.city else "", visit.title))


def awards(year: int) -> QuerySet[Award]:
    rows = Award.objects.filter(year=year).select_related("lead_city").prefetch_related("cities")
    return rows.order_by("project", "pk")


def publications(year: int) -> QuerySet[Publication]:
    return Publication.objects.filter(year=year).prefetch_related("cities").order_by("kind", "title", "pk")


def practices(year: int) -> QuerySet[GoodPractice]:
    begin, end = instants(year)
    rows = GoodPractice.objects.filter(
        status=GoodPractice.Status.PUBLISHED, published_at__gte=begin, published_at__lt=end
    )
    return rows.select_related("city").prefetch_related("policy_areas").order_by("city__search", "title", "pk")


def mayors(on: date) -> dict[int, Term]:
    """By city, the mayor in office on the day `on`."""
    terms = Term.objects.open(on).filter(office=Office.MAYOR).select_related("contact")
    return {term.city_id: term for term in terms}


# Numbers ---------------------------------------------------------------------------------------

Count_ = Callable[[int], int | Decimal]


def counted() -> dict[str, tuple[str, str, Count_]]:
    """By key, the label, the unit and how it is counted: always from the rows that the report lists."""
    return {
        "members": (_("Member cities on 31 December"), "", lambda year: members(last_day(year)).count()),
        "countries": (
            _("Countries with member cities"),
            "",
            lambda year: members(last_day(year)).order_by().values("country").distinct().count(),
        ),
        "new_members": (_("Cities that joined in the year"), "", lambda year: len(joined(year))),
        "networks": (_("Networks with member cities"), "", lambda year: len(networks(last_day(year)))),
        "index_results": (_("Intercultural Cities Index results"), "", lambda year: index_results(year).count()),
        "expert_visits": (_("Expert visits"), "", lambda year: len(expert_visits(year))),
        "activities": (_("Activities"), "", lambda year: activities(year).count()),
        "activities_online": (
            _("of which online"),
            "",
            lambda year: activities(year).filter(format=Activity.Format.ONLINE).count(),
        ),
        "grants": (_("Inter-city grants"), "", lambda year: awards(year).count()),
        "grant_cities": (
            _("Cities in these grants"),
            "",
            lambda year: City.objects.filter(Q(led_awards__year=year) | Q(awards__year=year)).distinct().count(),
        ),
        "grants_total": (
            _("Amount of the grants whose amount is known"),
            "EUR",
            lambda year: sum((award.amount for award in awards(year) if award.amount), Decimal(0)),
        ),
        "publications": (_("Publications"), "", lambda year: publications(year).count()),
        "practices": (_("Good practices published"), "", lambda year: practices(year).count()),
    }


def figures(year: int) -> list[Figure]:
    """The numbers of the year in the order of the report, each with the year before; labels in the language in force.

    The report counts the very rows that it lists, so that text, table and annex cannot disagree. From the apps it
    takes the address of the rows behind a number, and the numbers that only they know.
    """
    theirs = {figure.key: figure for figure in of_the_apps(year)}
    begins = first_years()
    ours = [
        Figure(
            key,
            label,
            count(year),
            count(year - 1) if begins.get(key, 0) < year else None,
            unit,
            rows_url=theirs[key].rows_url if key in theirs else "",
        )
        for key, (label, unit, count) in counted().items()
    ]
    known = {figure.key for figure in ours}
    return ours + [figure for figure in theirs.values() if figure.key not in known]


NEVER = 9999


def first_years() -> dict[str, int]:
    """By key, the first year of which the portal has any record: of the years before, nothing is known, not zero."""
    held = Activity.objects.filter(status=Activity.Status.PUBLISHED)
    visits = held.filter(kind=Activity.Kind.EXPERT_VISIT).aggregate(at=Min("starts_at"))["at"]
    steps = MembershipStep.objects.filter(kind=Step.EXPERT_VISIT).aggregate(on=Min("on"))["on"]
    years = {
        "activities": held.aggregate(at=Min("starts_at"))["at"],
        "grants": Award.objects.aggregate(first=Min("year"))["first"],
        "publications": Publication.objects.aggregate(first=Min("year"))["first"],
        "practices": GoodPractice.objects.aggregate(at=Min("published_at"))["at"],
        "index_results": IndexResult.objects.aggregate(on=Min("on"))["on"],
        "expert_visits": min((day.year for day in (visits, steps) if day), default=None),
    }
    first = {key: getattr(value, "year", value) or NEVER for key, value in years.items()}
    return first | {
        "activities_online": first["activities"],
        "grant_cities": first["grants"],
        "grants_total": first["grants"],
    }


def of_the_apps(year: int) -> Iterator[Figure]:
    for app in ("cities", "activities", "grants", "library", "correspondence"):
        if find_spec(f"{app}.summary"):
            yield from import_module(f"{app}.summary").figures(year)


def known_keys() -> list[str]:
    """The keys that a text may name."""
    return list(counted())
