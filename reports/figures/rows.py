"""The rows of one year, gathered from the apps below. Each takes the day `end` up to which the facts of its year reach."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.timezone import localdate

from activities.models import Activity, Registration
from cities.models import City, IndexResult, MembershipStep, NationalNetwork, NetworkMembership, Office, Term
from cities.models.membership import Step
from correspondence.models import Exchange, Letter
from grants.models import Award
from library.models import GoodPractice, Publication
from mail.models import State

TOOK_PART = (Registration.Status.ATTENDED,)


def first_day(year: int) -> date:
    return date(year, 1, 1)


def last_day(year: int, on: date | None = None) -> date:
    """The day up to which the facts of `year` reach: its last, or `on` while the year runs."""
    last = date(year, 12, 31)
    return min(last, on) if on and on.year == year else last


def days(end: date) -> tuple[date, date]:
    return first_day(end.year), end


def instants(end: date) -> tuple[datetime, datetime]:
    """The year in Strasbourg up to the day `end`: from its first instant up to, not including, the first after that day."""
    zone = ZoneInfo(settings.TIME_ZONE)
    after = end + timedelta(days=1)
    return datetime.combine(first_day(end.year), time(), zone), datetime.combine(after, time(), zone)


# Rows ------------------------------------------------------------------------------------------


def members(on: date) -> QuerySet[City]:
    """Member cities on the day `on`, by name."""
    return City.objects.members(on).order_by("search", "pk")


def countries(on: date) -> list[tuple[str, int]]:
    """Country codes with the number of member cities on the day `on`, the most first."""
    counts = Counter(members(on).order_by().values_list("country", flat=True))
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def joined(end: date) -> list[MembershipStep]:
    """The statements of intent of the year, in the order of joining."""
    return list(MembershipStep.objects.joined(end.year).filter(on__lte=end))


def left(end: date) -> QuerySet[MembershipStep]:
    return MembershipStep.objects.left(end.year).filter(on__lte=end)


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


def activities(end: date) -> QuerySet[Activity]:
    """What was held; what is only announced for a later day is not."""
    begin, after = instants(end)
    return (
        Activity.objects.filter(status=Activity.Status.PUBLISHED, starts_at__gte=begin, starts_at__lt=after)
        .select_related("host_city")
        .annotate(attended=Count("registrations", filter=Q(registrations__status__in=TOOK_PART)))
        .order_by("starts_at", "pk")
    )


def taking_part(end: date) -> dict[int, list[City]]:
    """By activity, the cities whose officials attended it."""
    rows: dict[int, dict[int, City]] = {}
    for row in participants(end):
        rows.setdefault(row.activity_id, {})[row.city_id] = row.city
    return {activity: list(cities.values()) for activity, cities in rows.items()}


def participants(end: date) -> QuerySet[Registration]:
    """Those who attended an activity of the year, as far as the portal recorded it."""
    attended = Registration.objects.filter(status__in=TOOK_PART, activity__in=activities(end).values("pk"))
    return attended.select_related("city", "activity").order_by(
        "activity__starts_at", "activity_id", "city__search", "pk"
    )


def cities_present(end: date) -> QuerySet[City]:
    """Cities whose officials attended an activity of the year."""
    return City.objects.filter(pk__in=participants(end).order_by().values("city")).order_by("search", "pk")


def index_results(end: date) -> QuerySet[IndexResult]:
    return IndexResult.objects.filter(on__range=days(end)).select_related("city").order_by("on", "city__search")


@dataclass(frozen=True)
class Visit:
    """An expert visit, recorded as a step of the city, as an activity, or as both (then it counts once)."""

    city: City | None
    on: date | None
    precision: str
    title: str = ""


def expert_visits(end: date) -> list[Visit]:
    steps = MembershipStep.objects.filter(kind=Step.EXPERT_VISIT, on__range=days(end)).select_related("city")
    visits = [Visit(step.city, step.on, step.precision) for step in steps]
    visited = {visit.city for visit in visits}
    for activity in activities(end).filter(kind=Activity.Kind.EXPERT_VISIT):
        if activity.host_city not in visited or activity.host_city is None:
            visits.append(Visit(activity.host_city, localdate(activity.starts_at), activity.precision, activity.title))
    return sorted(visits, key=lambda visit: (visit.on, visit.city.search if visit.city else "", visit.title))


def awards(end: date) -> QuerySet[Award]:
    rows = (
        Award.objects.filter(year=end.year).select_related("lead_city", "application__call").prefetch_related("cities")
    )
    return rows.order_by("project", "pk")


def granted_cities(end: date) -> QuerySet[City]:
    cities = City.objects.filter(Q(led_awards__year=end.year) | Q(awards__year=end.year)).distinct()
    return cities.order_by("search", "pk")


def publications(end: date) -> QuerySet[Publication]:
    return Publication.objects.filter(year=end.year).prefetch_related("cities").order_by("kind", "title", "pk")


def practices(end: date) -> QuerySet[GoodPractice]:
    begin, after = instants(end)
    rows = GoodPractice.objects.filter(
        status=GoodPractice.Status.PUBLISHED, published_at__gte=begin, published_at__lt=after
    )
    return rows.select_related("city").prefetch_related("policy_areas").order_by("city__search", "title", "pk")


def mayors(on: date) -> dict[int, Term]:
    """By city, the mayor in office on the day `on`."""
    terms = Term.objects.open(on).filter(office=Office.MAYOR).select_related("contact")
    return {term.city_id: term for term in terms}


def letters(end: date) -> QuerySet[Letter]:
    """Letters to cities that reached a server in the year."""
    begin, after = instants(end)
    sent = Letter.objects.filter(message__state=State.SENT, message__sent_at__gte=begin, message__sent_at__lt=after)
    return sent.select_related("city", "mailing", "message").order_by("message__sent_at", "city__search", "pk")


def exchanges(end: date) -> QuerySet[Exchange]:
    return Exchange.objects.filter(on__range=days(end)).select_related("city").order_by("on", "pk")
