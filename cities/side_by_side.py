"""Up to four cities side by side."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import formats

from .catalogue import Catalogue, Entry
from .directory import labels
from .languages import named
from .models import City

MOST = 4


@dataclass(frozen=True)
class Line:
    """One fact: for each city its name and a text, empty when it is not known."""

    label: str
    cells: list[tuple[str, str]]
    is_number: bool = False


def line(label: str, entries: Sequence[Entry], texts: Iterable[str], *, is_number: bool = False) -> Line:
    return Line(label, [(entry.name, text) for entry, text in zip(entries, texts, strict=True)], is_number)


def facts(entries: Sequence[Entry], book: Catalogue) -> Iterator[Line]:
    language = get_language() or "en"
    countries, networks = labels(book, "country", language), labels(book, "network", language)
    yield line(_("Country"), entries, [countries[e.country] for e in entries])
    yield line(_("Kind"), entries, [str(City.Kind(e.kind).label) for e in entries])
    sizes = [number_format(e.population, force_grouping=True) if e.population else "" for e in entries]
    yield line(_("Population"), entries, sizes, is_number=True)
    yield line(_("Member since"), entries, [e.shown_date if e.joined_on else "" for e in entries])
    yield line(_("Networks"), entries, [", ".join(networks[code] for code in e.networks) for e in entries])
    yield line(_("Languages"), entries, [", ".join(name for _code, name in named(e.languages)) for e in entries])
    areas = book.areas
    yield line(
        _("Policy areas of interest"), entries, [", ".join(areas[code].name for code in e.interests) for e in entries]
    )


def index(entries: Sequence[Entry], book: Catalogue, results: Mapping[int, tuple]) -> Iterator[Line]:
    """The latest Index of each city, with its sample; `results` gives overall score, sample size and version by city."""
    if not any(entry.scores for entry in entries):
        return
    yield line(_("Date of the Index"), entries, [formats.day(e.index_on) if e.index_on else "" for e in entries])
    samples = []
    for entry in entries:
        overall, size, version = results.get(entry.pk, (None, None, None))
        text = _("%(overall)s, in a sample of %(size)s cities (version %(version)s)")
        samples.append(
            text % {"overall": _score(overall), "size": size, "version": version} if overall is not None else ""
        )
    yield line(_("Overall score"), entries, samples, is_number=True)
    for code, area in book.areas.items():
        if any(code in entry.scores for entry in entries):
            yield line(area.name, entries, [_scored(entry, code) for entry in entries], is_number=True)


def _scored(entry: Entry, code: str) -> str:
    if code not in entry.scores:
        return ""
    score, mean = entry.scores[code]
    return f"{_score(score)} ({_score(mean)})" if mean is not None else _score(score)


def _score(value) -> str:
    return number_format(round(value), decimal_pos=0)
