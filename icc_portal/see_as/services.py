"""Staff look at the portal as an official of a city does: for half an hour, reading only, on record."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User, Viewing
from accounts.permissions import may_open_admin
from cities.models import City, Term
from common.exceptions import Refused

LASTS = timedelta(minutes=30)


def may_view(user: User) -> bool:
    """Unit staff with the permission, behind the second factor that opens the administration."""
    return user.has_perm("accounts.start_viewing") and may_open_admin(user)


def officials_of(city: City, on: date) -> QuerySet[User]:
    """The officials of the city with an account; nobody of the unit, whose rights are not a city's."""
    terms = Term.objects.open(on).filter(city=city)
    return User.objects.filter(contact__terms__in=terms, is_active=True, is_staff=False).distinct().order_by("name")


@transaction.atomic
def start(city: City, official: User, *, by: User, at: datetime | None = None) -> Viewing:
    """Begin to look as `official`; a viewing that `by` had open ends. Raises Refused."""
    at = at or timezone.now()
    if not may_view(by):
        raise Refused([_("You may not look at the portal as a city. Ask a unit administrator.")])
    if not officials_of(city, timezone.localdate(at)).filter(pk=official.pk).exists():
        raise Refused([_("%(name)s no longer acts for %(city)s. Choose again.") % {"name": official, "city": city}])
    User.objects.select_for_update().get(pk=by.pk)
    _end(Viewing.objects.filter(staff=by, ended_at=None), at)
    return Viewing.objects.create(staff=by, official=official, city=city, started_at=at, expires_at=at + LASTS)


def stop(viewing: Viewing, *, at: datetime | None = None) -> None:
    """End it now, or when it ran out."""
    _end(Viewing.objects.filter(pk=viewing.pk, ended_at=None), at or timezone.now())


def _end(viewings: QuerySet[Viewing], at: datetime) -> None:
    viewings.update(ended_at=Least(F("expires_at"), at))


def goes_on(viewing: Viewing, user: User, at: datetime) -> bool:
    """Whether `user` may still look: it is theirs, it runs, and neither side has lost what it needs."""
    return (
        viewing.staff_id == user.pk
        and viewing.ended_at is None
        and at < viewing.expires_at
        and viewing.official.is_active
        and not viewing.official.is_staff
        and may_view(user)
    )
