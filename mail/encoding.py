"""A message as the bytes that go over the wire: 7 bit, CRLF, each attachment encoded once per process."""

from base64 import encodebytes
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from common.text import markdown_to_html, markdown_to_text

from .models import Attachment, Message


def encode(message: Message, at: datetime) -> list[bytes]:
    """The pieces of the mail, dots at line starts doubled, without the final dot.

    Raises ValueError (UnicodeError among them) for an address or header that no mail can carry, and OSError for an
    attachment that cannot be read.
    """
    text = EmailMessage(policy=SMTP)
    text.set_content(markdown_to_text(message.body) + "\n", cte="quoted-printable")
    text.add_alternative(html_part(message), subtype="html", cte="quoted-printable")
    attachments = list(message.attachments.order_by("messageattachment__pk"))
    mail = EmailMessage(policy=SMTP) if attachments else text
    for name, value in headers(message, at):
        mail[name] = value
    if not attachments:
        return [_dots(text.as_bytes())]
    boundary = f"=_icc_{message.message_id.strip('<>').partition('@')[0]}"
    mail["MIME-Version"] = "1.0"
    mail["Content-Type"] = f'multipart/mixed; boundary="{boundary}"'
    limit = f"\r\n--{boundary}".encode()
    pieces = [b"".join(SMTP.fold_binary(name, value) for name, value in mail.items())]
    for part in (_dots(text.as_bytes()), *(encoded_part(a.pk, a.sha256) for a in attachments)):
        pieces += [limit, b"\r\n", part]
    return [*pieces, limit, b"--\r\n"]


def headers(message: Message, at: datetime) -> list[tuple[str, object]]:
    sender_name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    unit = settings.UNIT_EMAIL
    found: list[tuple[str, object]] = [
        ("From", _address(sender_name, sender)),
        ("To", _address(message.to_name, message.to_address)),
        ("Reply-To", _address("", message.reply_to or unit)),
        ("Subject", message.subject),
        ("Date", format_datetime(at)),
        ("Message-ID", message.message_id),
        ("Content-Language", message.language),
    ]
    if message.mailing:  # a text that people wrote, to many
        domain = sender.rpartition("@")[2]
        found += [("List-Id", f"ICC <letters.{domain}>"), ("List-Unsubscribe", f"<mailto:{unit}?subject=unsubscribe>")]
    else:
        found += [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")]
    return found


def envelope_address(address: str) -> str:
    """`address` as SMTP takes it; its domain in ASCII. Raises ValueError."""
    local, _at, domain = address.rpartition("@")
    if not local.isascii():
        raise ValueError("The part of the address before the @ has letters that mail servers do not take.")
    return f"{local}@{domain.encode('idna').decode()}"


def _address(name: str, address: str) -> Address:
    return Address(display_name=name, addr_spec=envelope_address(address))


def html_part(message: Message) -> str:
    with translation.override(message.language):
        context = {
            "subject": message.subject,
            "content": markdown_to_html(message.body),
            "language": message.language,
            "portal_url": settings.PORTAL_URL,
            "unit_email": settings.UNIT_EMAIL,
        }
        return render_to_string("mail/layout.html", context)


@lru_cache(maxsize=8)  # the report in two languages and a few more; each some megabytes
def encoded_part(attachment_id: int, sha256: str) -> bytes:
    """One attachment as a MIME part. `sha256` makes the cache forget a file that was replaced."""
    attachment = Attachment.objects.get(pk=attachment_id)
    with attachment.file.open("rb") as file:
        content = file.read()
    part = EmailMessage(policy=SMTP)
    maintype, _slash, subtype = attachment.content_type.partition("/")
    part["Content-Type"] = f"{maintype}/{subtype or 'octet-stream'}"
    part["Content-Transfer-Encoding"] = "base64"
    part.add_header("Content-Disposition", "attachment", filename=attachment.name)
    return part.as_bytes() + encodebytes(content).replace(b"\n", b"\r\n")


def _dots(content: bytes) -> bytes:
    """Lines that start with a dot get another (RFC 5321, 4.5.2); base64 has no dots."""
    if content.startswith(b"."):
        content = b"." + content
    return content.replace(b"\r\n.", b"\r\n..")
