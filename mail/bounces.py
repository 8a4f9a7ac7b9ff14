"""What a mail in the mailbox of bounces says: a delivery report (RFC 3464), a server's own words, or an answering machine.

`read` looks and never raises, whatever stands in the mail; `returned` does something about it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message as Mail
from enum import StrEnum
from hashlib import sha256

from common.text import fold

from .verp import message_of

EXCERPT = 4000  # characters of a mail that a person has to look at


class Kind(StrEnum):
    FAILED = "failed"  # it will not arrive
    DELAYED = "delayed"  # the server goes on trying
    ANSWER = "answer"  # of a machine: out of office, read, delivered
    UNCLEAR = "unclear"  # a person has to look


@dataclass(frozen=True)
class Report:
    """`status` is "5.1.1" or nothing; `message` is the row that a signed return address names; `ids` are Message-IDs."""

    kind: Kind
    source: str
    status: str = ""
    diagnostic: str = ""
    message: int | None = None
    ids: tuple[str, ...] = ()
    subject: str = ""
    excerpt: str = ""

    @property
    def is_hard(self) -> bool:
        """Whether the address is wrong, rather than its mailbox full, the mail refused, or the network broken."""
        return self.kind == Kind.FAILED and not TEMPORARY.match(self.status)


# RFC 3463: persistent transient failures; mailbox full; the system, the content or a policy, which an address cannot help.
TEMPORARY = re.compile(r"4\.|5\.2\.[23]|5\.[367]\.")

DAEMON = re.compile(r"mailer-?daemon|postmaster|mail-?delivery|microsoftexchange", re.IGNORECASE)
RETURNED = re.compile(
    r"undeliver|delivery (status notification|has failed|failure)|mail delivery failed|failure notice|returned mail"
    r"|could not be delivered|unzustellbar|nicht zugestellt|non remis|echec de remise|impossibile recapitare|mancato recapito"
    r"|no se puede entregar|no entregado|nao entregue|onbestelbaar"
)
ABSENT = re.compile(
    r"out of (the )?office|auto(matic|mated)?[ -]?(reply|response|answer)|autoreply|away from|on (annual )?leave"
    r"|reponse automatique|absence (du|de) (bureau|mon)|message d'absence|absente?( du bureau)?\b"
    r"|abwesenheit|abwesend|automatische antwort|nicht im (buro|haus)"
    r"|risposta automatica|fuori (sede|ufficio)|assenza|respuesta automatica|fuera de (la )?oficina"
    r"|resposta automatica|fora do escritorio|ausencia|automatisch antwoord|afwezig|autosvar|automatiskt svar"
    r"|automatyczna odpowied"
)
DELAYED = re.compile(r"delay|will (keep|continue) (on )?trying|not yet been delivered|verzogert|retarde|4\.\d\.\d")
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
CODE = re.compile(r"(?<![\d.])([45])\d\d[ -]")
IDS = re.compile(
    r"^[ \t>]*(?:message-id|in-reply-to|references)[ \t]*:[ \t]*(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE
)
ID = re.compile(r"<[^<>\s]{3,190}>")


def read(content: bytes) -> Report:
    """What the mail says. A mail that no parser understands is unclear."""
    fallback = f"sha256:{sha256(content).hexdigest()}"
    try:
        return _read(content, fallback)
    except Exception:  # whatever somebody sends: a person looks at it, and the next mail has its turn
        return Report(Kind.UNCLEAR, fallback, excerpt=clean(content.decode("utf-8", "replace"), EXCERPT))


def _read(content: bytes, fallback: str) -> Report:
    mail = message_from_bytes(content)
    text = "\n".join(texts(mail))
    head = "\n".join(f"{name}: {value}" for name, value in mail.items())
    own = next(iter(ID.findall(head_of(mail, "Message-ID"))), "")
    kind, status, words = verdict(mail, text)
    found = [i for part in returned_heads(mail, content) for line in IDS.findall(part) for i in ID.findall(line)]
    found += ID.findall(head_of(mail, "In-Reply-To") + head_of(mail, "References"))
    return Report(
        kind=kind,
        source=clean(own, 250) or fallback,
        status=status,
        diagnostic=clean(words, 2000),
        message=message_of(head) or message_of("\n".join(returned_heads(mail, content))),
        ids=tuple(dict.fromkeys(i for i in found if i != own)),
        subject=clean(head_of(mail, "Subject"), 250),
        excerpt=clean(f"{head_of(mail, 'From')}\n{head_of(mail, 'Subject')}\n\n{text}", EXCERPT),
    )


def verdict(mail: Mail, text: str) -> tuple[Kind, str, str]:
    """What became of the message, the status, and the words for it."""
    if fields := list(delivery_fields(mail)):
        return _reported(fields, text)
    subject, sender = fold(head_of(mail, "Subject")), head_of(mail, "From")
    is_daemon = bool(
        mail["X-Failed-Recipients"] or DAEMON.search(sender) or head_of(mail, "Return-Path").strip() == "<>"
    )
    if mail.get_content_type() == "multipart/report":  # of a reading, or a complaint; deliveries are dealt with above
        is_read = "disposition-notification" in head_of(mail, "Content-Type")
        return (Kind.ANSWER if is_read else Kind.UNCLEAR), "", ""
    if ABSENT.search(subject) and not RETURNED.search(subject):
        return Kind.ANSWER, "", ""
    if is_daemon or RETURNED.search(subject):
        return _told(subject, text)
    if is_automatic(mail):
        return Kind.ANSWER, "", ""
    return Kind.UNCLEAR, "", ""


def _reported(fields: list[dict[str, str]], text: str) -> tuple[Kind, str, str]:
    """RFC 3464: of several recipients, the one that fared worst (a message of ours has one)."""
    order = ("failed", "delayed")
    worst = min(fields, key=lambda f: order.index(f["action"]) if f["action"] in order else len(order))
    status = next(iter(STATUS.findall(worst.get("status", ""))), "")
    words = worst.get("diagnostic-code", "").partition(";")[2].strip() or worst.get("status", "") or text[:500]
    if worst["action"] == "failed":
        inner = next(iter(STATUS.findall(words)), "")  # more precise where the outer one says only "5.0.0"
        return Kind.FAILED, inner if status in ("", "5.0.0", "4.0.0") and inner else status, words
    return (Kind.DELAYED if worst["action"] == "delayed" else Kind.ANSWER), status, words


def _told(subject: str, text: str) -> tuple[Kind, str, str]:
    """A report in the server's own words: the line with the status or the code tells most."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    line = next((n for n, row in enumerate(lines) if STATUS.search(row) or CODE.search(row)), None)
    words = " ".join(lines[line : line + 3]) if line is not None else " ".join(lines)[:500]
    status = next(iter(STATUS.findall(words)), "")
    code = next(iter(CODE.findall(words)), status[:1])
    is_delayed = DELAYED.search(subject) or (code == "4" and DELAYED.search(fold(text)))
    if is_delayed:
        return Kind.DELAYED, status, words
    return Kind.FAILED, status or (f"{code}.0.0" if code else ""), words


