"""Mails that came back: noted once, matched with their message, and settled by a person where they match none."""

import logging
from collections import Counter
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.exceptions import Refused

from . import signals
from .bounces import Kind, Report, read
from .mailboxes import opened
from .models import Bounce, Message, State

logger = logging.getLogger(__name__)


def read_mailbox(at: datetime) -> Counter[str]:
    """Note everything new in the mailbox of `BOUNCES_URL`; a mail is marked as read after its row is committed.

    Gives how many of each kind were noted. Raises CannotRead.
    """
    counts: Counter[str] = Counter()
    with opened(settings.BOUNCES_URL) as mailbox:
        for key, content in mailbox.new():
            report = read(content)
            try:
                counts[report.kind if note(report, at) else "known"] += 1
            except TooEarly:
                continue  # it stays new, and is read again
            mailbox.done(key)
    return counts


class TooEarly(Exception):
    """The message is being sent at this moment: its worker has the first word."""


@transaction.atomic
def note(report: Report, at: datetime) -> Bounce | None:
    """Keep what came back; None for the answer of a machine and for what was noted before. Raises TooEarly."""
    if report.kind == Kind.ANSWER:
        return None
    message = _message_of(report)
    is_open = message is None or report.kind == Kind.UNCLEAR
    if message and message.state == State.SENDING:
        raise TooEarly
    bounce, is_new = Bounce.objects.get_or_create(
        source=report.source,
        defaults={
            "message": message,
            "is_hard": report.is_hard and message is not None,
            "diagnostic": report.diagnostic,
            "received_at": at,
            "subject": report.subject,
            "excerpt": report.excerpt if is_open else "",
            "is_open": is_open,
        },
    )
    if not is_new:
        return None
    if message and report.kind == Kind.FAILED:
        _came_back(message, bounce, at)
    return bounce


def _message_of(report: Report) -> Message | None:
    """By the signed return address, else by the Message-ID of what came back, which nobody else can know."""
    found = Message.objects.select_for_update(of=["self"])
    if report.message is not None:
        return found.filter(pk=report.message).first()
    return found.filter(message_id__in=report.ids).first() if report.ids else None


@transaction.atomic
def record_bounce(
    message: Message, *, is_hard: bool, diagnostic: str, at: datetime | None = None, by: Any = None
) -> Bounce:
    """A person notes that a message came back. A permanent one tells who keeps the address."""
    at = at or timezone.now()
    bounce = Bounce.objects.create(message=message, is_hard=is_hard, diagnostic=diagnostic, received_at=at)
    if is_hard:
        _came_back(message, bounce, at, by=by)
    return bounce


def _came_back(message: Message, bounce: Bounce, at: datetime, by: Any = None) -> None:
    """The message will not arrive, which also settles one of which nobody knew (M3)."""
    back = Message.objects.filter(pk=message.pk, state__in=[State.SENT, State.UNCERTAIN])
    words = {"server_reply": bounce.diagnostic} if bounce.diagnostic else {}
    back.update(state=State.BOUNCED, handled_by=by, handled_at=at if by else None, reason="", **words)
    message.refresh_from_db()
    if bounce.is_hard:
        signals.bounced.send(None, message=message, diagnostic=bounce.diagnostic)
    signals.moved.send(None)


@transaction.atomic
def settle_bounce(bounce: Bounce, *, by: Any, at: datetime | None = None) -> Bounce:
    """A person has looked at a mail that matched no message; its text is not kept any longer. Raises Refused."""
    bounce = Bounce.objects.select_for_update(of=["self"]).get(pk=bounce.pk)
    if not bounce.is_open:
        raise Refused([_("Somebody has dealt with this mail already.")])
    bounce.is_open, bounce.excerpt, bounce.handled_by, bounce.handled_at = False, "", by, at or timezone.now()
    bounce.save(update_fields=["is_open", "excerpt", "handled_by", "handled_at"])
    return bounce
