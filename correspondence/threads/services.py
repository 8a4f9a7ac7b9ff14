"""What people do with an exchange: a city opens it and writes, the unit answers, assigns, closes.

Each text comes with the token of its form: posted twice it is written once. The other side gets a notice by mail with the
subject and a link; the text itself stays on the portal, where the permissions are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cities.models import City, Office, Term
from common.exceptions import Refused
from common.uploads import generated_name
from mail.services import Recipient, queue_message

from .models import Entry, EntryFile, Reading, Thread
from .permissions import may_answer, may_write

State = Thread.State


@dataclass(frozen=True)
class Upload:
    """A checked file: the name to show, the extension its content deserves, its content."""

    name: str
    extension: str
    file: File


@transaction.atomic
def open_thread(
    city: City,
    *,
    subject: str,
    text: str,
    by: User,
    token: UUID,
    files: Iterable[Upload] = (),
    at: datetime | None = None,
) -> Thread:
    """Begin an exchange, once for each token: an official writes to the unit, or the unit to a city."""
    at = at or timezone.now()
    City.objects.select_for_update().get(pk=city.pk)
    if found := _written(token, by):
        return found.thread
    is_from_unit = _side(city, by, at)
    thread = Thread.objects.create(
        city=city,
        subject=" ".join(subject.split()),
        opened_by=by,
        opened_at=at,
        last_at=at,
        state=State.ANSWERED if is_from_unit else State.WAITING,
        asked_at=None if is_from_unit else at,
        assigned_to=by if is_from_unit else None,
    )
    _add(thread, text, files, by, token, at, is_from_unit)
    return thread


@transaction.atomic
def write(
    thread: Thread, *, text: str, by: User, token: UUID, files: Iterable[Upload] = (), at: datetime | None = None
) -> Entry:
    """Add to an exchange, once for each token. A city that writes makes it wait for the unit, even a closed one."""
    at = at or timezone.now()
    thread = Thread.objects.select_for_update(of=["self"]).select_related("city").get(pk=thread.pk)
    if found := _written(token, by):
        return found
    return _add(thread, text, files, by, token, at, _side(thread.city, by, at))


def _written(token: UUID, by: User) -> Entry | None:
    found = Entry.objects.filter(token=token).select_related("thread").first()
    if found and found.author_id != by.pk:
        raise Refused([_("This form was sent already. Load the page again and write once more.")])
    return found


def _side(city: City, by: User, at: datetime) -> bool:
    """True for the unit, False for the city. Raises Refused for anybody else."""
    if may_answer(by):
        return True
    if may_write(by, city, timezone.localdate(at)):
        return False
    raise Refused([_("You no longer act for %(city)s, so you cannot write here.") % {"city": city.name}])


def _add(
    thread: Thread, text: str, files: Iterable[Upload], by: User, token: UUID, at: datetime, is_from_unit: bool
) -> Entry:
    entry = Entry.objects.create(
        thread=thread, author=by, is_from_unit=is_from_unit, text=text.strip(), written_at=at, token=token
    )
    for upload in files:
        row = EntryFile(entry=entry, name=upload.name, size=upload.file.size)
        row.file.save(generated_name("exchanges", upload.extension), upload.file, save=True)
    if is_from_unit:
        thread.state, thread.asked_at = State.ANSWERED, None
    else:
        thread.state, thread.asked_at = State.WAITING, thread.asked_at or at
    thread.closed_at = thread.closed_by = None
    thread.last_at, thread.is_last_from_unit = at, is_from_unit
    thread.save()
    mark_read(thread, by, at=at)
    _tell(thread, entry, at)
    return entry


# Notices ---------------------------------------------------------------------------------------


def _tell(thread: Thread, entry: Entry, at: datetime) -> None:
    """One notice for each reader on the other side; its key is the entry's, so that it goes once."""
    for to in _readers(thread, at) if entry.is_from_unit else [_unit(thread)]:
        key = f"exchanges/{entry.pk}/{getattr(to, 'pk', 'unit')}"
        template = "exchanges/answer" if entry.is_from_unit else "exchanges/question"
        queue_message(template, to=to, key=key, city=thread.city, context={"thread": thread, "city": thread.city})


def _unit(thread: Thread) -> Any:
    """The colleague in charge, else the address of the unit."""
    return thread.assigned_to or Recipient(settings.UNIT_EMAIL)


def _readers(thread: Thread, at: datetime) -> Iterator[User]:
    """Who still acts for the city: the coordinators, and whoever wrote in this exchange."""
    today = timezone.localdate(at)
    terms = Term.objects.open(today).filter(city=thread.city, contact__user__is_active=True)
    coordinators = terms.filter(office__in=[Office.COORDINATOR, Office.DEPUTY_COORDINATOR]).values("contact__user")
    people = User.objects.filter(pk__in=coordinators) | User.objects.filter(
        pk__in=thread.entries.filter(is_from_unit=False).values("author"), is_active=True
    )
    for user in people.distinct().order_by("pk"):
        if may_write(user, thread.city, today):
            yield user


# Reading, and the unit's own order ---------------------------------------------------------------


def mark_read(thread: Thread, user: User, *, at: datetime | None = None) -> None:
    """Note that `user` has looked; looking again moves the instant."""
    Reading.objects.bulk_create(
        [Reading(thread=thread, user=user, read_at=at or timezone.now())],
        update_conflicts=True,
        unique_fields=["thread", "user"],
        update_fields=["read_at"],
    )


@transaction.atomic
def assign(thread: Thread, *, to: User | None, by: User) -> Thread:
    """Put a colleague in charge, who gets the next notices; None gives it back to the whole unit."""
    thread = _locked(thread, by)
    if to is not None and not (to.is_active and may_answer(to)):
        raise Refused([_("%(name)s cannot answer cities. Choose another colleague.") % {"name": to}])
    thread.assigned_to = to
    thread.save(update_fields=["assigned_to"])
    if to is not None and to != by:
        key = f"exchanges/assigned/{thread.pk}/{to.pk}/{thread.entries.latest('pk').pk}"
        queue_message(
            "exchanges/assigned",
            to=to,
            key=key,
            city=thread.city,
            context={"thread": thread, "city": thread.city, "by": by},
        )
    return thread


@transaction.atomic
def close(thread: Thread, *, by: User, at: datetime | None = None) -> Thread:
    """Nothing more is owed; the city may still write, which opens it again."""
    thread = _locked(thread, by)
    if thread.state == State.CLOSED:
        raise Refused([_("This exchange is closed already.")])
    thread.state, thread.asked_at, thread.closed_at, thread.closed_by = State.CLOSED, None, at or timezone.now(), by
    thread.save()
    return thread


@transaction.atomic
def reopen(thread: Thread, *, by: User, at: datetime | None = None) -> Thread:
    """Make the unit owe an answer again when the city wrote last."""
    thread = _locked(thread, by)
    if thread.state != State.CLOSED:
        raise Refused([_("This exchange is open already.")])
    is_owed = not thread.is_last_from_unit
    thread.state, thread.asked_at = (State.WAITING, at or timezone.now()) if is_owed else (State.ANSWERED, None)
    thread.closed_at = thread.closed_by = None
    thread.save()
    return thread


def _locked(thread: Thread, by: User) -> Thread:
    if not may_answer(by):
        raise Refused([_("Only the unit can do this.")])
    return Thread.objects.select_for_update(of=["self"]).select_related("city").get(pk=thread.pk)
