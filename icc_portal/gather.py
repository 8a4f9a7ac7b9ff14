"""What all apps have to say, through their `summary.py`, in the order of the design's table."""

from collections.abc import Iterator
from datetime import date, datetime
from importlib import import_module
from importlib.util import find_spec
from itertools import chain

from accounts.models import User
from cities.models import City
from common.summary import Fact, Figure, Item

APPS = ["accounts", "cities", "activities", "grants", "library", "correspondence", "mail", "reports"]
SUMMARIES = [import_module(f"{app}.summary") for app in APPS if find_spec(f"{app}.summary")]


def needs_attention(user: User, at: datetime) -> list[Item]:
    """What this person should look at, the nearest deadline first."""
    items = chain.from_iterable(_each("needs_attention", user, at))
    return sorted(items, key=lambda item: (item.due_at is None, item.due_at or at))


def history(city: City) -> list[Fact]:
    """What the city took part in, newest first; what has no date comes last."""
    facts = chain.from_iterable(_each("history", city))
    return sorted(facts, key=lambda fact: fact.on or date.min, reverse=True)


def figures(year: int) -> list[Figure]:
    return list(chain.from_iterable(_each("figures", year)))


def _each(function: str, *args) -> Iterator:
    return (getattr(summary, function)(*args) for summary in SUMMARIES if hasattr(summary, function))
