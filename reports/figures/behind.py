"""The rows behind a figure, as staff see them: exactly those that were counted (R4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_countries import countries

from activities.models import Activity, Registration
from cities.models import City, IndexResult, MembershipStep
from common import formats
from common.dates import show
from correspondence.models import Exchange, Letter
from grants.models import Award
from library.models import GoodPractice, Publication

from .numbers import counted
from .rows import Visit


@dataclass(frozen=True)
class Behind:
    """One row: what it is, what else tells it apart, and where it is kept."""

    title: str
    detail: str = ""
    url: str = ""


def behind(key: str, end: date) -> Iterator[Behind]:
    """The rows that the figure `key` counts of the year up to the day `end`. Raises KeyError for one that is not computed."""
    for row in counted(end)[key].rows(end):
        yield told(row)


def told(row: Any) -> Behind:
    match row:
        case City():
            return Behind(row.name, row.country.name, kept_at(row))
        case MembershipStep():
            ordinal = _("number %(ordinal)s") % {"ordinal": row.ordinal} if row.ordinal else ""
            return Behind(row.city.name, joined(row.shown_date, ordinal), kept_at(row.city))
        case IndexResult():
            return Behind(row.city.name, joined(formats.day(row.on), row.version), kept_at(row.city))
        case Visit():
            place = row.city.name if row.city else _("city not recorded")
            return Behind(place, joined(show(row.on, row.precision), row.title), kept_at(row.city) if row.city else "")
        case Activity():
            return Behind(row.title, joined(row.shown_dates, row.get_kind_display()), kept_at(row))
        case Registration():
            return Behind(row.participant_name, joined(row.city.name, row.activity.title), kept_at(row))
        case Award():
            amount = formats.euros(row.amount) if row.amount else _("amount not found")
            return Behind(row.project, joined(row.lead_city.name if row.lead_city else "", amount), kept_at(row))
        case Publication():
            return Behind(row.title, row.get_kind_display(), kept_at(row))
        case GoodPractice():
            return Behind(row.title, row.city.name, kept_at(row))
        case Letter():
            return Behind(row.city.name, joined(row.mailing.title, formats.day(localdate(row.message.sent_at))))
        case Exchange():
            return Behind(row.city.name, joined(formats.day(row.on), row.get_kind_display()), kept_at(row))
        case (str(code), int(count)):
            return Behind(countries.name(code), cities_counted(count))
        case (network, cities):
            return Behind(network.name, cities_counted(len(cities)), kept_at(network))
    raise TypeError(row)


def cities_counted(count: int) -> str:
    return ngettext("%(count)s member city", "%(count)s member cities", count) % {"count": count}


def joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def kept_at(row: Model) -> str:
    """The page of the row in the administration."""
    meta = row._meta
    if type(row) not in admin.site._registry:
        return ""
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
