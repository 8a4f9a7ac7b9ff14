"""What this app hands to the pages that gather from all apps."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import formats
from common.prepared import prepared
from common.summary import Fact, Figure, Item

from . import gaps
from .gaps import Gap
from .models import ChangeRequest, City, Contribution, MembershipStep, NetworkMembership

MANY = 3
OWN_GAPS = [Gap.PROFILE, Gap.UNCONFIRMED, Gap.ELECTION]
UNIT_GAPS = [Gap.MAYOR, Gap.COORDINATOR, Gap.UNCONFIRMED, Gap.ELECTION]


def needs_attention(user, at: datetime, cities: list[City]) -> Iterator[Item]:
    """For officials: their own cities. For the unit: the offices that letters cannot reach, or that nobody confirmed."""
    today = timezone.localdate(at)
    yield from _own_cities(cities, today)
    if user.is_staff and user.has_perm("cities.view_city"):
        yield from _asked()
        yield from _unit(today)
    if user.is_staff and user.has_perm("cities.change_contribution"):
        yield from _overdue(today)


def _overdue(today: date) -> Iterator[Item]:
    late = Contribution.objects.overdue(today).aggregate(count=Count("pk"), sum=Sum("amount"))
    if count := late["count"]:
        yield Item(
            ngettext("%(count)s contribution is overdue", "%(count)s contributions are overdue", count)
            % {"count": count},
            reverse("admin:cities_contribution_changelist") + "?overdue=yes",
            detail=formats.euros(late["sum"]),
            tone="warn",
            count=count,
            is_staff_only=True,
        )


def _own_cities(cities: list[City], today: date) -> Iterator[Item]:
    marked = _marked([city.pk for city in cities], today)
    if len(marked) > MANY:  # a network's coordinator gets sums, not a line for each city
        yield from _sums(marked)
        return
    for gap in OWN_GAPS:
        for city in marked:
            if gap in gaps.of(city):
                yield _election(city) if gap == Gap.ELECTION and city.election_on > today else _own(city, gap)


@prepared
def _marked(cities: list[int], on: date):
    return gaps.with_gaps(City.objects.filter(pk__in=cities).only("name", "slug", "election_on"), on)


def _own(city: City, gap: Gap) -> Item:
    title, detail, page, tone = {
        Gap.PROFILE: (
            _("Write the profile of %(city)s"),
            _("The other cities cannot read yet what yours does."),
            "cities:edit",
            "info",
        ),
        Gap.UNCONFIRMED: (
            _("Confirm who holds the offices of %(city)s"),
            _("Nobody has confirmed them for a year."),
            "cities:people",
            "warn",
        ),
        Gap.ELECTION: (
            _("Say who is mayor of %(city)s after the election"),
            _("Change or confirm the mayor, or correct the day of the election."),
            "cities:people",
            "warn",
        ),
    }[gap]
    return Item(title % {"city": city.name}, reverse(page, args=[city.slug]), detail=detail, tone=tone)


def _election(city: City) -> Item:
    return Item(
        _("Election in %(city)s on %(day)s") % {"city": city.name, "day": formats.day(city.election_on)},
        reverse("cities:people", args=[city.slug]),
        detail=_("Say afterwards who is mayor, or correct the day."),
        tone="info",
    )


def _sums(cities: list[City]) -> Iterator[Item]:
    for gap in Gap:
        found = [city for city in cities if gap in gaps.of(city)]
        if count := len(found):
            yield Item(
                _of_yours(gap, count) % {"count": count},
                f"{reverse('cities:mine')}?gap={gap.value}",
                detail=_names(found),
                tone="info" if gap == Gap.PROFILE else "warn",
                count=count,
            )


def _of_yours(gap: Gap, count: int) -> str:
    match gap:
        case Gap.MAYOR:
            return ngettext(
                "%(count)s of your cities has no mayor's address that works",
                "%(count)s of your cities have no mayor's address that works",
                count,
            )
        case Gap.COORDINATOR:
            return ngettext(
                "%(count)s of your cities has no coordinator who can be reached",
                "%(count)s of your cities have no coordinator who can be reached",
                count,
            )
        case Gap.UNCONFIRMED:
            return ngettext(
                "%(count)s of your cities has offices not confirmed for a year",
                "%(count)s of your cities have offices not confirmed for a year",
                count,
            )
        case Gap.ELECTION:
            return ngettext(
                "%(count)s of your cities has an election that has passed or is near",
                "%(count)s of your cities have elections that have passed or are near",
                count,
            )
    return ngettext("%(count)s of your cities has no profile", "%(count)s of your cities have no profile", count)


def _names(cities: list[City]) -> str:
    shown = ", ".join(city.name for city in cities[:MANY])
    return shown + " …" if len(cities) > MANY else shown


def _unit(today: date) -> Iterator[Item]:
    marked = gaps.with_gaps(City.objects.members(today), today)
    counts = marked.aggregate(**{gap.value: Count("pk", filter=Q(**{f"lacks_{gap.value}": True})) for gap in UNIT_GAPS})
    for gap in UNIT_GAPS:
        if count := counts[gap.value]:
            yield Item(
                _of_the_unit(gap, count) % {"count": count},
                f"{reverse('admin:cities_cityoffices_changelist')}?gap={gap.value}",
                detail=_("Letters to these mayors are skipped.") if gap == Gap.MAYOR else "",
                tone="bad" if gap == Gap.MAYOR else "warn",
                count=count,
                is_staff_only=True,
            )


def _of_the_unit(gap: Gap, count: int) -> str:
    match gap:
        case Gap.MAYOR:
            return ngettext(
                "%(count)s member city has no mayor's address that works",
                "%(count)s member cities have no mayor's address that works",
                count,
            )
        case Gap.COORDINATOR:
            return ngettext(
                "%(count)s member city has no coordinator who can be reached",
                "%(count)s member cities have no coordinator who can be reached",
                count,
            )
        case Gap.UNCONFIRMED:
            return ngettext(
                "%(count)s member city has offices not confirmed for a year",
                "%(count)s member cities have offices not confirmed for a year",
                count,
            )
    return ngettext(
        "%(count)s member city has an election that has passed or is near",
        "%(count)s member cities have elections that have passed or are near",
        count,
    )


def _asked() -> Iterator[Item]:
    """What cities asked the unit to change, and nobody has decided."""
    if count := ChangeRequest.objects.filter(state=ChangeRequest.State.OPEN).count():
        yield Item(
            ngettext("%(count)s request for a change to decide", "%(count)s requests for changes to decide", count)
            % {"count": count},
            reverse("admin:cities_changerequest_changelist") + "?state__exact=open",
            tone="warn",
            count=count,
            is_staff_only=True,
        )


def history(city: City) -> Iterator[Fact]:
    """Nothing: the membership steps stand on the city's page in a part of their own."""
    yield from ()


def figures(year: int) -> Iterator[Figure]:
    """Members on the last day of the year, those who joined in it, and the networks and countries they make up."""
    now, before = _count(year), _count(year - 1)
    labels = {
        "members": _("Member cities"),
        "new_members": _("New member cities"),
        "countries": _("Countries"),
        "networks": _("Networks"),
    }
    for key, label in labels.items():
        yield Figure(key, label, now[key], before[key], rows_url=reverse("admin:cities_city_changelist"))


def _count(year: int) -> dict[str, int]:
    last = date(year, 12, 31)
    members = City.objects.members(last)
    memberships = NetworkMembership.objects.on(last).filter(city__in=members)
    return {
        "members": members.count(),
        "new_members": MembershipStep.objects.joined(year).count(),
        "countries": members.order_by().values("country").distinct().count(),
        "networks": memberships.order_by().values("network").distinct().count(),
    }
