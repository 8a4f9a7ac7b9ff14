"""The receipt of a submission, rendered from its frozen form and nothing else (invariant G10)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django_countries import countries

from cities.models import Office
from common.formats import STRASBOURG
from common.pdf import PdfFile, render_pdf

from .models import Application, BudgetLine


def readable(frozen: dict[str, Any]) -> dict[str, Any]:
    """The frozen submission with words for its codes in the active language, instants and Decimals for its texts."""
    offices, headings = dict(Office.choices), dict(BudgetLine.Heading.choices)

    def money(row: dict[str, Any]) -> dict[str, Any]:
        amount, cofinancing = Decimal(row["amount"]), Decimal(row["cofinancing"])
        return row | {"amount": amount, "cofinancing": cofinancing, "total": amount + cofinancing}

    def instant(text: str | None) -> datetime | None:
        return datetime.fromisoformat(text) if text else None

    language = (translation.get_language() or "en")[:2]
    return money(frozen) | {
        "call_title": frozen["call"]["title"].get(language) or frozen["call"]["title"]["en"],
        "is_made_up": frozen["call"]["is_made_up"],
        "closes_at": instant(frozen["call"]["closes_at"]),
        "submitted_at": instant(frozen["submitted_at"]),
        "share": Decimal(frozen["share"]),
        "headings": [money(row) | {"label": headings[row["heading"]]} for row in frozen["headings"]],
        "cities": [
            money(city)
            | {
                "country_name": countries.name(city["country"]),
                "confirmed_at": instant(city["confirmed_at"]),
                "office_label": offices.get(city["office"], ""),
                "lines": [money(line) | {"label_of_heading": headings[line["heading"]]} for line in city["lines"]],
            }
            for city in frozen["cities"]
        ],
    }


def receipt_pdf(application: Application, *, language: str) -> PdfFile:
    """The receipt in `language`: the same bytes each time, whoever asks, in whatever time zone."""
    assert application.frozen and application.submitted_at
    with translation.override(language), timezone.override(STRASBOURG):
        context = {"sha256": application.sha256, "it": readable(application.frozen)}
        html = render_to_string("grants/receipt.html", context)
    return render_pdf(html, language=language, created_at=application.submitted_at, identifier=application.sha256[:32])
