"""Putting messages into the outbox, and what staff decide about them.

A row is written in the caller's transaction; a worker sends it after commit (`mail.tasks`).
"""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.exceptions import Refused
from common.files import keep_once
from common.text import unescape_markdown

from . import signals, templates
from .models import WAITING, Attachment, Message, MessageAttachment, MessageQuerySet, State

logger = logging.getLogger(__name__)
BREAKS = re.compile(r"[^\S\u00a0\u202f]+")  # all white space but what French puts before a colon


class Addressee(Protocol):
    """Who gets a message: a user, a contact, or anything with these."""

    @property
    def email(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True)
class Recipient:
    """An addressee who has no row of their own."""

    email: str
    name: str = ""
    language: str = "en"


@dataclass(frozen=True)
class Draft:
    """A message to be: Markdown text, or with `skip_reason` only the record that none was sent and why."""

    key: str
    to: Addressee
    subject: str
    body: str
    template: str = ""
    city: Any = None
    mailing: str = ""
    attachments: Sequence[Attachment] = ()
    not_before: datetime | None = None
    is_sensitive: bool = False
    skip_reason: str = ""
    reply_to: str = ""
    message_id: str = field(default_factory=lambda: new_message_id())


def new_message_id() -> str:
    return f"<{uuid4().hex}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].rstrip('>')}>"


def attach(name: str, content: bytes, content_type: str = "application/pdf", *, title: str = "") -> Attachment:
    """The stored file with this name and content; the same bytes are stored once. `title` says what it is."""
    digest = sha256(content).hexdigest()
    if found := Attachment.objects.filter(name=name, sha256=digest).exclude(file="").first():
        return found
    own = sha256(f"{name}/{digest}".encode()).hexdigest()  # two rows never share a file: one may be deleted
    path = keep_once(f"mail/{own}.{name.rpartition('.')[2]}", content)
    attachment, _is_new = Attachment.objects.get_or_create(
        name=name,
        sha256=digest,
        file=path,
        defaults={"title": title, "content_type": content_type, "size": len(content)},
    )
    return attachment


