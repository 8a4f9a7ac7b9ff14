"""Figures and tables of a report, numbered in one order for print and page, so that references hold on both.

A template asks for an entry by its key: `{% numbered_table "joined" %}` prints its caption, `{% see "joined" %}` refers to
it. What has nothing to show has no number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

Data = dict[str, Any]


@dataclass(frozen=True)
class Numbered:
    """A figure or table: "Figure 3" and what it shows; `anchor` is its place in the document."""

    kind: str
    number: int
    caption: str
    anchor: str

    @property
    def label(self) -> str:
        words = _("Figure") if self.kind == "figure" else _("Table")
        return f"{words}\N{NO-BREAK SPACE}{self.number}"


def numbered(local: Data) -> dict[str, Numbered]:
    """By key, what the report shows of the context `local`, in the order of reading."""
    counts = {"figure": 0, "table": 0}
    found: dict[str, Numbered] = {}
    for kind, key, caption in entries(local):
        counts[kind] += 1
        found[key] = Numbered(kind, counts[kind], caption, f"{kind}-{key}")
    return found


def entries(local: Data) -> Iterator[tuple[str, str, str]]:
    year, charts = local["year"], local["charts"]
    on = local["until"]
    world = "figure", "world", _("Member cities in the world, %(on)s") % {"on": on}
    if charts["world"] and local["is_world_first"]:
        yield world
    if local["figures"]:
        yield "table", "figures", _("The year %(year)s in figures") % {"year": year}
    if charts["europe"]:
        yield "figure", "europe", _("Member cities in Europe and its neighbourhood, %(on)s") % {"on": on}
    if charts["world"] and not local["is_world_first"]:
        yield world
    if local["joined"]:
        yield "table", "joined", _("Cities that joined in %(year)s") % {"year": year}
    if local["left"]:
        yield "table", "left", _("Withdrawn or suspended in %(year)s") % {"year": year}
    if charts["years"]:
        yield "figure", "years", _("Member cities by the year in which they joined")
    if charts["countries"]:
        yield "figure", "countries", _("Countries with the most member cities")
    if charts["index"]:
        yield "figure", "scores", _("Overall Index scores of %(year)s, by city") % {"year": year}
    if local["index"]:
        yield "table", "index", _("Intercultural Cities Index results in %(year)s") % {"year": year}
    if local["visits"]:
        yield "table", "visits", _("Expert visits in %(year)s") % {"year": year}
    if charts["kinds_by_format"]:
        yield "figure", "kinds", _("Activities in %(year)s by kind and format") % {"year": year}
    if charts["months"]:
        yield "figure", "months", _("Activities in %(year)s by month") % {"year": year}
    if local["activities"]:
        yield (
            "table",
            "kinds-table",
            _("Activities in %(year)s by kind and format, with who took part") % {"year": year},
        )
        yield "table", "activities", _("Activities in %(year)s, by date") % {"year": year}
    if len(local["grants_by_call"]) > 1:
        yield "table", "calls", _("Inter-city grants in %(year)s by call") % {"year": year}
    if local["grants"]:
        yield "table", "grants", _("Inter-city grants in %(year)s") % {"year": year}
    if local["networks"]:
        yield "table", "networks", _("Networks on %(on)s") % {"on": on}
    for spread in local["spreads"]:
        named = {"network": spread["short"], "on": on}
        if spread["map"]:
            yield "figure", spread["key"], _("%(network)s: where its cities are") % named
        yield "table", f"{spread['key']}-members", _("%(network)s: member cities on %(on)s") % named
    if local["publications"]:
        yield "table", "publications", _("Publications of %(year)s") % {"year": year}
    if local["member_rows"]:
        yield "table", "annex-members", _("Member cities on %(on)s and what they took part in") % {"on": on}
    if local["activities"]:
        yield "table", "annex-activities", _("Activities in %(year)s with place and attendance") % {"year": year}
    if local["documents"]:
        yield "table", "annex-documents", _("Grants, publications and good practices, with their sources")
