"""A city's results in the Intercultural Cities Index, side by side: the last one against its sample, and the earlier ones."""

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from django.core.cache import cache
from django.db.models import Exists, OuterRef
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from common import formats
from common.charts import number
from common.prepared import prepared
from common.radar import Series, radar_chart

from .models import City, IndexResult, IndexScore, PolicyArea

EARLIER = 3  # results beside the last one: more do not fit on a page
ENOUGH = 3  # areas that make a radar


@dataclass(frozen=True)
class Line:
    """One policy area: the last score, its sample's mean, and the earlier scores in the order of `Comparison.earlier`.
    None is what was not scored."""

    number: int
    area: PolicyArea
    score: Decimal | None
    mean: Decimal | None
    earlier: list[Decimal | None]


@dataclass(frozen=True)
class Comparison:
    last: IndexResult
    earlier: list[IndexResult]
    lines: list[Line]
    title: str
    svg: SafeString | None  # None when there are too few areas to draw

    @property
    def missing(self) -> list[Line]:
        return [line for line in self.lines if line.score is None]

    @property
    def is_same_version(self) -> bool:
        """Whether the earlier results asked the same questions."""
        return all(result.version == self.last.version for result in self.earlier)


def comparison(city: City, language: str) -> Comparison | None:
    """The results of the city, or None when it has none. Texts are in the language in force."""
    results = _results(city.pk)
    if not results:
        return None
    last, *earlier = results
    scores = [dict(zip(result.area_ids, result.values, strict=True)) for result in results]
    means = dict(zip(last.area_ids, last.means, strict=True))
    scored = {pk for each in scores for pk in each}
    shown = [area for area in policy_areas(last.version) if area.is_asked or area.pk in scored]
    lines = [
        Line(position, area, scores[0].get(area.pk), means.get(area.pk), [each.get(area.pk) for each in scores[1:]])
        for position, area in enumerate(shown, start=1)
    ]
    title = _title(city, last, lines)
    return Comparison(last, earlier, lines, title, _radar(city, last, earlier, lines, title, language))


@prepared
def _results(city: int):
    return IndexResult.objects.filter(city=city).with_scores()[: EARLIER + 1]  # the last first


def policy_areas(version: str = "") -> list[PolicyArea]:
    """All areas in order; `is_asked` tells those that any city was scored in by this version of the Index.

    The same for every page, so it is kept for a minute.
    """
    asked = IndexScore.objects.filter(area=OuterRef("pk"), result__version=version)
    areas = PolicyArea.objects.annotate(is_asked=Exists(asked))
    return cache.get_or_set(f"policy-areas:{quote(version)}", lambda: list(areas), 60)


def _title(city: City, last: IndexResult, lines: list[Line]) -> str:
    both = [(line.score, line.mean) for line in lines if line.score is not None and line.mean is not None]
    parts = [
        ngettext(
            "%(city)s and the mean of a sample of %(count)s city in the Intercultural Cities Index.",
            "%(city)s and the mean of a sample of %(count)s cities in the Intercultural Cities Index.",
            last.sample_size,
        )
        % {"city": city.name, "count": last.sample_size}
    ]
    if both:
        parts.append(
            ngettext(
                "Of %(count)s policy area, %(above)s is above the mean.",
                "Of %(count)s policy areas, %(above)s are above the mean.",
                len(both),
            )
            % {"count": len(both), "above": sum(score > mean for score, mean in both)}
        )
    if unscored := sum(line.score is None for line in lines):
        parts.append(
            ngettext("%(count)s area was not scored.", "%(count)s areas were not scored.", unscored)
            % {"count": unscored}
        )
    return " ".join(parts)


def _radar(city, last, earlier, lines, title, language) -> SafeString | None:
    if sum(line.score is not None for line in lines) < ENOUGH:
        return None
    day = formats.day(last.on)
    series = [Series(f"{city.name}, {day}", [line.score for line in lines])]
    if any(line.mean is not None for line in lines):
        size = number(last.sample_size, language)
        name = ngettext("Mean of %(size)s city, %(day)s", "Mean of %(size)s cities, %(day)s", last.sample_size)
        series.append(Series(name % {"size": size, "day": formats.day(last.sampled_on)}, [line.mean for line in lines]))
    if earlier:
        series.append(Series(f"{city.name}, {formats.day(earlier[0].on)}", [line.earlier[0] for line in lines]))
    return radar_chart([line.area.name for line in lines], series, title)
