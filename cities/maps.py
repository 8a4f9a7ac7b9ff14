"""Any choice of member cities on two maps, kept in the cache by what they show."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.core.cache import cache
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.charts import Extent
from common.maps import CROWDED, Mark, mark_map, shown

from .catalogue import NONE, Catalogue, Entry

KEEP = 60 * 60 * 24  # seconds
LAND = "1"  # raise it when the outlines change: browsers keep them for a year


@dataclass(frozen=True)
class DirectoryMap:
    caption: str
    svg: SafeString


def directory_maps(book: Catalogue, chosen: int) -> list[DirectoryMap]:
    """Europe, and the world when it shows more, by kind of network. The list of the cities is their text alternative."""
    key = f"cities:maps:{get_language()}:{LAND}:{_digest(book, chosen)}"
    drawn = cache.get(key)
    if drawn is None:
        drawn = [(each.caption, str(each.svg)) for each in _draw(book.ranked(chosen))]
        cache.set(key, drawn, KEEP)
    return [DirectoryMap(caption, mark_safe(svg)) for caption, svg in drawn]  # as `_draw` made them


@lru_cache(maxsize=32)
def _digest(book: Catalogue, chosen: int) -> str:
    """Of all that the maps of these cities show. A catalogue never changes, so that each process reads it once."""
    entries = book.ranked(chosen)
    facts = "\n".join(filter(None, (entry.on_map for entry in entries)))
    return hashlib.sha256(f"{len(entries)}\n{facts}".encode()).hexdigest()


def _draw(entries: Sequence[Entry]) -> list[DirectoryMap]:
    path = reverse("cities:list")
    marks = [
        Mark(
            entry.longitude,
            entry.latitude,
            group=0 if set(entry.networks) - {"int", NONE} else 1,
            name=entry.name,
            url=f"{path}{entry.slug}/",
        )
        for entry in entries
        if entry.longitude is not None and entry.latitude is not None
    ]
    europe, world = len(shown(marks, "europe")), len(shown(marks, "world"))
    maps = [_map(marks, "europe", europe, len(entries))] if europe else []
    return maps + ([_map(marks, "world", world, len(entries))] if world > europe else [])


def _map(marks: list[Mark], extent: Extent, count: int, total: int) -> DirectoryMap:
    numbers = {"shown": count, "total": total}
    if extent == "europe":
        caption = _("In and around Europe: %(shown)s of %(total)s member cities.") % numbers
    elif count == total:
        caption = _("In the world: all %(total)s member cities.") % numbers
    else:
        caption = (
            _("In the world: %(shown)s of %(total)s member cities. No coordinates were found for the rest.") % numbers
        )
    if count > CROWDED:
        caption += " " + _("Cities close to each other share a mark.")
    land = reverse("cities:land", args=[extent]) + f"?v={LAND}"
    return DirectoryMap(caption, mark_map(marks, extent, caption, land))
