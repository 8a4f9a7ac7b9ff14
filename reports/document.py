"""From the frozen facts to what a reader sees: the context that page, PDF and letter share, and their HTML."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import combinations
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from common.formats import day
from common.pdf import problems
from common.text import markdown_to_html, typeset, typeset_html
from correspondence.rendering import layout, place_and_date
from correspondence.signatures import Signature

from . import annexes, charts
from .figures import last_day
from .miniatures import spot
from .models import Chapter
from .numbering import numbered
from .placeholders import named
from .snapshot import canonical, digest, in_language
from .spreads import spreads

Data = dict[str, Any]
# The chapter that lists the rows behind a figure (R4).
CHAPTER_OF = {
    "members": "members", "countries": "members", "new_members": "members", "networks": "networks",
    "index_results": "index", "expert_visits": "index", "activities": "activities", "activities_online": "activities",
    "activity_cities": "activities", "participants": "activities",
    "grants": "grants", "grant_cities": "grants", "grants_total": "grants", "publications": "publications",
    "practices": "practices",
}  # fmt: skip
# What a chapter lists; these may be too little for a page of their own.
ROWS = {"index": ("index", "visits"), "grants": ("grants",), "practices": ("practices",)}
BRIEF = (Chapter.Kind.INDEX, Chapter.Kind.GRANTS, Chapter.Kind.PRACTICES, Chapter.Kind.PLANS)
COLUMN, COLUMNS_LINES = 34, 160  # characters in a line of the list by country; lines of three columns on a page
SHORT = 700  # characters of a text that does not fill a page
# Millimetres above the map of the world for a foreword in large print, of its lines and between its paragraphs.
ABOVE_WORLD, LINE, BETWEEN, IN_LINE = 62, 9.3, 7, 57
HEADING = re.compile(r"<(/?)h([1-6])>")
LOOSE_ITEM = re.compile(r"<li>\s*<p>((?:(?!</?p>|</li>).)*)</p>\s*(</li>|<ul>|<ol>)", re.DOTALL)


def prose(text: str, level: int = 3) -> SafeString:
    """Markdown as HTML that a PDF accepts: headings from `level` down without a gap, list items without paragraphs."""
    html = markdown_to_html(text)
    last, now = level - 1, level

    def heading(match: re.Match[str]) -> str:
        nonlocal last, now
        if not match[1]:
            now = last = min(max(int(match[2]) + level - 2, level), last + 1, 6)
        return f"<{match[1]}h{now}>"

    return mark_safe(LOOSE_ITEM.sub(r"<li>\1\2", typeset_html(HEADING.sub(heading, html))))


def all_typeset(value: Any) -> Any:
    """The same rows with every text as a printer sets it."""
    if isinstance(value, dict):
        return {key: all_typeset(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [all_typeset(inner) for inner in value]
    return typeset(value) if type(value) is str else value  # a drawing is a SafeString


def text_problems(text: str, language: str) -> Iterator[str]:
    """Why this Markdown could not become an accessible PDF, a sentence each."""
    yield from problems(
        format_html(
            '<html lang="{}"><head><title>–</title></head><body><h1>–</h1><h2>–</h2>{}</body></html>',
            language,
            prose(text),
        ),
        language,
    )


def report_context(data: Data, language: str) -> Data:
    """`data` is the stored document; in the result texts are in `language`, chapters have `html`, and charts are drawn."""
    with translation.override(language):
        local = all_typeset(in_language({key: value for key, value in data.items() if key != "cities"}, language))
        local["until"] = day(last_day(data["year"], date.fromisoformat(data["frozen_on"])))
        for chapter in local["chapters"].values():
            chapter["html"] = prose(chapter["text"])
        for row in local["figures"]:
            row["chapter"] = CHAPTER_OF.get(row["key"], "")
        local |= annexes.number_rows(local)
        local |= charts.printed(local, language)
        local["spreads"] = spreads(local, language, prose)
        local["column_breaks"] = column_breaks(local["by_country"])
        local["by_kind_and_format"] = [local["by_kind"], local["by_format"]]
        pages = {spread["name"]: spread["key"] for spread in local["spreads"]}
        local["network_rows"] = [
            {**row, "key": pages.get(row["name"]), "html": prose(row.get("text") or "", level=4)}
            for row in local["networks"]
        ]
        local["grant_total"] = str(sum(Decimal(row["amount"]) for row in local["grants"] if row["amount"]) or "")
        chapters = chapter_list(local)
        forewords = data["chapters"].get("foreword", {}).get("text", {})
        local["is_world_first"] = all(
            map(leaves_room, forewords.values())
        )  # so in both editions figures have one number
        return {
            **local,
            "language": language,
            "chapter_list": chapters,
            "figure": {row["key"]: row for row in local["figures"]},
            "numbered": numbered(local),
            "sha256": digest(canonical(data)),
            "signed_shown": place_and_date("Strasbourg", date.fromisoformat(local["frozen_on"]), language),
            "made_up": any(
                row["is_made_up"] for kind in ("activities", "publications", "practices") for row in local[kind]
            ),
        }


def column_breaks(countries: list[Data]) -> set[str]:
    """The countries that open the second and the third column of their list, so that the three are about equally long:
    WeasyPrint would lay the list out a dozen times to find out. None where the list is longer than a page."""
    heights = [2.5 + len(", ".join(city["name"] for city in country["cities"])) // COLUMN for country in countries]
    if len(countries) < 3 or sum(heights) > COLUMNS_LINES:
        return set()
    _longest, second, third = min(
        (max(sum(heights[:i]), sum(heights[i:j]), sum(heights[j:])), i, j)
        for i, j in combinations(range(1, len(countries)), 2)
    )
    return {countries[second]["name"], countries[third]["name"]}


def chapter_list(local: Data) -> list[Data]:
    """The chapters in their order, the letter left out, each with `kind`, `title`, `html`, whether it `is_short`, of little
    text, and whether it `is_brief`: one without rows as well follows on the page instead of opening one."""
    kinds = [kind for kind in Chapter.Kind.values if kind != Chapter.Kind.LETTER]
    chapters = [
        {"kind": kind, **local["chapters"].get(kind, {"title": Chapter.Kind(kind).label, "html": ""})} for kind in kinds
    ]
    for chapter in chapters:
        rows = sum(len(local[name]) for name in ROWS.get(chapter["kind"], ()))
        chapter["template"] = f"reports/chapters/{chapter['kind']}.html"
        chapter["is_short"] = len(chapter["html"]) < SHORT
        chapter["is_brief"] = chapter["kind"] in BRIEF and not rows and chapter["is_short"]
    return chapters


def leaves_room(foreword: str) -> bool:
    """Whether the map of the world stands on the page of the foreword."""
    written = [line for line in foreword.splitlines() if line.strip()]
    return sum(LINE * -(-len(line) // IN_LINE) + BETWEEN for line in written) <= ABOVE_WORLD


def report_html(data: Data, language: str) -> str:
    with translation.override(language):
        return render_to_string("reports/pdf/report.html", report_context(data, language))


def letter_context(data: Data, slug: str, language: str) -> Data:
    """For the letter to the mayor of one city, with the sheet "Your city": what `pdf/letter.html` asks for, and the sheet."""
    with translation.override(language):
        frozen = in_language(data["cities"][slug], language)
        city = all_typeset(frozen)
        recipient = city["recipient"] or {
            "office": _("Mayor"),
            "name": "",
            "salutation": _("Dear Mayor"),
            "language": language,
        }
        text = data["chapters"].get("letter", {}).get("text", {}).get(language, "")
        words = named(text, city=city["name"], salutation=recipient["salutation"])
        head = {key: in_language(data[key], language) for key in ("year", "title", "frozen_on", "frozen_shown")}
        year = head["year"]
        signatory = in_language(data.get("signatory"), language)
        signature = Signature(**signatory) if signatory else Signature()
        return {
            **head,
            **layout(
                language=language,
                reference="/".join(filter(None, ["ICC ", signature.initials, "lt", city["name"]])),
                dated=place_and_date("Strasbourg", date.fromisoformat(head["frozen_on"]), language),
                address=[recipient["office"], recipient["name"], city["name"], city["country_name"]],
                subject=_("The Intercultural Cities programme in %(year)s") % {"year": year},
                text=format_html("<p>{},</p>\n{}", recipient["salutation"], prose(words, level=2)),
                signature=signature,
            ),
            "city": city,
            "recipient": recipient,
            "figures": in_language(data["figures"], language),
            "programme": in_language([row for row in data["figures"] if row["key"] in charts.PROGRAMME], language),
            "sheet": all_typeset(charts.sheet(frozen, data, language)),
            "spot": spot_of(data, slug),
            "unit_email": data.get("unit", {}).get("email", ""),
            "enclosed": _("Enclosed: %(city)s in %(year)s (next page); annual report %(year)s")
            % {"city": city["name"], "year": year},
        }


def spot_of(data: Data, slug: str) -> str:
    for row in data["members"]:
        if row["slug"] == slug and row["latitude"]:
            return spot(row["name"], float(row["longitude"]), float(row["latitude"]))
    return ""


def sheet_context(data: Data, slug: str, language: str) -> Data:
    """For the page of a city's sheet: `city` as it was frozen, in `language`, whole, and `number_of_members`."""
    return {
        "city_sheet": all_typeset(in_language(data["cities"][slug], language)),
        "year": data["year"],
        "frozen_shown": in_language(data["frozen_shown"], language),
        "number_of_members": len(data["members"]),
    }


def letter_html(data: Data, slug: str, language: str) -> str:
    with translation.override(language):
        return render_to_string("reports/pdf/letter.html", letter_context(data, slug, language))


def frozen_at(data: Data) -> datetime:
    """The moment that goes into the documents: the day of the freeze, so that they are the same whenever rendered."""
    from datetime import UTC

    return datetime.fromisoformat(data["frozen_on"]).replace(tzinfo=UTC)
