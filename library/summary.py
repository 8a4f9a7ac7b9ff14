"""What this app hands to the pages that gather from all apps."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cities.models import City
from common.dates import Precision
from common.prepared import prepared
from common.summary import Fact, Figure, Item, Tally

from .models import GoodPractice, Publication


def needs_attention(user: User, at: datetime, cities: list[City]) -> Iterator[Item]:
    """Practices to review for staff; practices that came back for the city."""
    if user.is_staff and (count := GoodPractice.objects.filter(status=GoodPractice.Status.SUBMITTED).count()):
        yield Item(
            title=ngettext("%(count)d good practice to review", "%(count)d good practices to review", count)
            % {"count": count},
            url=reverse("admin:library_goodpractice_changelist") + "?status__exact=submitted",
            tone="info",
            count=count,
            is_staff_only=True,
        )
    for practice in _returned([city.pk for city in cities]):
        yield Item(
            title=_("Returned by the unit: %(practice)s") % {"practice": practice},
            url=practice.get_absolute_url(),
            detail=practice.review_note,
            tone="warn",
        )


@prepared
def _returned(cities: list[int]):
    return GoodPractice.objects.filter(city__in=cities, status=GoodPractice.Status.RETURNED)


def history(city: City) -> Iterator[Fact]:
    for practice in _published(city.pk):
        yield Fact(
            timezone.localdate(practice.published_at),
            Precision.DAY,
            practice.title,
            practice.get_absolute_url(),
            _("Good practice"),
        )


@prepared
def _published(city: int):
    return GoodPractice.objects.filter(city=city, status=GoodPractice.Status.PUBLISHED).only("title", "published_at")


def counts(cities: list[int]) -> Iterator[Tally]:
    published = GoodPractice.objects.filter(city__in=cities, status=GoodPractice.Status.PUBLISHED)
    yield Tally(_("Good practices"), dict(Counter(published.values_list("city", flat=True))))


def figures(year: int) -> Iterator[Figure]:
    rows = reverse("admin:library_publication_changelist") + f"?year={year}"
    this, before = (Publication.objects.filter(year=y).count() for y in (year, year - 1))
    yield Figure("publications", _("Publications"), this, before or None, rows_url=rows)
    this, before = (
        GoodPractice.objects.filter(status=GoodPractice.Status.PUBLISHED, published_at__year=y).count()
        for y in (year, year - 1)
    )
    yield Figure("practices", _("Good practices published"), this, before or None)
