"""Calendar entries (RFC 5545): one UID for the attachment and the feed, a SEQUENCE that grows (invariant A5)."""

from collections.abc import Iterable
from datetime import UTC

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress

from .models import Activity


def _event(activity: Activity, *, with_link: bool) -> Event:
    event = Event()
    event.add("uid", f"{activity.uid}@icc-portal")
    event.add("sequence", activity.sequence)
    event.add("dtstamp", activity.starts_at.astimezone(UTC))
    event.add("dtstart", activity.starts_at.astimezone(UTC))
    event.add("dtend", activity.ends_at.astimezone(UTC))
    event.add("summary", activity.title)
    event.add("status", "CANCELLED" if activity.status == Activity.Status.CANCELLED else "CONFIRMED")
    event.add("url", f"{settings.PORTAL_URL}/en/activities/{activity.pk}/")
    if activity.place:
        event.add("location", activity.place)
    if with_link and activity.joining_link:
        event.add("description", activity.joining_link)
    return event


def _calendar(method: str, events: Iterable[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Intercultural Cities//ICC portal//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    for event in events:
        calendar.add_component(event)
    return calendar.to_ical()


def entry(activity: Activity, *, method: str, to: str) -> bytes:
    """The invitation that goes to one participant; the joining link is in it only when they hold a seat (A6)."""
    event = _event(activity, with_link=method == "REQUEST")
    organiser = vCalAddress(f"MAILTO:{settings.UNIT_EMAIL}")
    organiser.params["cn"] = "Intercultural Cities"
    event["organizer"] = organiser
    event.add("attendee", vCalAddress(f"MAILTO:{to}"), encode=0)
    if method == "CANCEL":
        event["status"] = "CANCELLED"
    return _calendar(method, [event])


def published(activities: Iterable[Activity], *, confirmed: frozenset[int] = frozenset()) -> bytes:
    """A calendar of `activities`; the joining link only for those whose ids are `confirmed`."""
    return _calendar("PUBLISH", (_event(a, with_link=a.pk in confirmed) for a in activities))
