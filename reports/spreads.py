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
LONGEST = 8  # entries of a list below the table
# What a network says of itself stands below its map: characters in a line, lines up to which the map keeps most of its
# size, lines up to which a small map leaves room. A longer text has a page of its own.
CHARACTERS, FEW, MOST = 47, 24, 34
# Millimetres: what a page holds but for the head of the table, what stands above the table of a network that has one page,
# a row of the table, of a crowded one, the heading of a list, an entry of it, the line that says how many more there are.
PAGE, ABOVE, ROW, CROWDED_ROW, HEADING, ENTRY, MORE = 230, 148, 7.9, 5.65, 12, 11, 8


def spreads(local: Data, language: str, prose) -> list[Data]:
    """For each such network: key, name, short, is_large, members, previous, new, held, html, text_language, map,
    elsewhere (who is not on the map), rows, told (how long its text is), is_crowded (a table of small rows), has_countries (more than one), activities,
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
    used = (0 if is_large else ABOVE) + len(rows) * (CROWDED_ROW if is_crowded else ROW)
    most, most_documents = lengths(len(held), len(found), PAGE - used % PAGE)
    listed = found[:most_documents]
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
        "told": told(network.get("text") or ""),
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


def told(text: str) -> str:
    """The classes of a page with this text: none, or how much room the text takes."""
    written = [line for line in text.splitlines() if line.strip()]
    lines = sum(-(-len(line) // CHARACTERS) for line in written) + len(written) / 2
    return "told long" if lines > MOST else "told much" if lines > FEW else "told" if written else ""


def lengths(activities: int, documents: int, room: float) -> tuple[int, int]:
    """How many of the activities and of the documents are listed in a room of so many millimetres: some of both if it can
    be, then as many as fit, then rather activities. One activity is listed whatever the room."""

    def height(listed: int, of: int) -> float:
        return HEADING * (listed > 0) + ENTRY * listed + MORE * (of > listed)

    pairs = [
        (one, other)
        for one in range(min(activities, LONGEST) + 1)
        for other in range(min(documents, LONGEST) + 1)
        if (height(one, activities) or HEADING + ENTRY) + height(other, documents) <= room
    ]
    return max(pairs, key=lambda pair: (pair[0] > 0, pair[1] > 0, sum(pair), pair[0]), default=(min(activities, 1), 0))


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
