"""One search over what the reader may see."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from activities.models import Activity
from cities.models import City
from common.text import fold
from grants.models import Award, Call
from library.models import GoodPractice, Publication

EACH = 10


@dataclass
class Found:
    """Hits of one kind: up to ten rows, and whether there are more."""

    label: str
    rows: list
    has_more: bool


def search(text: str, user) -> list[Found]:
    """What contains every word of `text`; visitors search the public front only."""
    found = (_first(label, rows) for label, rows in _queries(text.split(), user))
    return [group for group in found if group.rows]


def _first(label: str, rows: QuerySet) -> Found:
    some = list(islice(rows, EACH + 1))
    return Found(label, some[:EACH], len(some) > EACH)


def _queries(words: list[str], user) -> Iterator[tuple[str, QuerySet]]:
    folded = _all("search__contains", words=[fold(word) for word in words])
    yield _("Cities"), City.objects.filter(folded)
    yield (
        _("Calls"),
        Call.objects.visible_to(user).filter(_all("title_en__icontains", "title_fr__icontains", words=words)),
    )
    yield _("Grants awarded"), Award.objects.filter(_all("project__icontains", "theme__icontains", words=words))
    if user.is_authenticated:
        titles = _all("title_en__icontains", "title_fr__icontains", words=words)
        yield _("Activities"), Activity.objects.visible_to(user).filter(titles)
        yield _("Publications"), Publication.objects.filter(folded)
        practices = GoodPractice.objects.visible_to(user, timezone.localdate()).select_related("city")
        yield _("Good practices"), practices.filter(_all("title__icontains", "summary__icontains", words=words))


def _all(*lookups: str, words: list[str]) -> Q:
    """Every word in one of the columns."""
    condition = Q()
    for word in words:
        either = Q()
        for lookup in lookups:
            either |= Q(**{lookup: word})
        condition &= either
    return condition
