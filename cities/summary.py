"""What this app hands to the pages that gather from all apps."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.summary import Fact, Figure, Item

from .models import ChangeRequest, City, MembershipStep, NetworkMembership, Office, Term

CONFIRM_EVERY = timedelta(days=365)
MANY = 3


def needs_attention(user, at: datetime) -> Iterator[Item]:
    """For officials: their own cities. For the unit: the offices that letters cannot reach, or that nobody confirmed."""
    today = timezone.localdate(at)
    yield from _own_cities(user, today)
    if user.is_staff and user.has_perm("cities.view_city"):
        yield from _unit(today)


def _own_cities(user, today: date) -> Iterator[Item]:
    old = _unconfirmed(today).filter(city=OuterRef("pk"))
    cities = list(City.objects.of_official(user, today).annotate(has_old_term=Exists(old)))
    unwritten = [city for city in cities if not (city.profile_en or city.profile_fr)]
    unconfirmed = [city for city in cities if city.has_old_term]
    if len(cities) > MANY:  # a network's coordinator gets sums, not a line for each city
        yield from _sums(unwritten, unconfirmed)
        return
    for city in unwritten:
        yield Item(
            _("Write the profile of %(city)s") % {"city": city.name},
            reverse("cities:edit", args=[city.slug]),
            detail=_("The other cities cannot read yet what yours does."),
            tone="info",
        )
    for city in unconfirmed:
        yield Item(
            _("Confirm who holds the offices of %(city)s") % {"city": city.name},
            reverse("cities:people", args=[city.slug]),
            detail=_("Nobody has confirmed them for a year."),
            tone="warn",
        )


def _sums(unwritten: list[City], unconfirmed: list[City]) -> Iterator[Item]:
    if unwritten:
        count = len(unwritten)
        title = ngettext("%(count)s of your cities has no profile", "%(count)s of your cities have no profile", count)
        yield Item(
            title % {"count": count},
            unwritten[0].get_absolute_url(),
            detail=_names(unwritten),
            tone="info",
            count=count,
        )
    if unconfirmed:
        count = len(unconfirmed)
        title = ngettext(
            "%(count)s of your cities has offices not confirmed for a year",
            "%(count)s of your cities have offices not confirmed for a year",
            count,
        )
        url = reverse("cities:people", args=[unconfirmed[0].slug])
        yield Item(title % {"count": count}, url, detail=_names(unconfirmed), tone="warn", count=count)


def _names(cities: list[City]) -> str:
    shown = ", ".join(city.name for city in cities[:MANY])
    return shown + " …" if len(cities) > MANY else shown


def _unconfirmed(today: date):
    return Term.objects.open(today).filter(Q(confirmed_on=None) | Q(confirmed_on__lt=today - CONFIRM_EVERY))


def _unit(today: date) -> Iterator[Item]:
    yield from _asked()
    members = City.objects.members(today)
    unreached = members.exclude(pk__in=reached_mayors(today).values("city")).count()
    if unreached:
        yield Item(
            ngettext(
                "%(count)s member city has no mayor's address that works",
                "%(count)s member cities have no mayor's address that works",
                unreached,
            )
            % {"count": unreached},
            reverse("admin:cities_city_changelist") + "?gap=mayor",
            detail=_("Letters to these mayors are skipped."),
            tone="bad",
            count=unreached,
            is_staff_only=True,
        )
    headless = members.exclude(pk__in=Term.objects.open(today).filter(office=Office.COORDINATOR).values("city")).count()
    if headless:
        yield Item(
            ngettext(
                "%(count)s member city has no coordinator", "%(count)s member cities have no coordinator", headless
            )
            % {"count": headless},
            reverse("admin:cities_city_changelist") + "?gap=coordinator",
            tone="warn",
            count=headless,
            is_staff_only=True,
        )
    unconfirmed = _unconfirmed(today).filter(office=Office.MAYOR).count()
    if unconfirmed:
        yield Item(
            ngettext(
                "%(count)s mayor not confirmed for a year", "%(count)s mayors not confirmed for a year", unconfirmed
            )
            % {"count": unconfirmed},
            reverse("admin:cities_term_changelist") + "?state=unconfirmed&office__exact=mayor",
            tone="warn",
            count=unconfirmed,
            is_staff_only=True,
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


def reached_mayors(on: date):
    """The open terms of mayors whose address is there and takes mail."""
    return Term.objects.open(on).filter(office=Office.MAYOR, contact__is_bouncing=False).exclude(contact__email="")


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