def is_automatic(mail: Mail) -> bool:
    """Whether a machine wrote it (RFC 3834, and what others do)."""
    submitted = head_of(mail, "Auto-Submitted").strip().lower()
    precedence = head_of(mail, "Precedence").strip().lower()
    marks = ("X-Autoreply", "X-Autorespond", "X-AutoReply-From", "X-Auto-Response-Suppress")
    return (
        (bool(submitted) and not submitted.startswith("no"))
        or precedence in ("auto_reply", "junk", "bulk")
        or any(mail[name] for name in marks)
    )


# Parts of a mail -------------------------------------------------------------------------------


def delivery_fields(mail: Mail) -> Iterator[dict[str, str]]:
    """The fields of each recipient in a message/delivery-status, names and action in lower case."""
    for part in mail.walk():
        if part.get_content_type() not in ("message/delivery-status", "message/global-delivery-status"):
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            fields = {name.lower(): str(value) for name, value in block.items()}
            if "action" in fields:
                yield {**fields, "action": fields["action"].strip().lower()}


def texts(mail: Mail) -> Iterator[str]:
    """What people read in it, without the message that came back."""
    for part in _above(mail):
        if part.get_content_type() == "text/plain" or (part is mail and part.get_content_maintype() == "text"):
            yield decoded(part)


def _above(part: Mail) -> Iterator[Mail]:
    yield part
    if part.is_multipart() and part.get_content_maintype() != "message":
        for inner in part.get_payload():
            if isinstance(inner, Mail):
                yield from _above(inner)


def returned_heads(mail: Mail, content: bytes) -> list[str]:
    """The head of the message that came back: a part of its own, or copied into the text."""
    found = []
    for part in mail.walk():
        if part.get_content_type() in ("text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers"):
            found.append(decoded(part))
        elif part.get_content_type() in ("message/rfc822", "message/global") and part.is_multipart():
            inner = part.get_payload(0)
            if isinstance(inner, Mail):
                found.append("\n".join(f"{name}: {value}" for name, value in inner.items()))
    return found or list(texts(mail))


def decoded(part: Mail) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        inner = part.get_payload()
        return "\n".join(str(i) for i in inner) if isinstance(inner, list) else str(inner)
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return payload.decode("latin-1")


def head_of(mail: Mail, name: str) -> str:
    """A header in words; as it stands where it is broken, and in UTF-8 or Latin-1 where it is not encoded."""
    value = next((str(v) for n, v in mail.raw_items() if n.lower() == name.lower()), "")
    octets = value.encode("utf-8", "surrogateescape")
    try:
        value = octets.decode()
    except UnicodeDecodeError:
        value = octets.decode("latin-1")
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError):
        return value


def clean(text: str, length: int) -> str:
    """`text` as the database takes it: no NUL, no half characters, not longer than `length`."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode().strip()[:length]
