"""The larger networks, two facing pages or one page each: where their cities are, who they are, what they did."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.charts import MapPoint, is_shown
from common.near_map import near_map
from common.text import fold

Data = dict[str, Any]
LARGE = 10  # cities from which a network gets two facing pages
SMALL = 4  # from which it gets one
ROOMY = 22  # cities up to which the table of facing pages has large rows
LISTED = 4  # numbers of what a city took part in; all are in Annex A
# Millimetres: what a page holds, its headings, a row of the table, of a crowded one, an entry of the lists below it, and
# what stands above the table of a network that has one page.
PAGE, HEADINGS, ROW, CROWDED_ROW, ENTRY, ABOVE = 240, 36, 7.9, 5.65, 11, 149


def spreads(local: Data, language: str, prose) -> list[Data]:
    """For each such network: key, name, short, is_large, members, previous, new, held, html, text_language, map,
    elsewhere (who is not on the map), rows, is_crowded (a table of small rows), has_countries (more than one), activities,
    more, documents, more_documents: lists that fit on the page, the rest is in the annexes.

    `prose` turns the coordinator's Markdown into HTML; a network without a text has an empty one.
    """
    members = {row["name"]: row for row in local["member_rows"]}
    return [
        spread(network, f"network-{number}", local, members, language, prose)
        for number, network in enumerate(local["networks"], 1)
        if network["members"] >= SMALL
    ]


def spread(network: Data, key: str, local: Data, members: dict[str, Data], language: str, prose) -> Data:
    rows = [members[name] for name in network["cities"] if name in members]
    on_map = near_ones(rows)
    inside = set(network["cities"])
    held = [
        {**row, "own": sorted(({row["host"]} | set(row["cities"])) & inside, key=fold)} for row in local["activities"]
    ]
    held = sorted((row for row in held if row["own"]), key=lambda row: -len(row["own"]))
    is_large = network["members"] >= LARGE
    is_crowded = not is_large or len(rows) > ROOMY
    found = documents(inside, local)
    room = places(len(rows), is_large, is_crowded)
    listed = found[: max(room // 3, 1)]
    most = max(room - len(listed) - 2 * bool(listed), 1)
    shown = [row for row in local["activities"] if any(row["number"] == other["number"] for other in held[:most])]
    own = {row["number"]: row["own"] for row in held}
    return {
        "key": key,
        "name": network["name"],
        "short": network["name"].partition(" (")[0],
        "is_large": is_large,
        "members": network["members"],
        "previous": network["previous"],
        "new": sum(row["is_new"] for row in rows),
        "held": len(held),
        "html": prose(network.get("text") or "", level=4),
        "text_language": network.get("text_language"),
        "map": map_of(network, on_map, language),
        "elsewhere": [f"{row['name']} ({row['country_name']})" for row in rows if row not in on_map],
        "rows": [{**row, "part": row["part"][:LISTED] + ["…"] * (len(row["part"]) > LISTED)} for row in rows],
        "is_crowded": is_crowded,
        "has_countries": len({row["country_name"] for row in rows}) > 1,
        "activities": [{**row, "own": own[row["number"]]} for row in shown],
        "more": max(len(held) - most, 0),
        "documents": listed,
        "more_documents": len(found) - len(listed),
    }


def places(rows: int, is_large: bool, is_crowded: bool) -> int:
    """How many activities and documents have room below the table of so many cities."""
    used = (0 if is_large else ABOVE) + rows * (CROWDED_ROW if is_crowded else ROW)
    return max(int((PAGE - HEADINGS - used % PAGE) / ENTRY), 2)


def documents(inside: set[str], local: Data) -> list[Data]:
    """The grants, publications and good practices of Annex C with cities of the network, and which these are (`own`)."""
    found = []
    for entry in local["documents"]:
        row = entry["row"]
        own = inside & {row.get("lead"), row.get("city"), *row.get("cities", ())}
        if own:
            found.append({**entry, "own": sorted(own, key=fold)})
    return found


def near_ones(rows: list[Data]) -> list[Data]:
    """The cities that the map of a network shows: those of Europe and its neighbourhood if they are most, else all."""
    placed = [row for row in rows if row["latitude"]]
    near = [row for row in placed if is_shown(place(row), "europe")]
    return near if len(near) * 2 > len(placed) else placed


def place(row: Data) -> MapPoint:
    return MapPoint(float(row["longitude"]), float(row["latitude"]), label=row["name"])


def map_of(network: Data, rows: list[Data], language: str) -> str:
    if not rows:
        return ""
    members = network["members"]
    points = [place(row) for row in rows]
    title = (
        ngettext(
            "Map: %(count)s city of the network “%(network)s”.",
            "Map: the %(count)s cities of the network “%(network)s”, %(first)s in the north to %(last)s in the south.",
            len(points),
        )
        if len(points) == members
        else _(
            "Map: %(count)s of the %(all)s cities of the network “%(network)s”, %(first)s in the north to %(last)s in the south."
        )
    ) % {
        "count": len(points),
        "all": members,
        "network": network["name"],
        "first": max(points, key=lambda point: point.latitude).label,
        "last": min(points, key=lambda point: point.latitude).label,
    }
    return near_map(points, title, is_low=members < LARGE, language=language)
