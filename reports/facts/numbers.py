"""The figures, with the year before and what is to be known of them."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from .. import figures
from ..models import AnnualReport, ManualFigure
from .words import LANGUAGES, Data, both


def numbers(report: AnnualReport, end: date) -> list[Data]:
    """The figures up to the day `end`; a number that rests on records with holes, or on a person's word, says so."""
    labels = {}
    for language in LANGUAGES:
        with translation.override(language):
            labels[language] = {key: str(kind.label) for key, kind in figures.counted(end).items()}
    rows = [
        row(
            figure.key,
            {language: labels[language][figure.key] for language in LANGUAGES},
            figure.value,
            figure.previous,
            unit=figure.unit,
        )
        for figure in figures.figures(end)
    ]
    holes = notes(end)
    for number in rows:
        number["note"] = holes.get(number["key"])
    return rows + [of_manual(figure) for figure in report.manual_figures.all()]


def row(key: str, label: Data, value: Any, previous: Any, *, unit: str = "") -> Data:
    return {
        "key": key,
        "label": label,
        "value": str(value),
        "previous": None if previous is None else str(previous),
        "difference": None if previous is None else str(value - previous),
        "unit": unit,
        "note": None,
        "is_manual": False,
    }


def notes(end: date) -> Data:
    """By key, what was not found."""
    found = {}
    undated = sum(step.on is None for step in figures.since(figures.members(end)).values())
    unknown = sum(award.amount is None for award in figures.awards(end))
    if undated:
        found["members"] = both(
            lambda: (
                _("The joining date was not found for %(count)s of these cities; they are counted in both years.")
                % {"count": undated}
            )
        )
        found["new_members"] = both(
            lambda: _("The joining date of %(count)s member cities was not found.") % {"count": undated}
        )
    if unknown:
        found["grants_total"] = both(
            lambda: _("The amount was not found for %(count)s of the grants.") % {"count": unknown}
        )
    return found


def of_manual(figure: ManualFigure) -> Data:
    previous = None if figure.previous is None else short(figure.previous)
    label = {language: getattr(figure, f"label_{language}") or figure.label for language in LANGUAGES}
    return row(figure.key, label, short(figure.value), previous) | {
        "note": both(lambda: _("Entered by hand. Source: %(source)s") % {"source": figure.source}),
        "is_manual": True,
    }


def short(value: Decimal) -> Decimal:
    """Without decimals where they say nothing: 12, 12.5."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
