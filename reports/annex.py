"""The data annex: the figures and rows of the report as a workbook whose bytes depend on the facts alone."""

import io
import re
import zipfile
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from common.pdf import AttachedFile
from common.spreadsheets import neutralise

from .snapshot import in_language

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
WIDEST = 60  # characters
MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
Sheet = tuple[str, list[str], list[list[Any]]]


def workbook(data: dict[str, Any], language: str) -> bytes:
    """The XLSX file of the frozen facts `data`, in `language`."""
    with translation.override(language):
        local = in_language({key: value for key, value in data.items() if key != "cities"}, language)
        book = Workbook()
        book.remove(book.active)
        for title, header, rows in sheets(local):
            fill(book.create_sheet(title[:31]), header, rows)
        day = datetime.fromisoformat(data["frozen_on"])
        book.properties.creator = "ICC portal"
        book.properties.title = local["title"]
        book.properties.language = language
        book.properties.created = book.properties.modified = day
    return settled(book, day)


def enclosed(data: dict[str, Any], language: str) -> AttachedFile:
    """The workbook as it lies inside the PDF of the report: the data from which its tables and charts are drawn."""
    with translation.override(language):
        return AttachedFile(
            name=f"intercultural-cities-data-{data['year']}-{language}.xlsx",
            content=workbook(data, language),
            description=_("Data annex: the figures and rows of this report as a workbook"),
            relationship="Data",
        )


def sheets(local: dict[str, Any]) -> Iterable[Sheet]:
    """Name, header and rows of each sheet."""
    names = ", ".join
    yield (
        _("Figures"),
        [
            _("What is counted"),
            str(local["year"]),
            _("The year before"),
            pgettext("difference", "Change"),
            _("Unit"),
            _("Note"),
        ],
        [
            [r["label"], num(r["value"]), num(r["previous"]), num(r["difference"]), r["unit"], r["note"]]
            for r in local["figures"]
        ],
    )
    yield (
        _("Members"),
        [_("City"), _("Country"), _("Member since"), _("Ordinal"), _("Networks"), _("New in the year")],
        [
            [
                r["name"],
                r["country_name"],
                r["since"],
                r["ordinal"],
                names(r["networks"]),
                _("yes") if r["is_new"] else "",
            ]
            for r in local["members"]
        ],
    )
    yield (
        _("New members"),
        [_("City"), _("Country"), _("Member since"), _("Ordinal")],
        [[r["name"], r["country_name"], r["since"], r["ordinal"]] for r in local["joined"]],
    )
    yield (
        _("Index"),
        [_("City"), _("Country"), _("Date"), _("Overall score (0–100)"), _("Cities in the sample")],
        [[r["city"], r["country_name"], r["on"], num(r["overall"]), r["sample_size"]] for r in local["index"]],
    )
    yield (
        _("Expert visits"),
        [_("City"), _("Country"), _("Date"), _("Title")],
        [[r["city"], r["country_name"], r["on"], r["title"]] for r in local["visits"]],
    )
    yield (
        _("Activities"),
        [_("Activity"), _("Date"), _("Kind"), _("Format"), _("Host"), _("Country"), _("Cities present"), _("Source")],
        [
            [
                r["title"],
                r["on"],
                r["kind_label"],
                r["format_label"],
                r["host"],
                r["country_name"],
                names(r["cities"]),
                r["source"],
            ]
            for r in local["activities"]
        ],
    )
    yield (
        _("Activities by kind and format"),
        [
            _("Kind or format"),
            _("Activities"),
            _("The year before"),
            pgettext("difference", "Change"),
            _("Cities present"),
            _("Participants"),
        ],
        [
            [r["label"], r["count"], r["previous"], r["difference"], r["cities"], r["participants"]]
            for r in [*local["by_kind"], *local["by_format"]]
        ],
    )
    yield (
        _("Grants by call"),
        [_("Call"), _("Grants"), _("Cities"), _("Amount (EUR)"), _("Without an amount")],
        [[r["label"], r["count"], r["cities"], num(r["amount"]), r["without_amount"]] for r in local["grants_by_call"]],
    )
    yield (
        _("Grants"),
        [_("Project"), _("Theme"), _("Lead city"), _("Partner cities"), _("Amount (EUR)"), _("Source")],
        [
            [r["project"], r["theme"], r["lead"], names(r["cities"]), num(r["amount"]), r["source"]]
            for r in local["grants"]
        ],
    )
    yield (
        _("Networks"),
        [_("Network"), _("Member cities"), _("The year before"), _("Cities")],
        [[r["name"], r["members"], r["previous"], names(r["cities"])] for r in local["networks"]],
    )
    yield (
        _("Publications"),
        [_("Title"), _("Kind"), _("Topic"), _("Languages"), _("Cities"), _("Source")],
        [
            [r["title"], r["kind_label"], r["topic"], r["languages"], names(r["cities"]), r["source"]]
            for r in local["publications"]
        ],
    )
    yield (
        _("Good practices"),
        [_("Practice"), _("City"), _("Country"), _("Policy areas"), _("Summary")],
        [[r["title"], r["city"], r["country_name"], names(r["areas"]), r["summary"]] for r in local["practices"]],
    )


def num(value: str | None) -> int | Decimal | None:
    """A number of the snapshot as a number of the workbook."""
    if value is None:
        return None
    amount = Decimal(value)
    return int(amount) if amount == amount.to_integral_value() else amount


def fill(sheet: Worksheet, header: list[str], rows: list[list[Any]]) -> None:
    sheet.append(header)
    for row in rows:
        sheet.append([neutralise(cell) for cell in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    for index in range(len(header)):
        texts = [str(row[index] or "") for row in [header, *rows]]
        sheet.column_dimensions[get_column_letter(index + 1)].width = min(max(map(len, texts)) + 2, WIDEST)


def settled(book: Workbook, day: datetime) -> bytes:
    """The workbook with every time in it set to `day`: openpyxl writes the moment of saving."""
    saved = io.BytesIO()
    book.save(saved)
    settled = io.BytesIO()
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(settled, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                stamp = f"{day:%Y-%m-%dT%H:%M:%SZ}".encode()
                content = MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", content)
            target.writestr(zipfile.ZipInfo(name, ZIP_EPOCH), content, zipfile.ZIP_DEFLATED)
    return settled.getvalue()
