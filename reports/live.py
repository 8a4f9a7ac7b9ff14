"""How a text will look while it is written: with the figures of the moment, and what could not be saved."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from . import figures
from .document import prose
from .facts.numbers import of_manual
from .models import AnnualReport
from .placeholders import MARK, filled, named
from .services import known_keys
from .services.writing import text_mistakes


def preview(
    report: AnnualReport, texts: dict[str, str], at: datetime, *, names: Collection[str] = ("year",)
) -> dict[str, dict[str, Any]]:
    """By language: `html` of the text with today's figures, and `mistakes`, the sentences a save would be refused with."""
    marks = {name.removeprefix("figures.") for text in texts.values() for name in MARK.findall(text)}
    values, keys = values_of(report, at, only=marks), known_keys(report)
    examples = {"city": example(at)} if marks & {"city"} & set(names) else {}
    return {
        language: {
            "html": prose(named(filled(text, values, report.year, language), **examples)),
            "mistakes": list(text_mistakes(text, language, keys=keys, names=names)),
        }
        for language, text in texts.items()
    }


def example(at: datetime) -> str:
    """The city whose mayor a letter is shown for while it is written."""
    return figures.members(localdate(at)).values_list("name", flat=True).first() or _("Name of the city")


def values_of(report: AnnualReport, at: datetime, *, only: Collection[str] | None = None) -> dict[str, tuple[str, str]]:
    """Value and unit of each figure as the records stand at `at`; `only` these keys, where not all are needed."""
    end = figures.last_day(report.year, localdate(at))
    values = {key: (str(value), unit) for key, (value, unit) in figures.values(end, only=only).items()}
    manual = report.manual_figures.all() if only is None else report.manual_figures.filter(key__in=only)
    return values | {figure.key: (of_manual(figure)["value"], "") for figure in manual}
