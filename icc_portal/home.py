"""The first page of whoever is logged in: what needs attention by urgency, what is new, whom to ask.

What is the same for everybody (the news, the calendar, the unit's offices) is gathered once and kept for a few minutes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from activities.models import Activity
from cities.acting import acting_city, cities_of
from cities.models import MembershipStep
from common.summary import Item
from common.viewing import is_viewing
from correspondence.models import UnitOffice
from grants.models import Call
from icc_portal import gather
from library.models import GoodPractice, Publication

KEPT = 120  # seconds
SINCE_KEY = "home_new_since"
FIRST_TIME = timedelta(days=30)
LOOKS_BACK = timedelta(days=120)
SOON = timedelta(days=14)
NEWS = 8
EACH = 6


@dataclass(frozen=True)
class News:
    at: datetime
    kind: str
    title: str
    url: str


def context(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """What the page shows to this reader. What staff should look at stands in the administration, their daily workplace."""
    cities = cities_of(request)
    items = [] if request.user.is_staff else gather.needs_attention(request.user, at, cities)
    since = new_since(request, at)
    shared = shared_parts(at)
    return {
        "groups": by_urgency([item for item in items if not item.is_staff_only], at),
        "acting": acting_city(request),
        "cities": cities,
        "since": since,
        "news": [news for news in shared["news"] if news.at >= since][:NEWS],
        **{name: shared[name] for name in ("offices", "activities", "calls")},
    }


# What needs attention --------------------------------------------------------------------------


def by_urgency(items: Iterable[Item], at: datetime) -> list[tuple[str, list[Item]]]:
    """Titled groups: now, with a date, when there is time. Empty ones are left out."""
    groups: dict[str, list[Item]] = {"now": [], "dated": [], "later": []}
    for item in items:
        if item.tone == "bad" or (item.due_at and item.due_at < at + SOON):
            groups["now"].append(item)
        elif item.due_at:
            groups["dated"].append(item)
        else:
            groups["later"].append(item)
    titles = {"now": _("First"), "dated": _("With a date"), "later": _("When you have time")}
    return [(titles[name], found) for name, found in groups.items() if found]


# What is new -----------------------------------------------------------------------------------


def new_since(request: HttpRequest, at: datetime) -> datetime:
    """The visit before this one. It is read when a session begins, and kept for as long as it lasts."""
    if (kept := request.session.get(SINCE_KEY)) and (found := parse_datetime(kept)):
        return found
    since = request.user.home_seen_at or at - FIRST_TIME  # type: ignore[union-attr]
    since = max(since, at - LOOKS_BACK)
    if not is_viewing(request):
        request.session[SINCE_KEY] = since.isoformat()
        User.objects.filter(pk=request.user.pk).update(home_seen_at=at)
    return since


def shared_parts(at: datetime) -> dict[str, Any]:
    """What everybody sees alike, in the language of the page; made anew when it is older than KEPT."""
    return cache.get_or_set(f"home/{get_language()}", lambda: _gather(at), KEPT)  # type: ignore[return-value]


def _gather(at: datetime) -> dict[str, Any]:
    since = at - LOOKS_BACK
    news = [*_activities(since), *_practices(since), *_publications(since), *_members(since, at)]
    coming = Activity.objects.filter(status=Activity.Status.PUBLISHED, ends_at__gte=at).select_related("host_city")
    calls = Call.objects.filter(is_published=True, closes_at__gt=at).order_by("closes_at")[:EACH]
    return {
        "news": sorted(news, key=lambda found: found.at, reverse=True),
        "offices": list(UnitOffice.objects.all()),
        "activities": list(coming.order_by("starts_at")[:4]),
        "calls": [call for call in calls if call.is_open(at)],
    }


def _activities(since: datetime) -> list[News]:
    """Those that were published since, by the history; a later change makes none new again."""
    history = Activity.history.filter(status=Activity.Status.PUBLISHED)  # type: ignore[attr-defined]
    earlier = history.filter(history_date__lt=since).values("id")
    first: dict[int, datetime] = {}
    for pk, at in (
        history.filter(history_date__gte=since)
        .exclude(id__in=earlier)
        .order_by("history_date")
        .values_list("id", "history_date")
    ):
        first.setdefault(pk, at)
    found = Activity.objects.filter(pk__in=first, status=Activity.Status.PUBLISHED)
    rows = [News(first[a.pk], a.get_kind_display(), a.title, a.get_absolute_url()) for a in found]
    return _latest(rows, _("%(count)s more activities"), reverse("activities:list"))


def _practices(since: datetime) -> list[News]:
    found = GoodPractice.objects.filter(status=GoodPractice.Status.PUBLISHED, published_at__gte=since).select_related(
        "city"
    )
    kind = _("Good practice")
    rows = [News(p.published_at, f"{kind} · {p.city}", p.title, p.get_absolute_url()) for p in found]
    return _latest(rows, _("%(count)s more good practices"), reverse("library:practices"))


def _publications(since: datetime) -> list[News]:
    added = dict(
        Publication.history.filter(history_type="+", history_date__gte=since).values_list("id", "history_date")  # type: ignore[attr-defined]
    )
    rows = [
        News(added[p.pk], p.get_kind_display(), p.title, p.get_absolute_url())
        for p in Publication.objects.filter(pk__in=added)
    ]
    return _latest(rows, _("%(count)s more publications"), reverse("library:list"))


def _members(since: datetime, at: datetime) -> list[News]:
    first = timezone.localdate(since)
    steps = [step for year in {first.year, timezone.localdate(at).year} for step in MembershipStep.objects.joined(year)]
    rows = []
    for step in steps:
        if step.on and first <= step.on <= timezone.localdate(at):
            joined = timezone.make_aware(datetime.combine(step.on, datetime.min.time()))
            rows.append(News(joined, _("New member city"), step.city.name, step.city.get_absolute_url()))
    return _latest(rows, _("%(count)s more new members"), reverse("cities:list"))


def _latest(rows: list[News], rest: str, url: str) -> list[News]:
    """The latest of a kind, and one line for the others, so that a delivery of many does not hide the rest."""
    rows = sorted(rows, key=lambda row: row.at, reverse=True)
    if len(rows) <= EACH:
        return rows
    hidden = rows[EACH - 1 :]
    return [*rows[: EACH - 1], News(hidden[0].at, "", rest % {"count": len(hidden)}, url)]
