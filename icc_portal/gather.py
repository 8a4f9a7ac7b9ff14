"""What all apps have to say, through their `summary.py`, in the order of the design's table."""

from datetime import date, datetime
from importlib import import_module
from itertools import chain
from typing import Any

from accounts.models import User
from cities.models import City
from common.summary import Fact, Figure, Item, Tally

SUMMARIES = {
    app: import_module(f"{app}.summary")
    for app in ("cities", "activities", "grants", "library", "correspondence", "mail", "reports")
}
URGENCY = {"bad": 0, "warn": 1, "info": 2, "neutral": 3, "good": 4}
OURS_ALONE = {"correspondence", "mail"}


def needs_attention(user: User, at: datetime, cities: list[City]) -> list[Item]:
    """What this person should look at: what has a date first, the nearest before the others, then by urgency."""
    items = chain.from_iterable(_each("needs_attention", user, at, cities))
    return sorted(items, key=lambda item: (item.due_at is None, item.due_at or at, URGENCY[item.tone]))


def history(city: City, *, is_ours: bool) -> list[Fact]:
    """What the city took part in, newest first; what has no date comes last.

    Letters and exchanges are between the city and the unit: `is_ours` says that the reader acts for the city.
    """
    facts = chain.from_iterable(_each("history", city, but=set() if is_ours else OURS_ALONE))
    return sorted(facts, key=lambda fact: fact.on or date.min, reverse=True)


def counts(cities: list[int]) -> list[Tally]:
    """How much each of these cities (primary keys) took part in."""
    return list(chain.from_iterable(_each("counts", cities)))


def figures(year: int) -> list[Figure]:
    return list(chain.from_iterable(_each("figures", year)))


def _each(function: str, *args: Any, but: set[str] = frozenset()) -> list[Any]:
    """What the function of each app's summary gives; an app that has nothing to say leaves it out."""
    modules = [module for app, module in SUMMARIES.items() if app not in but and hasattr(module, function)]
    return [getattr(module, function)(*args) for module in modules]
