"""Putting messages into the outbox. A row is written in the caller's transaction; a worker sends it after commit."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from common.uploads import generated_name

from .models import Attachment, Message


class Addressee(Protocol):
    """Who gets a message: a user, a contact, or anything with these."""

    email: str
    name: str
    language: str


def attach(name: str, content: bytes, content_type: str = "application/pdf") -> Attachment:
    """The stored file with this name and content; the same bytes are stored once."""
    digest = sha256(content).hexdigest()
    if found := Attachment.objects.filter(name=name, sha256=digest).first():
        return found
    suffix = "." + name.rpartition(".")[2]
    attachment = Attachment(name=name, content_type=content_type, sha256=digest, size=len(content))
    attachment.file.save(generated_name("mail", suffix), ContentFile(content), save=True)
    return attachment


@transaction.atomic
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
) -> Message:
    """Promise one mail: `templates/mail/<template>.md`, in the addressee's language, its first line the subject.

    `key` names the occasion ("grants/receipt/17"); queuing the same key again returns the first message.
    """
    if found := Message.objects.filter(key=key).first():
        return found
    with translation.override(to.language):
        text = render_to_string(f"mail/{template}.md", {"to": to, "portal_url": settings.PORTAL_URL, **(context or {})})
    subject, _, body = text.strip().partition("\n")
    message, created = Message.objects.get_or_create(
        key=key,
        defaults={
            "mailing": mailing,
            "template": template,
            "city": city,
            "to_name": to.name,
            "to_address": to.email,
            "language": to.language,
            "subject": subject.removeprefix("Subject:").strip()[:250],
            "body": body.strip(),
            "is_sensitive": is_sensitive,
            "message_id": f"<{uuid4().hex}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].rstrip('>')}>",
            "not_before": not_before or timezone.now(),
        },
    )
    if created:
        message.attachments.add(*attachments)
    return message
