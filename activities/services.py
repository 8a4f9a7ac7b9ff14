"""What people do with activities. Every change of seats locks the activity first (invariant A1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cities.models import City
from common.exceptions import Refused
from mail.services import attach, queue_message

from . import calendars
from .models import Activity, Registration

OFFER_HOLDS = timedelta(hours=48)
Status = Registration.Status


@dataclass
class Participant:
    """Who takes the seat; also the addressee of the mails about it."""

    name: str
    email: str
    function: str = ""
    language: str = "en"


def participant_of(registration: Registration) -> Participant:
    return Participant(
        registration.participant_name,
        registration.participant_email,
        registration.participant_function,
        registration.language,
    )


def seats_taken(activity: Activity) -> int:
    """Confirmed and held seats. Meaningful for a decision only while the activity is locked."""
    return activity.registrations.filter(status__in=Registration.HOLDS_SEAT).count()


def _is_full(activity: Activity) -> bool:
    return seats_taken(activity) >= (activity.capacity or 0)


def waiting_order(activity: Activity) -> QuerySet[Registration]:
    """The waiting list as seats will be offered: cities without a seat first, then the longest waiting (A2).

    Each row carries `city_has_seat`, the reason of its place.
    """
    seated = Registration.objects.filter(activity=activity, city=OuterRef("city"), status__in=Registration.HOLDS_SEAT)
    return (
        activity.registrations.filter(status=Status.WAITING)
        .annotate(city_has_seat=Exists(seated))
        .order_by("city_has_seat", "requested_at", "pk")
    )


def obstacles(activity: Activity, city: City, participant: Participant, at: datetime) -> Iterator[str]:
    """Why `participant` of `city` cannot be registered at `at`; nothing means they can."""
    if activity.status == Activity.Status.CANCELLED:
        yield _("This activity has been cancelled.")
    elif not activity.is_open(at):
        yield _("Registration for this activity is closed.")
    if not City.objects.members(timezone.localdate(at)).filter(pk=city.pk).exists():
        yield _("%(city)s is not a member city today.") % {"city": city}
    live = activity.registrations.filter(status__in=Registration.LIVE)
    if live.filter(participant_email__iexact=participant.email).exists():
        yield _("%(email)s is already registered for this activity.") % {"email": participant.email}
    if activity.seats_per_city and live.filter(city=city).count() >= activity.seats_per_city:
        yield ngettext(
            "A city can register one participant for this activity.",
            "A city can register %(count)d participants for this activity.",
            activity.seats_per_city,
        ) % {"count": activity.seats_per_city}


@transaction.atomic
def register(
    activity: Activity, *, city: City, participant: Participant, by: User, at: datetime | None = None
) -> Registration:
    """Ask for a seat. Gives a confirmed seat, a place on the waiting list, or a request that staff decide.

    Raises Refused with every obstacle. The only way to a registration, for officials and staff alike.
    """
    at = at or timezone.now()
    activity = Activity.objects.select_for_update().get(pk=activity.pk)
    if problems := list(obstacles(activity, city, participant, at)):
        raise Refused(problems)
    if activity.is_by_selection:
        status = Status.REQUESTED
    elif _has_free_seat(activity):
        status = Status.CONFIRMED
    else:
        status = Status.WAITING
    registration = Registration.objects.create(
        activity=activity,
        city=city,
        participant_name=participant.name,
        participant_email=participant.email,
        participant_function=participant.function,
        language=participant.language,
        registered_by=by,
        status=status,
        requested_at=at,
        confirmed_at=at if status == Status.CONFIRMED else None,
    )
    _tell(registration)
    return registration


def _has_free_seat(activity: Activity) -> bool:
    """Whether a newcomer may sit down: those who wait come first."""
    waiting = activity.registrations.filter(status=Status.WAITING).exists()
    return not waiting and not _is_full(activity)


@transaction.atomic
def confirm(registration: Registration, *, by: User, at: datetime | None = None) -> Registration:
    """Staff give a requested or waiting participant a seat, if one is free."""
    registration = _locked(registration)
    if registration.status not in (Status.REQUESTED, Status.WAITING):
        raise Refused(_("Only a request or a place on the waiting list can be confirmed."))
    if _is_full(registration.activity):
        raise Refused(_("All %(capacity)d seats are taken.") % {"capacity": registration.activity.capacity})
    return _move(registration, Status.CONFIRMED, confirmed_at=at or timezone.now())


@transaction.atomic
def accept_offer(registration: Registration, *, at: datetime | None = None) -> Registration:
    """Take the seat that was held; refused once the offer has run out."""
    at = at or timezone.now()
    registration = _locked(registration)
    if not registration.is_offered(at):
        raise Refused(_("This offer has run out. The seat has been offered to the next city on the waiting list."))
    return _move(registration, Status.CONFIRMED, offered_until=None, confirmed_at=at)


@transaction.atomic
def decline_offer(registration: Registration, *, at: datetime | None = None) -> Registration:
    registration = _locked(registration)
    if registration.status != Status.OFFERED:
        raise Refused(_("There is no offer to decline."))
    registration = _move(registration, Status.DECLINED, offered_until=None)
    offer_free_seats(registration.activity, at=at or timezone.now())
    return registration


@transaction.atomic
def decline_request(registration: Registration, *, by: User) -> Registration:
    """Staff turn down a request."""
    registration = _locked(registration)
    if registration.status not in (Status.REQUESTED, Status.WAITING):
        raise Refused(_("Only a request or a place on the waiting list can be declined."))
    return _move(registration, Status.DECLINED)


@transaction.atomic
def cancel_registration(registration: Registration, *, by: User, at: datetime | None = None) -> Registration:
    """Give the seat, the offer or the place in the list back; a free seat goes to the waiting list at once."""
    at = at or timezone.now()
    registration = _locked(registration)
    if registration.status not in (Status.CONFIRMED, Status.OFFERED, Status.REQUESTED, Status.WAITING):
        raise Refused(_("This registration has already ended."))
    if at >= registration.activity.starts_at:
        raise Refused(_("The activity has begun; a registration can no longer be cancelled. Write to the unit."))
    registration = _move(registration, Status.CANCELLED, offered_until=None, needs="")
    offer_free_seats(registration.activity, at=at)
    return registration


@transaction.atomic
def offer_free_seats(activity: Activity, *, at: datetime) -> list[Registration]:
    """Hold each free seat for the next on the waiting list, for 48 hours or until the activity starts (A3)."""
    activity = Activity.objects.select_for_update().get(pk=activity.pk)
    offers: list[Registration] = []
    if activity.status != Activity.Status.PUBLISHED or not activity.has_registration or at >= activity.starts_at:
        return offers
    while not _is_full(activity) and (next_one := waiting_order(activity).first()):
        until = min(at + OFFER_HOLDS, activity.starts_at)
        offers.append(_move(next_one, Status.OFFERED, offered_until=until))
    return offers


@transaction.atomic
def expire_offers(activity: Activity, *, at: datetime) -> int:
    """Take back the seats whose offers ran out by `at` and offer them on. Gives the number expired."""
    Activity.objects.select_for_update().get(pk=activity.pk)
    expired = list(activity.registrations.filter(status=Status.OFFERED, offered_until__lte=at))
    for registration in expired:
        _move(registration, Status.EXPIRED, offered_until=None)
    if expired:
        offer_free_seats(activity, at=at)
    return len(expired)


def check_capacity(activity: Activity, capacity: int) -> None:
    """Raise Refused when `capacity` is below what is held, with the number that would have to go (A4)."""
    taken = seats_taken(activity)
    if (surplus := taken - capacity) > 0:
        raise Refused(
            ngettext(
                "%(taken)d seats are confirmed or offered. Cancel %(count)d registration first.",
                "%(taken)d seats are confirmed or offered. Cancel %(count)d registrations first.",
                surplus,
            )
            % {"taken": taken, "count": surplus}
        )


@transaction.atomic
def change_capacity(activity: Activity, capacity: int, *, at: datetime | None = None) -> Activity:
    """Set the number of seats; more seats are offered to those who wait at once."""
    activity = Activity.objects.select_for_update().get(pk=activity.pk)
    check_capacity(activity, capacity)
    activity.capacity = capacity
    activity.save(update_fields=["capacity"])
    offer_free_seats(activity, at=at or timezone.now())
    return activity


@transaction.atomic
def publish(activity: Activity, *, by: User) -> Activity:
    activity = Activity.objects.select_for_update().get(pk=activity.pk)
    if activity.status != Activity.Status.DRAFT:
        raise Refused(_("Only a draft can be published."))
    activity.status = Activity.Status.PUBLISHED
    activity.save(update_fields=["status"])
    return activity


@transaction.atomic
def announce_change(activity: Activity) -> Activity:
    """Count up the calendar entry after a change and send it to all who hold a seat (A5)."""
    activity = Activity.objects.select_for_update().get(pk=activity.pk)
    activity.sequence += 1
    activity.save(update_fields=["sequence"])
    for registration in activity.registrations.filter(status=Status.CONFIRMED):
        _tell(registration, "changed")
    return activity


@transaction.atomic
def cancel_activity(activity: Activity, *, by: User, at: datetime | None = None) -> Activity:
    """Cancel the activity with all its registrations; every participant is told and calendars remove it."""
    activity = Activity.objects.select_for_update().get(pk=activity.pk)
    if activity.status != Activity.Status.PUBLISHED:
        raise Refused(_("Only a published activity can be cancelled."))
    activity.status, activity.cancelled_at = Activity.Status.CANCELLED, at or timezone.now()
    activity.sequence += 1
    activity.save(update_fields=["status", "cancelled_at", "sequence"])
    for registration in activity.registrations.filter(status__in=Registration.LIVE):
        registration.activity = activity
        registration.status, registration.offered_until, registration.needs = Status.CANCELLED, None, ""
        registration.save(update_fields=["status", "offered_until", "needs"])
        _tell(registration, "activity_cancelled")
    return activity


@transaction.atomic
def record_attendance(
    registration: Registration, *, attended: bool, by: User, at: datetime | None = None
) -> Registration:
    """Attended or absent, once the activity has begun; attendance gives the certificate its code (A8)."""
    registration = _locked(registration)
    if registration.status not in (Status.CONFIRMED, Status.ATTENDED, Status.ABSENT):
        raise Refused(_("Attendance is recorded for confirmed participants only."))
    if (at or timezone.now()) < registration.activity.starts_at:
        raise Refused(_("Attendance can be recorded once the activity has begun."))
    registration.status = Status.ATTENDED if attended else Status.ABSENT
    registration.certificate_code = (registration.certificate_code or get_random_string(12)) if attended else ""
    registration.save(update_fields=["status", "certificate_code"])
    return registration


def tell_needs(registration: Registration, needs: str) -> None:
    """Keep dietary and access needs of a confirmed participant until the activity is over (A7)."""
    if not Registration.objects.filter(pk=registration.pk, status=Status.CONFIRMED).update(needs=needs):
        raise Refused(_("Needs are asked once the seat is confirmed."))


def purge_needs(at: datetime) -> int:
    """Delete the needs of activities that are over at `at`. Gives the number of rows emptied."""
    return Registration.objects.filter(activity__ends_at__lt=at).exclude(needs="").update(needs="")


def _locked(registration: Registration) -> Registration:
    """The registration as it is now, its activity locked."""
    activity = Activity.objects.select_for_update().get(pk=registration.activity_id)
    registration = Registration.objects.select_related("city").get(pk=registration.pk)
    registration.activity = activity
    return registration


def _move(registration: Registration, status: Registration.Status, **fields: Any) -> Registration:
    registration.status = status
    for name, value in fields.items():
        setattr(registration, name, value)
    registration.save(update_fields=["status", *fields])
    _tell(registration)
    return registration


def _tell(registration: Registration, occasion: str = "") -> None:
    """The mail that goes with the state of a registration; only the confirmed get link and calendar entry (A6)."""
    occasion = occasion or registration.status
    activity = registration.activity
    attachments = []
    if registration.confirmed_at:
        method = "REQUEST" if registration.status == Status.CONFIRMED else "CANCEL"
        entry = calendars.entry(activity, method=method, to=registration.participant_email)
        attachments = [attach("activity.ics", entry, f"text/calendar; method={method}; charset=utf-8")]
    queue_message(
        f"activities/{occasion}",
        to=participant_of(registration),
        key=f"activities/{occasion}/{registration.pk}/{activity.sequence}",
        city=registration.city,
        attachments=attachments,
        context={
            "registration": registration,
            "activity": activity,
            "url": f"{settings.PORTAL_URL}/{registration.language}/activities/{activity.pk}/",
        },
    )
