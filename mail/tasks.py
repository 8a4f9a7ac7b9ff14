"""Sending: each message is claimed for a while before it is tried, so that a crash shows instead of sending twice."""

import logging
from datetime import datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from . import limits, returned, signals
from .encoding import encode, envelope_address
from .mailboxes import CannotRead
from .models import Message, State
from .smtp import Connection, NoServer, Outcome
from .verp import return_address

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)  # longer than the slowest server takes: five commands of EMAIL_TIMEOUT
BATCH_TIME = timedelta(minutes=5)  # below the visibility timeout of the broker
BATCH_ROWS = 25  # looked up at once
BACK_OFF = [timedelta(minutes=m) for m in (1, 5, 15, 60, 120, 240, 480, 960)]  # about a day in all
LAPSED = gettext_noop("The worker stopped while it was sending. The server may have taken the message.")


@shared_task(ignore_result=True)
def send_batch() -> None:
    """Send what is due over one connection. Two of these at once share the work; none sends a message twice."""
    until = timezone.now() + BATCH_TIME
    if send_due(until):
        send_batch.delay()
    signals.moved.send(None)


def send_due(until: datetime) -> bool:
    """Send what is due, one after the other; True when time was up before the messages were.

    Where a limit is reached it leaves the rest: to those who have a connection, or to the sweep of the next minute.
    """
    with limits.place_at_server() as is_free, Connection() as connection:
        if not is_free:
            return False
        while ids := _due(timezone.now()):
            for message_id in ids:
                if timezone.now() > until:
                    return True
                try:
                    connection.open()
                except NoServer as error:
                    logger.error("The mail server does not answer, mail waits: %s", error)
                    return False
                if message := claim(message_id, timezone.now()):
                    if not limits.may_send(timezone.now(), is_mass=bool(message.mailing)):
                        put_back(message)
                        return False
                    record(message, deliver(message, connection, timezone.now()), timezone.now())
    return False


def _due(at: datetime) -> list[int]:
    """The next messages; single ones (a password, a receipt) before the mass of a mailing."""
    return list(Message.objects.due(at).order_by("mailing", "pk").values_list("pk", flat=True)[:BATCH_ROWS])


def claim(message_id: int, at: datetime) -> Message | None:
    """Take a message for this worker; None when another has it or its time has not come."""
    due = Message.objects.filter(pk=message_id, state__in=[State.QUEUED, State.DEFERRED], not_before__lte=at)
    won = due.update(state=State.SENDING, lease_until=at + LEASE, attempts=F("attempts") + 1)
    return Message.objects.get(pk=message_id) if won else None


def put_back(message: Message) -> None:
    """Give back a message that was claimed and not tried."""
    mine = Message.objects.filter(pk=message.pk, state=State.SENDING, lease_until=message.lease_until)
    mine.update(state=State.QUEUED, lease_until=None, attempts=F("attempts") - 1)


def deliver(message: Message, connection: Connection, at: datetime) -> Outcome:
    """Try once. What is wrong with this one message never stops the next."""
    try:
        recipient = envelope_address(message.to_address)
        pieces = encode(message, at)
    except OSError as error:
        return Outcome("deferred", f"An attachment could not be read: {error}")
    except Exception as error:
        logger.exception("Message %s cannot be encoded", message.pk)
        return Outcome("failed", f"The message could not be put together: {error}")
    return connection.deliver(return_address(message.pk), recipient, pieces)


def record(message: Message, outcome: Outcome, at: datetime) -> None:
    """Write the outcome, unless a person settled the message in the meantime."""
    change: dict = {"state": outcome.state, "lease_until": None, "server_reply": outcome.reply, "reason": ""}
    if outcome.state == "deferred":
        if message.attempts > len(BACK_OFF):
            change["state"] = State.FAILED
        else:
            change["not_before"] = at + BACK_OFF[message.attempts - 1]
    if outcome.state == "sent":
        change["sent_at"] = at
    if message.is_sensitive and change["state"] in (State.SENT, State.FAILED):
        change["body"] = ""
    mine = Q(state=State.SENDING, lease_until=message.lease_until) | Q(state=State.UNCERTAIN, attempts=message.attempts)
    Message.objects.filter(mine, pk=message.pk).update(**change)


@shared_task(ignore_result=True)
def sweep() -> None:
    """Each minute: what the broker lost is sent, and what a dead worker left is shown as uncertain."""
    now = timezone.now()
    expire_leases(now)
    signals.moved.send(None)
    if Message.objects.due(now).exists():
        send_batch.delay()


def expire_leases(at: datetime) -> int:
    """Make messages whose worker never told the outcome uncertain; gives the number."""
    lapsed = Message.objects.lapsed(at)
    return lapsed.update(state=State.UNCERTAIN, lease_until=None, reason=LAPSED, server_reply="")


@shared_task(ignore_result=True)
def read_bounces() -> None:
    """Every few minutes: note what came back. A mailbox that does not answer is read the next time."""
    if not settings.BOUNCES_URL:
        return
    try:
        returned.read_mailbox(timezone.now())
    except (CannotRead, OSError) as error:
        logger.error("The mailbox of bounces cannot be read: %s", error)