def fits(attachments: Iterable[Attachment]) -> bool:
    """Whether these go with one message; when not, send a signed link instead.

    Base64 makes 78 bytes of each 57 (a line of 76 and its end); the limit is `settings.MAIL_MAX_BYTES`.
    """
    return sum(-(-a.size // 57) * 78 for a in attachments) <= settings.MAIL_MAX_BYTES


def queue_message(
    template: str,
    *,
    to: Addressee,
    key: str,
    context: dict[str, Any] | None = None,
    city: Any = None,
    mailing: str = "",
    attachments: Iterable[Attachment] = (),
    not_before: datetime | None = None,
    is_sensitive: bool = False,
    reply_to: str = "",
) -> Message:
    """Promise one mail: `templates/mail/<template>.md`, in the addressee's language, its first line the subject.

    `key` names the occasion ("grants/receipt/17"); queuing the same key again returns the first message.
    Answers go to the unit, or to `reply_to`. The template is Markdown, and values in it are shown as they are written, never taken for Markdown.
    """
    if found := Message.objects.filter(key=key).first():
        return found
    with translation.override(to.language):
        values = {"to": to, "portal_url": settings.PORTAL_URL, **(context or {})}
        text = templates.render(f"mail/{template}.md", values)
    subject, _sep, body = text.strip().partition("\n")
    draft = Draft(
        key,
        to,
        unescape_markdown(subject.removeprefix("Subject:")),
        body,
        template,
        city,
        mailing,
        tuple(attachments),
        not_before,
        is_sensitive,
        reply_to=reply_to,
    )
    return queue_all([draft])[0]


def queue_text(
    subject: str,
    body: str,
    *,
    to: Addressee,
    key: str,
    is_sensitive: bool = False,
    template: str = "",
    city: Any = None,
) -> Message:
    """Promise one mail whose text is written already (Markdown), as allauth's are."""
    return queue_all([Draft(key, to, subject, body, template, city=city, is_sensitive=is_sensitive)])[0]


@transaction.atomic
def queue_all(drafts: Iterable[Draft]) -> list[Message]:
    """Promise many mails in few queries, in their order; a key that is queued already gives the first message."""
    drafts, now = list(drafts), timezone.now()
    Message.objects.bulk_create([_row(draft, now) for draft in drafts], ignore_conflicts=True)
    rows = Message.objects.in_bulk([draft.key for draft in drafts], field_name="key")
    new = [draft for draft in drafts if rows[draft.key].message_id == draft.message_id]
    MessageAttachment.objects.bulk_create(
        [MessageAttachment(message=rows[draft.key], attachment=a) for draft in new for a in draft.attachments]
    )
    if any(not draft.skip_reason and (draft.not_before or now) <= now for draft in new):
        nudge_on_commit()
    return [rows[draft.key] for draft in drafts]


def _row(draft: Draft, now: datetime) -> Message:
    return Message(
        key=draft.key,
        mailing=draft.mailing,
        template=draft.template,
        city=draft.city,
        to_name=draft.to.name,
        to_address=draft.to.email,
        reply_to=draft.reply_to,
        language=draft.to.language,
        subject=BREAKS.sub(" ", draft.subject).strip()[:250],
        body=draft.body.strip(),
        is_sensitive=draft.is_sensitive,
        message_id=draft.message_id,
        not_before=draft.not_before or now,
        state=State.SKIPPED if draft.skip_reason else State.QUEUED,
        reason=draft.skip_reason,
    )


def nudge_on_commit() -> None:
    """Wake a worker once this transaction is through; one nudge for all its messages."""
    if not any(entry[1] is _nudge for entry in connection.run_on_commit):
        transaction.on_commit(_nudge)


def _nudge() -> None:
    from .tasks import send_batch

    try:
        send_batch.apply_async(retry=False)
    except Exception as error:  # whatever the broker's trouble is: the mail is promised, and the sweep finds it
        logger.warning("The broker did not take the nudge to send mail; the sweep will: %s", error)


# What staff decide -----------------------------------------------------------------------------

UNWANTED = gettext_noop("It was not to be sent any more.")
RETRIABLE = (State.FAILED, State.BOUNCED, State.CANCELLED, State.HELD, State.DEFERRED)


def retry(message: Message, *, by: Any, at: datetime | None = None) -> Message:
    """Send a message that failed, came back, was cancelled or waits, now. Raises Refused."""
    at = at or timezone.now()
    if message.is_sensitive and not message.body:
        raise Refused([_("The text held a secret and is no longer stored. Ask for a new message instead.")])
    _move(message, RETRIABLE, by, at, state=State.QUEUED, attempts=0, not_before=at, reason="", sent_at=None)
    nudge_on_commit()
    return message


def settle(message: Message, *, as_sent: bool, by: Any, at: datetime | None = None) -> Message:
    """Say what became of an uncertain message: it arrived, or it did not (and may then be sent again)."""
    at = at or timezone.now()
    change: dict[str, Any] = {"state": State.SENT, "sent_at": at} if as_sent else {"state": State.FAILED}
    _move(message, (State.UNCERTAIN,), by, at, **change, **({"body": ""} if message.is_sensitive else {}))
    return message


def cancel(message: Message, *, by: Any, at: datetime | None = None) -> Message:
    """Do not send a message that still waits. Raises Refused when it is under way or done."""
    change = {"body": ""} if message.is_sensitive else {}
    _move(message, (*WAITING, State.HELD), by, at or timezone.now(), state=State.CANCELLED, reason=UNWANTED, **change)
    return message


@transaction.atomic
def _move(message: Message, states: Iterable[str], by: Any, at: datetime, **change: Any) -> None:
    """Change a message that is in one of `states`; Refused when it is not any more."""
    won = Message.objects.filter(pk=message.pk, state__in=states).update(handled_by=by, handled_at=at, **change)
    message.refresh_from_db()
    if not won:
        raise Refused(
            [
                _(
                    "This cannot be done while the message “%(subject)s” to %(address)s is “%(state)s”. Load the page again."
                )
                % {"subject": message.subject, "address": message.to_address, "state": message.get_state_display()}
            ]
        )
    signals.moved.send(None)


# A mailing as a whole --------------------------------------------------------------------------


def of_mailing(mailing: str) -> MessageQuerySet:
    if not mailing:
        raise ValueError("An empty mailing would mean every single message.")
    return Message.objects.filter(mailing=mailing)


def cancel_mailing(mailing: str, *, by: Any, at: datetime | None = None) -> int:
    """Cancel what of a mailing still waits; gives the number. What is under way or sent stays."""
    waiting = of_mailing(mailing).filter(state__in=(*WAITING, State.HELD))
    return waiting.update(state=State.CANCELLED, reason=STOPPED, handled_by=by, handled_at=at or timezone.now())


STOPPED = gettext_noop("The mailing was cancelled before this mail went.")
PAUSED = gettext_noop("The mailing is paused.")  # kept in English in the row, translated where it is shown
RESTORED = gettext_noop("It was queued before the data were restored from a backup, and may have been sent since.")


def hold_mailing(mailing: str, *, by: Any, at: datetime | None = None) -> int:
    """Keep back what of a mailing still waits; gives the number."""
    waiting = of_mailing(mailing).filter(state__in=WAITING)
    return waiting.update(state=State.HELD, reason=PAUSED, handled_by=by, handled_at=at or timezone.now())


@transaction.atomic
def release_mailing(mailing: str, *, by: Any, at: datetime | None = None) -> int:
    """Let the held messages of a mailing go on; gives the number."""
    at = at or timezone.now()
    held = of_mailing(mailing).filter(state=State.HELD)
    nudge_on_commit()
    return held.update(state=State.QUEUED, reason="", not_before=at, handled_by=by, handled_at=at)


@transaction.atomic
def hold_after_restore(restored_at: datetime, *, since: datetime | None = None) -> dict[str, int]:
    """After a restore: what was queued up to `restored_at` waits for a person, what was being sent is uncertain.

    Both may have gone out after the backup was made. `since` leaves older messages alone.
    """
    old = Message.objects.filter(queued_at__lte=restored_at)
    if since:
        old = old.filter(queued_at__gte=since)
    return {
        "held": old.filter(state__in=WAITING).update(state=State.HELD, reason=RESTORED),
        "uncertain": old.filter(state=State.SENDING).update(state=State.UNCERTAIN, lease_until=None, reason=RESTORED),
    }
