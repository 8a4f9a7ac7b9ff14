"""Texts of the snapshot in both languages: `{"en": …, "fr": …}`."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django_countries import countries

from activities.models import Activity
from cities.models import City, MembershipStep
from cities.models.membership import Step
from common.dates import Precision, show
from common.formats import day

LANGUAGES = ("en", "fr")
Data = dict[str, Any]


def both(text: Callable[[], Any]) -> dict[str, str]:
    """What `text` gives in each language."""
    said = {}
    for language in LANGUAGES:
        with translation.override(language):
            said[language] = str(text())
    return said


def place(city: City) -> Data:
    return {"city": city.name, "country_name": country(city.country.code)}


def country(code: str) -> dict[str, str]:
    return both(lambda: countries.name(code))


def label(step: MembershipStep) -> dict[str, str]:
    return both(lambda: Step(step.kind).label)


def day_of(step: MembershipStep | None) -> dict[str, str] | None:
    """The day as exactly as it is known, None when it was not found."""
    if step is None or step.on is None or step.precision == Precision.UNKNOWN:
        return None
    return both(lambda: show(step.on, step.precision))


def day_of_activity(activity: Activity) -> dict[str, str]:
    begin, end = localdate(activity.starts_at), localdate(activity.ends_at)

    def shown() -> str:
        if activity.precision in (Precision.MONTH, Precision.YEAR) or begin == end:
            return show(begin, activity.precision)
        if (begin.year, begin.month) == (end.year, end.month):
            return f"{day(begin).split()[0]}–{day(end)}"  # 12–14 October 2020, 12–14 octobre 2020
        return _("%(begin)s to %(end)s") % {"begin": show(begin, Precision.DAY), "end": show(end, Precision.DAY)}

    return both(shown)


def ranked(counts: Counter) -> Iterable[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
