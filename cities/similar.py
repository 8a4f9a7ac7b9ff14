"""Cities that are like one: by country, size, Index profile and interests, each with the reasons why."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .catalogue import Catalogue, Entry

FEW_AREAS = 6  # a profile of fewer areas in common says too little
CLOSE, NEAR = Decimal(8), Decimal(15)  # points of the Index that two profiles differ by, on average over their areas
SIZE = 1.5  # the larger has at most so many times the inhabitants of the smaller


@dataclass(frozen=True)
class Like:
    entry: Entry
    points: int
    reasons: list[str]


def similar(city: Entry, book: Catalogue, many: int = 6) -> list[Like]:
    """The members most like `city`, the most alike first; one that shares nothing is not like it."""
    found = []
    for other in book.entries:
        if other.pk == city.pk:
            continue
        pairs = list(_reasons(city, other, book))
        if pairs:
            found.append(Like(other, sum(points for points, _text in pairs), [text for _points, text in pairs]))
    return sorted(found, key=lambda like: (-like.points, _size_apart(city, like.entry), like.entry.search))[:many]


def _size_apart(city: Entry, other: Entry) -> float:
    """How many times larger the larger is; of cities with as many points, the nearest in size comes first."""
    if not (city.population and other.population):
        return float("inf")
    small, large = sorted([city.population, other.population])
    return large / small


def _reasons(city: Entry, other: Entry, book: Catalogue) -> Iterator[tuple[int, str]]:
    """Points and a sentence for each thing in common: 3 a close Index profile, 2 size and country, 1 an interest."""
    if (apart := profile_distance(city, other)) is not None and apart <= NEAR:
        areas = len(_common(city, other))
        yield (
            3 if apart <= CLOSE else 1,
            ngettext(
                "Index profile: %(points)s point apart on average over %(areas)s policy areas",
                "Index profile: %(points)s points apart on average over %(areas)s policy areas",
                round(apart),
            )
            % {"points": round(apart), "areas": areas},
        )
    if _size_apart(city, other) <= SIZE:
        inhabitants = number_format(other.population, force_grouping=True)
        yield 2, _("About as large: %(population)s inhabitants") % {"population": inhabitants}
    if city.country == other.country:
        yield 2, _("In the same country")
    if shared := [str(book.areas[code].name) for code in city.interests if code in other.interests]:
        yield min(len(shared), 3), _("Interested in the same: %(areas)s") % {"areas": ", ".join(shared)}


def _common(city: Entry, other: Entry) -> list[str]:
    return [area for area in city.scores if area in other.scores]


def profile_distance(city: Entry, other: Entry) -> Decimal | None:
    """The mean difference of the scores of the latest Index, in points; None where too few areas are in both."""
    areas = _common(city, other)
    if len(areas) < FEW_AREAS:
        return None
    return sum((abs(city.scores[area][0] - other.scores[area][0]) for area in areas), Decimal(0)) / len(areas)
