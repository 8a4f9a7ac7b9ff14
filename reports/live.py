"""How a text will look while it is written: with the figures of the moment, and what could not be saved."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.utils.timezone import localdate

from . import figures
from .document import prose
from .facts.numbers import of_manual
from .models import AnnualReport
from .placeholders import MARK, filled
from .services import known_keys
from .services.writing import text_mistakes


def preview(
    report: AnnualReport, texts: dict[str, str], at: datetime, *, names: Collection[str] = ("year",)
) -> dict[str, dict[str, Any]]:
    """By language: `html` of the text with today's figures, and `mistakes`, the sentences a save would be refused with."""
    named = {name.removeprefix("figures.") for text in texts.values() for name in MARK.findall(text)}
    values, keys = values_of(report, at, only=named), known_keys(report)
    return {
        language: {
            "html": prose(filled(text, values, report.year, language)),
            "mistakes": list(text_mistakes(text, language, keys=keys, names=names)),
        }
        for language, text in texts.items()
    }


def values_of(report: AnnualReport, at: datetime, *, only: Collection[str] | None = None) -> dict[str, tuple[str, str]]:
    """Value and unit of each figure as the records stand at `at`; `only` these keys, where not all are needed."""
    end = figures.last_day(report.year, localdate(at))
    values = {key: (str(value), unit) for key, (value, unit) in figures.values(end, only=only).items()}
    manual = report.manual_figures.all() if only is None else report.manual_figures.filter(key__in=only)
    return values | {figure.key: (of_manual(figure)["value"], "") for figure in manual}
