"""Activities by date, kind, format and month."""

from collections import Counter
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localdate

from activities.models import Activity
from cities.models import City

from .. import figures
from .words import Data, both, country, day_of_activity, ranked


def of_activities(end: date) -> Data:
    present = figures.taking_part(end)
    rows, kept, months = [], [], Counter[int]()
    for activity in figures.activities(end):
        kind, form = Activity.Kind(activity.kind), Activity.Format(activity.format)
        months[localdate(activity.starts_at).month] += 1
        kept.append(activity)
        rows.append(
            {
                "title": both(lambda activity=activity: activity.title),
                "kind": activity.kind,
                "kind_label": both(lambda kind=kind: kind.label),
                "format": activity.format,
                "format_label": both(lambda form=form: form.label),
                "field_label": both(activity.get_field_display) if activity.field else None,
                "on": day_of_activity(activity),
                "place": activity.place,
                "country_name": country(activity.country.code) if activity.country else None,
                "host": activity.host_city.name if activity.host_city else None,
                "cities": [city.name for city in present.get(activity.pk, [])],
                "attended": activity.attended,
                "source": activity.source,
                "is_made_up": activity.is_made_up,
            }
        )
    year = end.year
    is_known = figures.first_years()["activities"] < year
    before = list(figures.activities(figures.last_day(year - 1))) if is_known else None
    return {
        "activities": rows,
        "by_kind": grouped("kind", Activity.Kind, kept, before, present),
        "by_format": grouped("format", Activity.Format, kept, before, present),
        "by_month": [
            {"label": both(lambda month=month: date_format(date(year, month, 1), "F")), "count": months[month]}
            for month in range(1, 13)
        ],
    }


def grouped(
    name: str, choices: Any, now: list[Activity], before: list[Activity] | None, present: dict[int, list[City]]
) -> list[Data]:
    """Activities by the value of a field, the most first, with the cities and people who attended."""
    counts = Counter(getattr(activity, name) for activity in now)
    earlier = None if before is None else Counter(getattr(activity, name) for activity in before)
    rows = []
    for value, count in ranked(counts):
        these = [activity for activity in now if getattr(activity, name) == value]
        rows.append(
            {
                "label": both(lambda value=value: choices(value).label),
                "count": count,
                "previous": None if earlier is None else earlier[value],
                "difference": None if earlier is None else count - earlier[value],
                "cities": len({city.pk for activity in these for city in present.get(activity.pk, [])}),
                "participants": sum(activity.attended for activity in these),
            }
        )
    return rows
