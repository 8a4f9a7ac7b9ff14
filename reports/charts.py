"""What the report draws, and how its rows are gathered for print; everything comes from the frozen facts.

`local` is the snapshot in one language, as `snapshot.in_language` gives it. Charts are cached by what they show, and
the sheets of the cities have none: 147 of them must stay cheap.
"""

from datetime import date
from itertools import accumulate
from typing import Any

from django.conf.locale import LANG_INFO
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from common.charts import MapPoint, bar_chart, city_map, column_chart, is_shown, stacked_bar_chart
from common.text import fold

from .miniatures import radar

Data = dict[str, Any]

TEMPLATE_VERSION = 4  # raise it when the layout changes: with snapshot and language it decides the bytes (R2)
SHEET_MM = (
    140  # of a page, for what the sheet of a city says beyond its band, its four numbers and the address of the unit
)
PROGRAMME = ("countries", "new_members", "activities", "grants", "publications", "practices")
LISTS = ("activities", "grants", "practices", "publications")
SHEET_TITLE = 150  # characters of a title on a sheet
NEIGHBOURS = 410  # characters of the other members of a country on a sheet: in Italy, which has most, there are 400
TOP_COUNTRIES = 10
MOST_BARS = 24
HEADLINE = ("members", "new_members", "countries", "activities", "publications", "grants")


def printed(local: Data, language: str) -> Data:
    """What templates get beyond the rows of the snapshot."""
    return {
        "charts": charts(local, language),
        "headline": headline(local["figures"]),
        "figure_groups": figure_groups(local["figures"]),
        "has_new_counts": any(row["previous"] in ("0", "0.00") and row["value"] != row["previous"] for row in local["figures"]),
        "by_country": by_country(local),
        "publication_rows": [{**row, "languages": language_names(row["languages"])} for row in local["publications"]],
        "template_version": TEMPLATE_VERSION,
    }  # fmt: skip


# Charts ----------------------------------------------------------------------------------------


def charts(local: Data, language: str) -> Data:
    """By name, a chart as SVG whose title says what it shows; None where there is nothing to draw."""
    drawn: Data = dict.fromkeys(("world", "europe", "countries", "years", "index", "kinds_by_format", "months"))
    if local["members"]:
        drawn |= of_members(local, language)
    if local["activities"]:
        drawn |= of_activities(local, language)
    if len(local["index"]) > 2:
        drawn["index"] = of_index(local, language)
    return drawn


def of_index(local: Data, language: str) -> str:
    """Scores side by side, by city and not by score: a rank would say nothing without the sample of each."""
    rows = sorted(local["index"], key=lambda row: fold(row["city"]))[:MOST_BARS]
    scores = [float(row["overall"]) for row in rows]
    title = _("Bar chart: overall Index scores of %(count)s cities, from %(low)s to %(high)s of 100.") % {
        "count": len(rows),
        "low": f"{min(scores):g}",
        "high": f"{max(scores):g}",
    }
    return bar_chart(list({row["city"]: float(row["overall"]) for row in rows}.items()), title, language=language)


