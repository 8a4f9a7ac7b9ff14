"""When somebody is asked by a date and reminded: due on or before, not yet sent, once per recipient and occasion (M9)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cities.models import Contact, Term
from mail.models import Message
from mail.services import queue_message

ASKED = "asked"


@dataclass(frozen=True)
class Call:
    """A mail to one person about one thing that is due; `about` and `occasion` make its key."""

    about: str
    occasion: str
    to: Contact
    context: dict[str, Any]
    city: Any = None

    @property
    def key(self) -> str:
        return f"{self.about}/{self.occasion}/{self.to.pk}"


def occasion(asked_on: date, due_on: date, on: date, days_before: Sequence[int], days_after: Sequence[int] = ()) -> str:
    """The last occasion up to the day `on`: the asking itself, or a reminder so many days before or after `due_on`.

    A reminder that would fall on the day of asking or before it is left out; who missed several gets the last only.
    """
    found = ASKED
    for days in sorted([*(-days for days in days_before), *days_after]):
        day = due_on + timedelta(days=days)
        if asked_on < day <= on:
            found = f"{days:+d}"
    return found


def send(template: str, calls: Iterable[Call]) -> int:
    """Queue those that are not queued yet; `template` ends in "_asked" or "_reminder". Gives how many were new."""
    calls = list(calls)
    sent = set(Message.objects.filter(key__in=[call.key for call in calls]).values_list("key", flat=True))
    new = [call for call in calls if call.key not in sent]
    for call in new:
        name = f"{template}_{'asked' if call.occasion == ASKED else 'reminder'}"
        queue_message(name, to=call.to, key=call.key, context=call.context, city=call.city)
    return len(new)


def reachable(terms: Iterable[Term]) -> list[Contact]:
    """Those of the holders of an office whom mail reaches."""
    return [term.contact for term in terms if term.contact.email and not term.contact.is_bouncing]
