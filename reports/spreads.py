"""The larger networks, two facing pages or one page each: where their cities are, who they are, what they did."""

from typing import Any

from django.utils.translation import ngettext

from common.charts import MapPoint
from common.near_map import near_map
from common.text import fold

Data = dict[str, Any]
LARGE = 10  # cities from which a network gets two facing pages
SMALL = 4  # from which it gets one
SHOWN = 8  # activities of its cities; the rest is in the annex


def spreads(local: Data, language: str, prose) -> list[Data]:
    """For each such network: key, name, short, is_large, members, previous, new, held, html, text_language, map, rows, activities, more.

    `prose` turns the coordinator's Markdown into HTML; a network without a text has an empty one.
    """
    members = {row["name"]: row for row in local["members"]}
    return [
        spread(network, f"network-{number}", local, members, language, prose)
        for number, network in enumerate(local["networks"], 1)
        if network["members"] >= SMALL
    ]


def spread(network: Data, key: str, local: Data, members: dict[str, Data], language: str, prose) -> Data:
    rows = [members[name] for name in network["cities"] if name in members]
    inside = set(network["cities"])
    held = [
        {**row, "own": sorted(({row["host"]} | set(row["cities"])) & inside, key=fold)} for row in local["activities"]
    ]
    held = sorted((row for row in held if row["own"]), key=lambda row: -len(row["own"]))
    shown = [row for row in local["activities"] if any(row["number"] == other["number"] for other in held[:SHOWN])]
    own = {row["number"]: row["own"] for row in held}
    return {
        "key": key,
        "name": network["name"],
        "short": network["name"].partition(" (")[0],
        "is_large": network["members"] >= LARGE,
        "members": network["members"],
        "previous": network["previous"],
        "new": sum(row["is_new"] for row in rows),
        "held": len(held),
        "html": prose(network.get("text") or "", level=4),
        "text_language": network.get("text_language"),
        "map": map_of(network["name"], rows, language),
        "rows": rows,
        "activities": [{**row, "own": own[row["number"]]} for row in shown],
        "more": max(len(held) - SHOWN, 0),
    }


def map_of(name: str, rows: list[Data], language: str) -> str:
    placed = [row for row in rows if row["latitude"]]
    if not placed:
        return ""
    points = [MapPoint(float(row["longitude"]), float(row["latitude"]), label=row["name"]) for row in placed]
    title = ngettext(
        "Map: %(count)s city of the network “%(network)s”.",
        "Map: the %(count)s cities of the network “%(network)s”, %(first)s in the north to %(last)s in the south.",
        len(placed),
    ) % {
        "count": len(placed),
        "network": name,
        "first": max(points, key=lambda point: point.latitude).label,
        "last": min(points, key=lambda point: point.latitude).label,
    }
    return near_map(points, title, language=language)
