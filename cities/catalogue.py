"""All member cities of a day in memory, so that a page of the directory costs the same with 150 and with 15,000 of them.

Each value of a facet is the set of its cities, as the bits of one integer: a choice is a few ANDs, a count is `bit_count`.
A catalogue is built once for each version of the data. The database counts versions itself (triggers, migrations
0010 and 0013), so a catalogue is never older than the transaction that asks for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

from django.db import connection
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from common.dates import show

from .models import City, IndexResult, IndexScore, MembershipStep, NationalNetwork, NetworkMembership, PolicyArea
from .models.city import search_words
from .models.membership import Step

NONE = "none"  # the value of a facet for cities of which nothing is known
STRENGTH = 10  # points of the Index above the mean of its sample
SIZES = [  # code, inhabitants below which a city belongs to it
    ("under-50", 50_000),
    ("50-100", 100_000),
    ("100-250", 250_000),
    ("250-500", 500_000),
    ("500-1000", 1_000_000),
    ("over-1000", None),
]
SIZE_LABELS = {
    "under-50": _("Under 50,000 inhabitants"),
    "50-100": _("50,000 to 100,000"),
    "100-250": _("100,000 to 250,000"),
    "250-500": _("250,000 to 500,000"),
    "500-1000": _("500,000 to 1 million"),
    "over-1000": _("1 million or more"),
    NONE: _("Population not found"),
}
FACETS = ("country", "network", "size", "interest", "strength", "language", "kind")


def size_of(population: int | None) -> str:
    """The code of the band that a city of so many inhabitants belongs to."""
    if population is None:
        return NONE
    return next(code for code, below in SIZES if below is None or population < below)


@dataclass(slots=True)
class Entry:
    """What the directory knows of a city; areas and networks by their codes."""

    pk: int
    name: str
    slug: str
    kind: str
    country: str
    search: str
    population: int | None
    longitude: float | None
    latitude: float | None
    languages: list[str]
    joined_on: date | None = None
    precision: str = ""
    networks: list[str] = field(default_factory=list)
    interests: list[str] = field(default_factory=list)
    index_on: date | None = None
    scores: dict[str, tuple[Decimal, Decimal | None]] = field(default_factory=dict)  # area: score, mean of the sample
    on_map: str = ""  # all that a map shows of it; nothing without coordinates

    @property
    def size(self) -> str:
        return size_of(self.population)

    @property
    def strengths(self) -> list[str]:
        """The areas of the latest Index that are at least `STRENGTH` points above the mean of the sample."""
        return [area for area, (score, mean) in self.scores.items() if mean is not None and score - mean >= STRENGTH]

    @property
    def shown_date(self) -> str:
        return show(self.joined_on, self.precision)

    def values(self, facet: str) -> Iterable[str]:
        if facet in ("country", "kind", "size"):
            return [getattr(self, facet)]
        return getattr(self, f"{facet}s") or ([NONE] if facet == "network" else [])


class Catalogue:
    """Entries in the order of their names. A set of cities is an integer: bit n stands for `entries[n]`."""

    def __init__(
        self, entries: Sequence[Entry], networks: Mapping[str, NationalNetwork], areas: Mapping[str, PolicyArea]
    ):
        self.entries, self.networks, self.areas = entries, networks, areas
        self.all = (1 << len(entries)) - 1
        found: dict[str, dict[str, list[int]]] = {facet: defaultdict(list) for facet in FACETS}
        for number, entry in enumerate(entries):
            for facet in FACETS:
                for value in entry.values(facet):
                    found[facet][value].append(number)
        self.sets = {
            facet: {value: as_set(numbers, len(entries)) for value, numbers in values.items()}
            for facet, values in found.items()
        }

    @cached_property
    def texts(self) -> list[str]:
        return [entry.search for entry in self.entries]

    @cached_property
    def by_slug(self) -> dict[str, Entry]:
        return {entry.slug: entry for entry in self.entries}

    def search(self, text: str) -> int:
        """The cities that have every word of `text` in a name, the country or the region."""
        if not (words := search_words(text)):
            return 0
        found, texts = range(len(self.entries)), self.texts
        for reading, *others in words:
            found = [n for n in found if reading in texts[n] or (others and any(each in texts[n] for each in others))]
        return as_set(found, len(self.entries))

    def choose(self, chosen: int, wanted: Mapping[str, Sequence[str]], but: str = "") -> int:
        """Those of `chosen` that have, of each facet in `wanted`, one of its values; the facet `but` is left out."""
        for facet, values in wanted.items():
            if facet != but and values:
                chosen &= self.either(facet, values)
        return chosen

    def either(self, facet: str, values: Sequence[str]) -> int:
        found = 0
        for value in values:
            found |= self.sets[facet].get(value, 0)
        return found

    def ranked(self, chosen: int, text: str = "") -> list[Entry]:
        """By name; with `text`, names that begin with it first, then names that hold it, then by country and region."""
        entries = [self.entries[number] for number in numbers(chosen)]
        if not text:
            return entries
        words = search_words(text)
        begins = tuple(" ".join(readings) for readings in zip(*_same_length(words), strict=True))

        def rank(entry: Entry) -> int:
            names = entry.search.partition("\t")[0]
            if any(line.startswith(begins) for line in names.split("\n")):
                return 0
            return 1 if all(any(reading in names for reading in readings) for readings in words) else 2

        return sorted(entries, key=rank)


def _same_length(words: list[list[str]]) -> list[list[str]]:
    longest = max(len(readings) for readings in words)
    return [readings + readings[-1:] * (longest - len(readings)) for readings in words]


def as_set(numbers: Iterable[int], size: int) -> int:
    bits = bytearray(size // 8 + 1)
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")


def numbers(chosen: int) -> list[int]:
    """The members of a set, in order."""
    return [number for number, bit in enumerate(reversed(f"{chosen:b}")) if bit == "1"]


# From the database -----------------------------------------------------------------------------


def catalogue(on: date) -> Catalogue:
    """The members of the day `on`, as the database has them now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(change), max(change) FROM cities_directory_version")
        return _built(connection.settings_dict["NAME"], cursor.fetchone(), on)


