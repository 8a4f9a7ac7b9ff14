"""How two frozen documents of a report differ, or a frozen one from the records of today: in words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .placeholders import number
from .snapshot import in_language

Data = dict[str, Any]


@dataclass
class Change:
    """Of one row: "added", "removed" or "changed", with sentences on what changed."""

    kind: str
    name: str
    sentences: list[str] = field(default_factory=list)


@dataclass
class Text:
    title: str
    html: SafeString


@dataclass
class Difference:
    figures: list[Data]
    lists: list[tuple[str, list[Change]]]
    texts: list[Text]
    sheets: list[str]  # names of the cities whose sheets differ

    @property
    def is_none(self) -> bool:
        return not (self.figures or self.lists or self.texts or self.sheets)


def lists() -> dict[str, tuple[str, tuple[str, ...]]]:
    """By key of the document, what its rows are and what tells one row from another."""
    return {
        "members": (_("Members"), ("slug",)),
        "joined": (_("New members"), ("name",)),
        "left": (_("Withdrawn or suspended"), ("city", "what")),
        "index": (_("Index"), ("city", "on")),
        "visits": (_("Expert visits"), ("city", "title", "on")),
        "activities": (_("Activities"), ("title", "on")),
        "grants": (_("Grants"), ("project",)),
        "networks": (_("Networks"), ("name",)),
        "publications": (_("Publications"), ("title", "kind_label")),
        "practices": (_("Good practices"), ("city", "title")),
    }


def names() -> dict[str, str]:
    """Fields of the rows, in words."""
    return {
        "name": _("name"), "title": _("title"), "country_name": _("country"), "since": _("member since"),
        "ordinal": _("ordinal"), "networks": _("networks"), "on": _("date"), "overall": _("overall score"),
        "sample_size": _("cities in the sample"), "kind_label": _("kind"), "format_label": _("format"),
        "cities": _("cities"), "amount": _("amount"), "lead": _("lead city"), "theme": _("theme"),
        "members": _("members"), "previous": _("the year before"), "summary": _("summary"), "text": _("text"),
        "attended": _("participants"), "host": _("host city"), "place": _("place"), "topic": _("topic"),
        "languages": _("languages"), "areas": _("policy areas"), "source": _("source"), "latitude": _("latitude"),
        "longitude": _("longitude"), "is_new": _("new in the year"), "kind": _("kind"),
    }  # fmt: skip


def differences(old: Data, new: Data, language: str) -> Difference:
    """From the document `old` to `new`, in `language`."""
    sheets = sorted(
        (new["cities"].get(slug) or old["cities"][slug])["name"]
        for slug in old["cities"].keys() | new["cities"].keys()
        if old["cities"].get(slug) != new["cities"].get(slug)
    )
    before, after = ({key: part for key, part in data.items() if key != "cities"} for data in (old, new))
    before, after = in_language(before, language), in_language(after, language)
    found = []
    for key, (title, identity) in lists().items():
        if changes := list(rows(before.get(key, []), after.get(key, []), identity)):
            found.append((title, changes))
    return Difference(
        list(figures(before["figures"], after["figures"], language)),
        found,
        list(texts(old["chapters"], new["chapters"])),
        sheets,
    )


def figures(old: list[Data], new: list[Data], language: str) -> Iterator[Data]:
    """{label, before, after} of those that are not the same; None where there was none."""
    before, after = {row["key"]: row for row in old}, {row["key"]: row for row in new}
    for key in dict.fromkeys([*before, *after]):
        pair = [row.get(key) for row in (before, after)]
        shown = [row and number(row["value"], language, row["unit"]) for row in pair]
        if shown[0] != shown[1]:
            yield {"label": (pair[1] or pair[0] or {})["label"], "before": shown[0], "after": shown[1]}


def rows(old: list[Data], new: list[Data], identity: tuple[str, ...]) -> Iterator[Change]:
    before, after = (by_identity(found, identity) for found in (old, new))
    for key in (key for key in after if key not in before):
        yield Change("added", name_of(after[key]))
    for key in (key for key in before if key not in after):
        yield Change("removed", name_of(before[key]))
    words = names()
    for key in (key for key in after if key in before):
        one, other = before[key], after[key]
        sentences = [
            _("%(what)s: “%(before)s” → “%(after)s”")
            % {"what": words.get(name, name), "before": shown(one.get(name)), "after": shown(other.get(name))}
            for name in dict.fromkeys([*one, *other])
            if one.get(name) != other.get(name)
        ]
        if sentences:
            yield Change("changed", name_of(other), sentences)


def by_identity(found: list[Data], identity: tuple[str, ...]) -> dict[tuple, Data]:
    """Rows that nothing tells apart are numbered."""
    keyed: dict[tuple, Data] = {}
    for row in found:
        key, count = tuple(row.get(name) for name in identity), 0
        while (*key, count) in keyed:
            count += 1
        keyed[(*key, count)] = row
    return dict(sorted(keyed.items(), key=lambda pair: str(pair[0])))


def name_of(row: Data) -> str:
    parts = (row.get(name) for name in ("name", "project", "city", "title"))
    return ", ".join(str(part) for part in parts if part)


def shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value in (None, "") else str(value)


def texts(old: Data, new: Data) -> Iterator[Text]:
    """Chapters that read otherwise, each language for itself."""
    languages = {"en": _("English"), "fr": _("French")}
    for kind in dict.fromkeys([*old, *new]):
        for code, language in languages.items():
            before, after = (data.get(kind, {}).get("text", {}).get(code, "") for data in (old, new))
            if before != after:
                title = (new.get(kind) or old[kind])["title"]["fr" if code == "fr" else "en"]
                yield Text(f"{title} ({language})", marked(before, after))


def marked(before: str, after: str) -> SafeString:
    """Word by word: what went is struck out, what came is underlined."""
    one, other = words_of(before), words_of(after)
    parts = []
    for what, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if what == "equal":
            parts.append(format_html("{}", "".join(one[a:b])))
            continue
        if b > a:
            parts.append(format_html("<del>{}</del>", "".join(one[a:b])))
        if d > c:
            parts.append(format_html("<ins>{}</ins>", "".join(other[c:d])))
    return format_html_join("", "{}", ((part,) for part in parts))


def words_of(text: str) -> list[str]:
    return re.findall(r"\s+|[^\s]+", text)
