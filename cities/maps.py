"""The member cities on two maps, drawn once and kept in the cache."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.charts import MapPoint, city_map, is_shown

from .models import NetworkMembership


@dataclass(frozen=True)
class DirectoryMap:
    caption: str
    svg: SafeString


def directory_maps(cities) -> list[DirectoryMap]:
    """Europe and the world, by kind of network. The list of cities is their text alternative."""
    national = NetworkMembership.objects.filter(city=OuterRef("pk"), left_on=None, network__is_international=False)
    rows = (
        cities.order_by("slug")
        .annotate(is_national=Exists(national))
        .values_list("latitude", "longitude", "is_national")
    )
    groups = [_("In a national network"), _("Other member city")]
    points = [
        MapPoint(float(longitude), float(latitude), groups[0] if is_national else groups[1])
        for latitude, longitude, is_national in rows
        if latitude is not None
    ]
    return [_map(points, "europe", groups, len(rows)), _map(points, "world", groups, len(rows))] if points else []


def _map(points: list[MapPoint], extent: str, groups: list[str], total: int) -> DirectoryMap:
    shown = [point for point in points if is_shown(point, extent)]
    numbers = {"shown": len(shown), "total": total}
    if extent == "europe":
        caption = _("In and around Europe: %(shown)s of %(total)s member cities.") % numbers
    else:
        caption = (
            _("In the world: %(shown)s of %(total)s member cities. No coordinates were found for the rest.") % numbers
        )
        if len(shown) == total:
            caption = _("In the world: all %(total)s member cities.") % numbers
    svg = city_map(points, extent, caption, groups=groups, language=get_language() or "en")
    return DirectoryMap(caption, svg)