@lru_cache(maxsize=2)
def _built(database: str, version: tuple[int, int], on: date) -> Catalogue:
    standing = MembershipStep.objects.standing(on).values_list("city_id", "kind")
    members = {city for city, kind in standing if kind in Step.joining()}
    fields = ["pk", "name", "slug", "kind", "country", "search", "population", "longitude", "latitude", "languages"]
    rows = City.objects.order_by("search", "pk").values_list(*fields)
    entries = [Entry(*row[:4], str(row[4]), *row[5:]) for row in rows if row[0] in members]
    by_pk = {entry.pk: entry for entry in entries}
    for entry in entries:
        if entry.latitude is not None:
            entry.longitude, entry.latitude = float(entry.longitude), float(entry.latitude)
    networks = {network.pk: network for network in NationalNetwork.objects.all()}
    inside = NetworkMembership.objects.on(on).order_by("pk")
    for city, network in inside.values_list("city_id", "network_id"):
        if city in by_pk:
            by_pk[city].networks.append(networks[network].code)
    for entry in entries:
        if entry.latitude is not None:
            where = f"{entry.longitude},{entry.latitude}"
            entry.on_map = f"{entry.slug},{entry.name},{where},{','.join(entry.networks)}"
    areas = {area.pk: area for area in PolicyArea.objects.all()}
    for city, area in City.interests.through.objects.order_by("pk").values_list("city_id", "policyarea_id"):
        if city in by_pk:
            by_pk[city].interests.append(areas[area].code)
    for city, joined_on, precision in MembershipStep.objects.statements().values_list("city_id", "on", "precision"):
        if city in by_pk and not by_pk[city].precision:  # the first statement counts
            by_pk[city].joined_on, by_pk[city].precision = joined_on, precision
    latest = IndexResult.objects.filter(on__lte=on).order_by("city_id", "-on").distinct("city").values("pk")
    scores = IndexScore.objects.filter(result__in=latest).order_by("area__position")
    for city, day, area, score, mean in scores.values_list(
        "result__city_id", "result__on", "area_id", "score", "sample_mean"
    ):
        if city in by_pk:
            by_pk[city].index_on = day
            by_pk[city].scores[areas[area].code] = (score, mean)
    return Catalogue(
        entries,
        {network.code: network for network in networks.values()},
        {area.code: area for area in sorted(areas.values(), key=lambda area: area.position)},
    )
