"""The facts of one year, gathered from the apps below: what `snapshot.py` freezes and nothing else.

Every row is something the portal records. What was not found stays None and is said to be unknown; nothing is guessed.
"""

from .behind import behind
from .numbers import amounts, counted, figures, first_years, known_keys, values
from .rows import (
    Visit,
    activities,
    awards,
    countries,
    expert_visits,
    first_day,
    index_results,
    instants,
    joined,
    last_day,
    left,
    mayors,
    members,
    networks,
    practices,
    publications,
    since,
    taking_part,
)

__all__ = [
    "Visit",
    "activities",
    "amounts",
    "awards",
    "behind",
    "counted",
    "countries",
    "expert_visits",
    "figures",
    "first_day",
    "first_years",
    "index_results",
    "instants",
    "joined",
    "known_keys",
    "last_day",
    "left",
    "mayors",
    "members",
    "networks",
    "practices",
    "publications",
    "since",
    "taking_part",
    "values",
]
