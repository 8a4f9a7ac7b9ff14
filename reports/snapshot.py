"""The frozen facts of a report: one canonical JSON document from which everything is rendered (R1, R2).

In the stored document every text that depends on the language is `{"en": …, "fr": …}`. `in_language(data, "fr")` turns
each of these into the one text; templates, page and annex see this form (days are ISO strings, `shown` is a day as
exactly as it is known, amounts are strings such as "10000.00", a value that was not found is None):

    year 2020 · title "Annual report 2020" · frozen_on "2021-03-01" · frozen_shown "1 March 2021" · format 1
    version 1 · reason "" or what was corrected since the version before; neither in a draft
    draft None, or "Draft of 3 June 2021" when the document is only to be looked at: then the title says so too
    signatory   {name, title, initials, image}  who signs the letters, None when nobody was chosen; `image` a data: URI or ""
    unit        {email}                      where a mayor's office reaches the unit
    chapters    {kind: {title, text}}        text is Markdown with the figures filled in; kinds: `Chapter.Kind`
    figures     [{key, label, value, previous, difference, unit, note, is_manual}]   in order; value "141" or "10000.00";
                those entered by hand come last, and their `note` says so and names the source
    members     [{name, slug, country, country_name, kind, since, since_year, ordinal, networks [name], latitude,
                  longitude, is_new}]        on 31 December, by name; `since` is a shown day, None when not found
    members_without_date 55
    countries   [{code, name, members}]      the most members first
    joined      [{name, country_name, since, ordinal}]   the year's new members in order
    left        [{name, country_name, what, on}]
    index       [{city, country_name, on, version, overall, sample_size}]
    visits      [{city, country_name, on, title}]        expert visits; city may be None, title may be empty
    activities  [{title, kind, kind_label, format, format_label, field_label, on, place, country_name, host, cities [name],
                  attended, source, is_made_up}]         by date; `cities` attended, as far as recorded
    by_kind     [{label, count, previous, difference, cities, participants}]   the most activities first; `cities` and
                `participants` are numbers, as far as attendance is recorded; previous None when nothing is known
    by_format   the same   by_month [{label, count}]
    grants      [{project, theme, lead, cities [name], amount, source}]      `cities` without the lead
    grants_without_amount 1
    grants_by_call [{label, count, cities, amount, without_amount}]   `cities` a number; amount "10000.00" of those known;
                the newest call first, last those whose call is not recorded
    networks    [{name, country_name, members, previous, cities [name], text, text_language}]   the largest first; `text`
                is the network's own section as Markdown with the figures filled in, None when none was accepted;
                `text_language` is the code of its language, for a section that was written in one language only
    publications [{title, kind_label, topic, languages, cities [name], source, is_made_up}]
    practices   [{city, country_name, title, summary, areas [name], is_made_up}]
    cities      {slug: sheet}                every member on the day of the freeze, who gets a letter and a sheet:
      name, slug, country_name, region, since, ordinal, years, networks [{name, members}], members_in_country, website,
      profile, steps [{label, on}], index {on, overall, sample_size, version, scores [{area, score, mean}]} or None,
      activities [{title, on, kind_label, part}], grants [{project, theme, part, partners [name], amount}],
      practices [{title, summary}], publications [{title, kind_label}],
      recipient {office, name, salutation, language} or None
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from common.formats import day
from correspondence import signatures

from . import figures
from .facts.activities import of_activities
from .facts.library import of_library
from .facts.members import of_members, of_networks
from .facts.numbers import numbers
from .facts.sheets import Sheets, recipient
from .facts.words import LANGUAGES, Data, both
from .models import AnnualReport, Chapter
from .placeholders import filled

__all__ = ["LANGUAGES", "Data", "build", "canonical", "digest", "in_language", "recipient"]
FORMAT = 1


def canonical(data: Data) -> str:
    """Sorted keys, no spaces, UTF-8 as it is: equal facts give equal bytes."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def in_language(value: Any, language: str) -> Any:
    """The same document with each pair of texts replaced by the one in `language`."""
    if isinstance(value, dict):
        if value.keys() == {"en", "fr"}:
            return value[language]
        return {key: in_language(inner, language) for key, inner in value.items()}
    if isinstance(value, list):
        return [in_language(inner, language) for inner in value]
    return value


def build(report: AnnualReport, at: datetime, *, is_draft: bool = False) -> Data:
    """All facts of the report as they are recorded at `at`; a draft says that it is one wherever its title stands."""
    year, on = report.year, localdate(at)
    end = figures.last_day(year, on)
    data: Data = {
        "format": FORMAT,
        "year": year,
        "title": both(lambda: _("Annual report %(year)s") % {"year": year}),
        "draft": None,
        "frozen_on": on.isoformat(),
        "frozen_shown": both(lambda: day(on)),
        "signatory": signatures.frozen(report.signatory),
        "unit": {"email": settings.UNIT_EMAIL},
        "figures": numbers(report, end),
    }
    if is_draft:
        data["draft"] = both(lambda: _("Draft of %(day)s") % {"day": day(on)})
        data["title"] = both(lambda: _("DRAFT of %(day)s: annual report %(year)s") % {"day": day(on), "year": year})
    values = {row["key"]: (row["value"], row["unit"]) for row in data["figures"]}
    data |= of_members(end)
    data |= of_activities(end)
    data |= of_library(end)
    data["networks"] = of_networks(report, end, values)
    data["cities"] = Sheets(on, end).all()
    data["chapters"] = of_chapters(report, values)
    return data


def of_chapters(report: AnnualReport, values: Mapping[str, tuple[str, str]]) -> Data:
    chapters = {}
    for chapter in report.chapters.all():
        texts = {
            language: filled(getattr(chapter, f"text_{language}") or "", values, report.year, language)
            for language in LANGUAGES
        }
        kind = Chapter.Kind(chapter.kind)
        chapters[chapter.kind] = {"title": both(lambda kind=kind: kind.label), "text": texts}
    return chapters