def of_members(local: Data, language: str) -> Data:
    members, year = local["members"], local["year"]
    old, new = _("Member city"), _("New member")
    placed = [
        (MapPoint(float(row["longitude"]), float(row["latitude"]), new if row["is_new"] else old), row["country"])
        for row in members
        if row["latitude"]
    ]
    drawn: Data = {}
    if placed:
        groups = [old, new] if any(row["is_new"] for row in members) else [old]
        near = [country for point, country in placed if is_shown(point, "europe")]
        titles = {
            "europe": _(
                "Map of Europe and its neighbours: %(count)s of the %(all)s member cities on %(day)s, in %(countries)s countries."
            )
            % {"count": len(near), "all": len(members), "day": local["until"], "countries": len(set(near))},
            "world": _("Map of the world: %(count)s member cities in %(countries)s countries on %(day)s.")
            % {"count": len(placed), "countries": len({country for _point, country in placed}), "day": local["until"]},
        }
        for extent, title in titles.items():
            points = [point for point, _country in placed]
            drawn[extent] = city_map(points, extent, title, groups=groups, language=language)  # type: ignore[arg-type]
    top = local["countries"][:TOP_COUNTRIES]
    title = _("Bar chart: the countries with the most member cities. First is %(country)s with %(count)s.") % {
        "country": top[0]["name"],
        "count": top[0]["members"],
    }
    drawn["countries"] = bar_chart([(row["name"], row["members"]) for row in top], title, language=language)
    dated = [row["since_year"] for row in members if row["since_year"]]
    if len(set(dated)) > 1:
        counts = [(str(y), dated.count(y)) for y in range(min(dated), year + 1)]
        best, most = max(counts, key=lambda pair: pair[1])
        title = _(
            "Column chart: the year in which %(count)s of the member cities joined. The most, %(most)s, joined in %(year)s."
        ) % {"count": len(dated), "most": most, "year": best}
        drawn["years"] = column_chart(counts, title, language=language, highlight=str(year))
    return drawn


def of_activities(local: Data, language: str) -> Data:
    total, first = len(local["activities"]), local["by_kind"][0]
    facts = {"count": total, "kind": first["label"], "most": first["count"]}
    by_format = _("Bar chart: %(count)s activities by kind and format: %(formats)s. First is %(kind)s with %(most)s.")
    busiest = max(local["by_month"], key=lambda row: row["count"])
    formats = [row["label"] for row in local["by_format"]]
    cells = [(row["kind_label"], row["format_label"]) for row in local["activities"]]
    stacks = [(row["label"], {name: cells.count((row["label"], name)) for name in formats}) for row in local["by_kind"]]
    return {
        "kinds_by_format": stacked_bar_chart(
            stacks,
            by_format % {**facts, "formats": ", ".join(f"{row['label']} {row['count']}" for row in local["by_format"])},
            language=language,
        ),
        "months": column_chart(
            [(date_format(date(2000, month, 1), "N"), row["count"]) for month, row in enumerate(local["by_month"], 1)],
            _("Column chart: activities by month. The most, %(count)s, were in %(month)s.")
            % {"count": busiest["count"], "month": busiest["label"]},
            language=language,
        ),
    }


# Rows gathered for print -----------------------------------------------------------------------


def headline(figures: list[Data]) -> list[Data]:
    """The six figures that open the year; where one is not counted, the next that is not zero takes its place."""
    known = {row["key"]: row for row in figures}
    first = [known.pop(key) for key in HEADLINE if key in known]
    return (first + [row for row in known.values() if row["value"] not in ("0", "0.00")])[:6]


def figure_groups(figures: list[Data]) -> list[Data]:
    """The figures under the chapters they belong to; one that no group names stands with the last."""
    named = [
        (_("Members"), ["members", "countries", "new_members", "networks"]),
        (
            _("Cities at work"),
            ["index_results", "expert_visits", "activities", "activities_online", "activity_cities", "participants"],
        ),
        (_("Inter-city grants"), ["grants", "grant_cities", "grants_total"]),
        (_("Knowledge shared"), ["publications", "practices"]),
    ]
    known = {row["key"]: row for row in figures}
    groups = [{"title": title, "rows": [known.pop(key) for key in keys if key in known]} for title, keys in named]
    groups[-1]["rows"] += known.values()
    return [group for group in groups if group["rows"]]


def by_country(local: Data) -> list[Data]:
    """Countries by name, each with its member cities: name and whether the city is new."""
    grouped: dict[str, list[Data]] = {}
    for row in local["members"]:
        grouped.setdefault(row["country_name"], []).append(row)
    return [{"name": name, "cities": grouped[name]} for name in sorted(grouped, key=fold)]


