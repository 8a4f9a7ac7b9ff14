"""What this app hands to the pages that gather from all apps."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cities.models import City
from common.prepared import prepared
from common.summary import Fact, Figure, Item, Tally

from .models import Activity, Registration


def needs_attention(user: User, at: datetime, cities: list[City]) -> Iterator[Item]:
    """Offers to answer for an official; requests to decide for staff."""
    if user.is_staff:
        requested = Registration.objects.filter(status=Registration.Status.REQUESTED, activity__starts_at__gt=at)
        if count := requested.count():
            yield Item(
                title=ngettext(
                    "%(count)d request for a seat to decide", "%(count)d requests for seats to decide", count
                )
                % {"count": count},
                url=reverse("admin:activities_registration_changelist") + "?status__exact=requested",
                tone="warn",
                count=count,
                is_staff_only=True,
            )
    names = {city.pk: city.name for city in cities}
    for offer in _offers(list(names), at):
        yield Item(
            title=_("A seat is offered: %(activity)s") % {"activity": offer.activity},
            url=reverse("activities:registration", args=[offer.pk]),
            due_at=offer.offered_until,
            detail=_("for %(name)s, %(city)s") % {"name": offer.participant_name, "city": names[offer.city_id]},
            tone="warn",
        )


@prepared
def _offers(cities: list[int], at: datetime):
    offers = Registration.objects.filter(city__in=cities, status=Registration.Status.OFFERED, offered_until__gt=at)
    return offers.select_related("activity")


def history(city: City) -> Iterator[Fact]:
    """Activities that the city hosted, and those it attended through the portal."""
    for activity in _history(city.pk):
        kind = _("Hosted") if activity.host_city_id == city.pk else _("Took part")
        yield Fact(
            timezone.localdate(activity.starts_at),
            activity.precision,
            activity.title,
            activity.get_absolute_url(),
            f"{kind} · {activity.get_kind_display()}",
        )


@prepared
def _history(city: int):
    attended = Registration.objects.filter(city=city, status=Registration.Status.ATTENDED).values("activity")
    found = Activity.objects.filter(Q(host_city=city) | Q(pk__in=attended)).exclude(status=Activity.Status.DRAFT)
    return found.only("title", "kind", "starts_at", "precision", "host_city")


def counts(cities: list[int]) -> Iterator[Tally]:
    """Activities hosted or attended, each once, as `history` lists them."""
    shown = Activity.objects.exclude(status=Activity.Status.DRAFT)
    attended = Registration.objects.filter(city__in=cities, status=Registration.Status.ATTENDED, activity__in=shown)
    pairs = {
        *shown.filter(host_city__in=cities).values_list("host_city", "pk"),
        *attended.values_list("city", "activity"),
    }
    yield Tally(_("Activities hosted or attended"), dict(Counter(city for city, _activity in pairs)))


def begun(year: int) -> dict[str, Any]:
    """What activities have in common that began in `year`, up to today, and were not drafts or cancelled."""
    return {
        "starts_at__year": year,
        "starts_at__date__lte": timezone.localdate(),
        "status__exact": Activity.Status.PUBLISHED,
    }


def figures(year: int) -> Iterator[Figure]:
    held, before = (Activity.objects.filter(**begun(each)).count() for each in (year, year - 1))
    rows = reverse("admin:activities_activity_changelist") + f"?{urlencode(begun(year))}"
    yield Figure("activities", _("Activities"), held, before or None, rows_url=rows)
    yield Figure(
        "participants",
        _("Participants recorded on the portal"),
        _attended(year).count(),
        _attended(year - 1).count() or None,
    )


def _attended(year: int):
    return Registration.objects.filter(activity__starts_at__year=year, status=Registration.Status.ATTENDED)
