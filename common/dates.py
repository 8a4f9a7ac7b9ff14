"""Dates that are known to the day, to the month, to the year, or not at all."""

from datetime import date

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from common import formats


class Precision(models.TextChoices):
    TIME = "time", _("time")
    DAY = "day", _("day")
    MONTH = "month", _("month")
    YEAR = "year", _("year")
    UNKNOWN = "unknown", _("unknown")


def show(day: date | None, precision: str) -> str:
    """`day` as exactly as it is known: "3 May 2020", "May 2020", "2020", "date not known"."""
    if day is None or precision == Precision.UNKNOWN:
        return str(_("date not known"))
    if precision == Precision.YEAR:
        return str(day.year)
    return date_format(day, "F Y") if precision == Precision.MONTH else formats.day(day)