def language_names(codes: str) -> str:
    """ "en, it" as "English, Italian"; a code that nobody knows stays."""
    names = (code.strip() for code in codes.split(","))
    return ", ".join(
        capfirst(_(LANG_INFO[name]["name"])) if "name" in LANG_INFO.get(name, {}) else name for name in names
    )


# The sheet of a city ---------------------------------------------------------------------------


def sheet(city: Data, data: Data, language: str) -> Data:
    """The lists of a city's sheet, cut so that they fit on one page; `*_more` says how many rows are left to the report.

    `neighbours` are the other members of the country; `has_room` says whether the figures of the programme
    (`PROGRAMME`) fit as well. Each list gets three rows if it can; then they take what room is left, in their order.
    """
    neighbours = [row["name"] for row in data["members"] if row["country_name"][language] == city["country_name"]]
    neighbours = [name for name in neighbours if name != city["name"]]
    listed = sum(length <= NEIGHBOURS for length in accumulate(len(name) + 2 for name in neighbours))
    index = city["index"]
    is_bare = not any(city[name] for name in LISTS)
    room = (
        SHEET_MM
        - 3.9 * lines(", ".join(neighbours), 84, most=NEIGHBOURS)
        - 3.9 * lines("; ".join(network["name"] + " " * 14 for network in city["networks"]), 84, most=500)
        - (5.7 + 3.9 if city["steps"] else 0)
        - (5.7 + 3.9 if index else 0)
        - (14 + max(47, 5 + 3.7 * len(index["scores"])) if index and index["scores"] else 0)
    )
    lists = 62 if is_bare else 3 * 20 + 5 * sum(bool(city[name]) for name in LISTS)
    is_tight = room < lists + (0 if is_bare else 12)
    room -= 34 if is_tight else lists
    heights = {
        "activities": [1.8 + 3.9 * max(lines(row["title"], 50), lines(row["on"], 22)) for row in city["activities"]],
        "grants": [
            1.8 + 3.9 * max(lines(row["project"], 39), lines(", ".join(row["partners"]), 27)) for row in city["grants"]
        ],
        "practices": [0.4 + 4.7 * lines(row["title"] + " " * 16, 88) for row in city["practices"]],
        "publications": [0.4 + 4.7 * lines(row["title"] + " " * 28, 88) for row in city["publications"]],
    }
    shown = dict.fromkeys(heights, 0)
    for first in () if is_tight else (3, 100):
        for name, rows in heights.items():
            while shown[name] < min(first, len(rows)) and room >= rows[shown[name]]:
                room -= rows[shown[name]]
                shown[name] += 1
    return (
        {name: city[name][:count] for name, count in shown.items()}
        | {f"{name}_more": len(city[name]) - count for name, count in shown.items()}
        | {
            "neighbours": neighbours[:listed],
            "neighbours_more": len(neighbours) - listed,
            "is_bare": is_bare,
            "is_tight": is_tight,
            "has_room": not is_tight and room > 20 + 6 * len(PROGRAMME),
            "has_means": bool(index) and all(row["mean"] is not None for row in index["scores"]),
            "radar": radar_of(city["name"], index) if index and len(index["scores"]) > 2 else "",
        }
    )


def radar_of(name: str, index: Data) -> str:
    scores = [(float(row["score"]), None if row["mean"] is None else float(row["mean"])) for row in index["scores"]]
    best = max(index["scores"], key=lambda row: float(row["score"]))
    title = _(
        "Radar chart: the scores of %(city)s in %(count)s policy areas beside the sample mean; the highest is %(area)s with %(score)s."
    ) % {"city": name, "count": len(scores), "area": best["area"], "score": best["score"]}
    return radar(scores, title)


def lines(text: str, width: int, most: int = SHEET_TITLE) -> int:
    """How many lines of about `width` characters a text takes that is cut after `most` characters."""
    return max(1, -(-min(len(text), most) // width))
