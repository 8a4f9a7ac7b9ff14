"""For which city somebody acts: one of those they serve, chosen by them and remembered in the session."""

from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from common.prepared import prepared

from .models import City, Term
from .permissions import MANAGING, may_edit_city

KEY = "acting_city"
FEW = 12  # a list to choose from; more are found on a page of their own


def cities_of(request: HttpRequest) -> list[City]:
    """The cities the reader may act for, today. Read once."""
    if not hasattr(request, "_cities_of"):
        request._cities_of = cities_served(request.user, timezone.localdate())
    return request._cities_of


def cities_served(user: User | AnonymousUser, on: date) -> list[City]:
    """The cities that an official may act for on the day `on`, in order, with name and slug.

    `is_own` tells an office there from one in its network, `is_led` whether it is one that manages.
    """
    return _served(user.pk, on) if isinstance(user, User) and not user.is_staff else []


@prepared
def _served(user: int, on: date):
    own = Term.objects.open(on).filter(city=OuterRef("pk"), contact__user=user)
    led = own.filter(office__in=MANAGING)
    return City.objects.of_official(user, on).annotate(is_own=Exists(own), is_led=Exists(led)).only("name", "slug")


def acting_city(request: HttpRequest) -> City | None:
    """The city the reader acts for now: the one they chose while they serve it, else the only one, else one they
    coordinate, else one of their own.

    None for somebody without a city, and for the coordinator of a network of many who has not chosen.
    """
    cities = cities_of(request)
    chosen = request.session.get(KEY)
    by_choice = [city for city in cities if city.pk == chosen]
    own = sorted((city for city in cities if city.is_own), key=lambda city: not city.is_led)
    return next(iter([*by_choice, *(cities if len(cities) == 1 else own)]), None)


def frame(request: HttpRequest) -> dict[str, Any] | None:
    """What the frame of each page says: the city of this page, or the one acted for, and the others to choose from."""
    cities = cities_of(request)
    if not cities:
        return None
    return {
        "city": getattr(request, "city_of_page", None) or acting_city(request),
        "choice": cities if 1 < len(cities) <= FEW else [],
        "count": len(cities),
    }


def may_act_for(request: HttpRequest, city: City) -> bool:
    """As `permissions.may_edit_city`, without another query for somebody whose cities the frame reads anyway."""
    if not request.user.is_authenticated or request.user.is_staff:
        return may_edit_city(request.user, city, timezone.localdate())
    if any(own.pk == city.pk for own in cities_of(request)):
        request.city_of_page = city  # type: ignore[attr-defined]
        return True
    return False


def act_for(request: HttpRequest, city: City) -> None:
    """Remember the choice; `acting_city` checks at each request that it still holds."""
    request.session[KEY] = city.pk
