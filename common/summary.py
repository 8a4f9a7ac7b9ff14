"""What each app's `summary.py` hands to the pages that gather from all apps.

    needs_attention(user, at, cities) -> Iterator[Item]   what this person should look at, at the instant `at`;
                                                          `cities` are those they act for (cities.acting)
    history(city) -> Iterator[Fact]                       what the city took part in, newest first
    counts(cities) -> Iterator[Tally]                     how much each of these cities took part in
    figures(year) -> Iterator[Figure]                     the numbers of the year, as the report prints them

Titles, labels and details are already translated, in the language of the request. Leave out what the user may not see.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Tone = Literal["neutral", "info", "good", "warn", "bad"]


@dataclass(frozen=True)
class Item:
    """One thing that needs attention. `done` of `total` makes it a running job, shown with a progress bar."""

    title: str
    url: str
    due_at: datetime | None = None  # aware
    detail: str = ""
    tone: Tone = "neutral"
    count: int | None = None
    done: int | None = None
    total: int | None = None
    is_staff_only: bool = False  # shown in the administration, not on an official's home page


@dataclass(frozen=True)
class Fact:
    """One line of a city's history. `precision` is a `common.dates.Precision`; `kind` is the name of the thing, translated."""

    on: date | None
    precision: str
    title: str
    url: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Tally:
    """How much of one kind each city took part in, by its primary key; a city that is left out has none."""

    label: str
    by_city: dict[int, int]


@dataclass(frozen=True)
class Figure:
    """One number of a year. `previous` is the year before, None when it is not known; `rows_url` lists the rows behind it (staff)."""

    key: str
    label: str
    value: int | Decimal
    previous: int | Decimal | None = None
    unit: str = ""  # "EUR", "%", or nothing for a count
    rows_url: str = ""
