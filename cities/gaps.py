"""What a city lacks so that it can be reached: the same rules for its own page, its network's, and the unit's lists."""

from datetime import date, timedelta

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from .models import Office, Term

CONFIRM_EVERY = timedelta(days=365)
ELECTION_NEAR = timedelta(days=92)


class Gap(models.TextChoices):
    MAYOR = "mayor", _("No mayor's address that works")
    COORDINATOR = "coordinator", _("No coordinator who can be reached")
    UNCONFIRMED = "unconfirmed", _("Not confirmed for a year")
    ELECTION = "election", _("Election expected or passed")
    PROFILE = "profile", _("No profile")


def reached_mayors(on: date):
    """The open terms of mayors whose address is there and takes mail."""
    return Term.objects.open(on).filter(office=Office.MAYOR, contact__is_bouncing=False).exclude(contact__email="")


def reached_coordinators(on: date):
    """The open terms of coordinators whose mailbox lives and whose account, if there is one, is open."""
    terms = Term.objects.open(on).filter(office=Office.COORDINATOR, contact__is_bouncing=False)
    return terms.exclude(contact__email="").exclude(contact__user__is_active=False)


def unconfirmed(on: date):
    """The open terms that nobody has confirmed for a year."""
    return Term.objects.open(on).filter(Q(confirmed_on=None) | Q(confirmed_on__lt=on - CONFIRM_EVERY))


def conditions(on: date) -> dict[Gap, Q | Exists]:
    """For each gap, what is true of the cities that have it.

    An election is settled once a mayor's term that runs began, or was confirmed, after its day.
    """
    of_city = Term.objects.open(on).filter(city=OuterRef("pk"))
    after = Q(confirmed_on__gt=OuterRef("election_on")) | Q(started_on__gt=OuterRef("election_on"))
    return {
        Gap.MAYOR: ~Exists(reached_mayors(on).filter(city=OuterRef("pk"))),
        Gap.COORDINATOR: ~Exists(reached_coordinators(on).filter(city=OuterRef("pk"))),
        Gap.UNCONFIRMED: Exists(unconfirmed(on).filter(city=OuterRef("pk"))),
        Gap.ELECTION: Q(election_on__lte=on + ELECTION_NEAR) & ~Exists(of_city.filter(after, office=Office.MAYOR)),
        Gap.PROFILE: (Q(profile_en="") | Q(profile_en=None)) & (Q(profile_fr="") | Q(profile_fr=None)),
    }


def with_gap(cities, gap: str, on: date):
    """Those of `cities` that have this gap."""
    return cities.filter(conditions(on)[Gap(gap)])


def with_gaps(cities, on: date):
    """`cities` with the annotations that `of` reads, in the same query."""
    marks = {f"lacks_{gap.value}": condition for gap, condition in conditions(on).items()}
    return cities.annotate(
        **{
            name: models.ExpressionWrapper(mark, models.BooleanField()) if isinstance(mark, Q) else mark
            for name, mark in marks.items()
        }
    )


def of(city) -> list[Gap]:
    """What a city out of `with_gaps` lacks."""
    return [gap for gap in Gap if getattr(city, f"lacks_{gap.value}")]
