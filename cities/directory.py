"""The choice that somebody makes in the directory: words and facets, read from the address, shown as boxes and chips."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_countries import countries

from common.text import fold

from .catalogue import FACETS, NONE, SIZE_LABELS, STRENGTH, Catalogue
from .languages import named
from .models import City

PAGE_LENGTH = 25


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    name: str
    label: str
    hint: str
    options: list[Option]

    @property
    def is_open(self) -> bool:
        return any(option.is_chosen for option in self.options)


@dataclass(frozen=True)
class Chip:
    """A filter that is set; `url` is the directory without it."""

    facet: str
    label: str
    url: str


class Choice:
    """What an address asks for. A value that does not exist filters nothing."""

    def __init__(self, query: QueryDict, book: Catalogue):
        self.query, self.book = query, book
        self.text = query.get("q", "").replace("\x00", "").strip()[:100]
        self.wanted = {
            facet: [value for value in dict.fromkeys(query.getlist(facet)) if value in book.sets[facet]]
            for facet in FACETS
        }
        self.named = book.search(self.text) if self.text else book.all
        self.compared = [slug for slug in dict.fromkeys(query.getlist("city")) if slug in book.by_slug]

    @property
    def is_filtered(self) -> bool:
        return bool(self.text) or any(self.wanted.values())

    def found(self) -> int:
        return self.book.choose(self.named, self.wanted)

    def facets(self) -> Iterator[Facet]:
        """Each facet with its options; a count says how many cities fit the other facets and have this value."""
        hints = {
            "interest": _("What a city says it would like to exchange about."),
            "strength": _("At least %(n)s points above the mean of the sample in the city's latest Index.")
            % {"n": STRENGTH},
            "language": _("What the officials of the city work in."),
        }
        titles = {
            "country": _("Country"),
            "network": _("Network"),
            "size": _("Size"),
            "interest": _("Policy area of interest"),
            "strength": _("Strength in the Index"),
            "language": _("Language"),
            "kind": _("Kind"),
        }
        for name in FACETS:
            options = list(self._options(name))
            if len(options) > 1 or any(option.is_chosen for option in options):
                yield Facet(name, titles[name], hints.get(name, ""), options)

    def _options(self, facet: str) -> Iterator[Option]:
        others = self.book.choose(self.named, self.wanted, but=facet)
        sets, chosen = self.book.sets[facet], self.wanted[facet]
        for value, label in labels(self.book, facet, get_language() or "en").items():
            yield Option(value, label, (others & sets[value]).bit_count(), value in chosen)

    def chips(self) -> list[Chip]:
        language = get_language() or "en"
        chips = [Chip("q", f"“{self.text}”", self._without("q", self.query.get("q", "")))] if self.text else []
        for facet, values in self.wanted.items():
            names = labels(self.book, facet, language)
            chips += [Chip(facet, names[value], self._without(facet, value)) for value in values]
        return chips

    def _without(self, name: str, value: str) -> str:
        query = self.query.copy()
        query.pop("page", None)
        query.setlist(name, [each for each in query.getlist(name) if each != value])
        return "?" + query.urlencode()


@lru_cache(maxsize=32)
def labels(book: Catalogue, facet: str, language: str) -> Mapping[str, str]:
    """The values of a facet that some city has, with their names, in the order that they are shown in; `language` is
    that of the request."""
    values = book.sets[facet]
    if facet == "size":
        return {code: str(label) for code, label in SIZE_LABELS.items() if code in values}
    if facet in ("interest", "strength"):
        return {code: area.name for code, area in book.areas.items() if code in values}
    if facet == "language":
        return dict(named(values))
    if facet == "country":
        names = {code: str(countries.name(code)) for code in values}
    elif facet == "network":
        names = {code: book.networks[code].name for code in values if code != NONE}
    else:
        names = {kind.value: str(kind.label) for kind in City.Kind if kind.value in values}
    named_last = {NONE: _("No network was found")} if NONE in values else {}
    return dict(sorted(names.items(), key=lambda pair: fold(pair[1]))) | named_last
