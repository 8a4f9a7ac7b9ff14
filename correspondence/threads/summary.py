"""What exchanges in writing tell the pages that gather from all apps."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cities.models import City
from common.prepared import prepared
from common.summary import Item

from .models import Thread
from .permissions import may_answer

SHOWN = 5
LATE = 7  # days
RECENT = timedelta(days=90)  # who joins later is not asked to read what is long past


def needs_attention(user: Any, at: datetime, cities: list[City]) -> Iterator[Item]:
    """For the unit what waits, longest first; for a city the answers that this person has not read."""
    if user.is_staff:
        if may_answer(user):
            yield from _unanswered(user, at)
        return
    names = {city.pk: city.name for city in cities}
    for thread in _unread(user.pk, list(names), at - RECENT):
        yield Item(
            _("Read what the unit wrote: %(subject)s") % {"subject": thread.subject},
            thread.get_absolute_url(),
            detail=names[thread.city_id],
            tone="info",
        )


@prepared
def _unread(user: int, cities: list[int], since: datetime):
    return Thread.objects.filter(city__in=cities, last_at__gte=since).unread_by(user)[:SHOWN]


def _unanswered(user: Any, at: datetime) -> Iterator[Item]:
    """Those of a colleague are the colleague's."""
    waiting = list(Thread.objects.waiting().select_related("city"))
    mine = [thread for thread in waiting if thread.assigned_to_id in (None, user.pk)]
    for thread in mine[:SHOWN]:
        days = thread.days_waiting(at)
        detail = ngettext("waits for %(days)s day", "waits for %(days)s days", days) % {"days": days} if days else ""
        yield Item(
            _("Answer %(city)s: %(subject)s") % {"city": thread.city, "subject": thread.subject},
            reverse("admin:correspondence_thread_change", args=[thread.pk]),
            detail=detail or _("waits since today"),
            tone="bad" if days >= LATE else "warn",
            is_staff_only=True,
        )
    if rest := len(mine) - SHOWN if len(mine) > SHOWN else 0:
        yield Item(
            ngettext("%(count)s more exchange waits for an answer", "%(count)s more exchanges wait for an answer", rest)
            % {"count": rest},
            reverse("admin:correspondence_thread_changelist") + "?state__exact=waiting",
            tone="warn",
            count=rest,
            is_staff_only=True,
        )
