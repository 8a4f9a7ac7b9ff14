"""What the annexes list, and the numbers by which they refer to each other: A1 is a city, B1 an activity, C1 a document."""

from typing import Any
from urllib.parse import unquote

from django.utils.translation import gettext as _

Data = dict[str, Any]


def number_rows(local: Data) -> Data:
    """Puts `number` into each activity, grant, publication and practice; returns `documents`, `sources`, `member_rows`."""
    sources = numbered_sources(local)
    for number, row in enumerate(local["activities"], 1):
        row["number"] = f"B{number}"
    documents = list(_documents(local))
    for number, document in enumerate(documents, 1):
        document["row"]["number"] = document["number"] = f"C{number}"
    return {
        "documents": documents,
        "sources": sources,
        "member_rows": [_member(row, local) for row in local["members"]],
    }


def _documents(local: Data):
    for row in local["grants"]:
        yield {
            "row": row,
            "title": row["project"],
            "kind": _("Inter-city grant"),
            "source_number": row["source_number"],
        }
    for row in local["publications"]:
        yield {"row": row, "title": row["title"], "kind": row["kind_label"], "source_number": row["source_number"]}
    for row in local["practices"]:
        kind = _("Good practice of %(city)s") % {"city": row["city"]}
        yield {"row": row, "title": row["title"], "kind": kind, "source_number": None}


def _member(row: Data, local: Data) -> Data:
    name = row["name"]
    part = [held["number"] for held in local["activities"] if name == held["host"] or name in held["cities"]]
    part += [grant["number"] for grant in local["grants"] if name == grant["lead"] or name in grant["cities"]]
    part += [text["number"] for text in local["publications"] if name in text["cities"]]
    part += [text["number"] for text in local["practices"] if name == text["city"]]
    if any(name == result["city"] for result in local["index"]):
        part.append(_("Index"))
    if any(name == visit["city"] for visit in local["visits"]):
        part.append(_("expert visit"))
    return {**row, "networks": [short(network) for network in row["networks"]], "part": part}


def short(name: str) -> str:
    """A network without what it says in brackets, which the chapter on networks gives."""
    return name.partition(" (")[0]


def numbered_sources(local: Data) -> list[Data]:
    """The pages that facts were taken from, numbered; each row that has one gets its `source_number`."""
    numbers: dict[str, Data] = {}
    for kind in ("activities", "grants", "publications"):
        for row in local[kind]:
            row["source_number"] = None
            if source := row["source"].strip():
                entry = numbers.setdefault(
                    source, {"number": len(numbers) + 1, "address": source, "shown": unquote(source), "facts": 0}
                )
                entry["facts"] += 1
                row["source_number"] = entry["number"]
    for entry in numbers.values():
        entry["is_link"] = entry["address"].startswith(("https://", "http://"))
    return list(numbers.values())
