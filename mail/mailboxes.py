"""Where bounces are read from, by `BOUNCES_URL`: `maildir:///path`, `imaps://user:password@host/INBOX`.

A mailbox gives what is new as (key, bytes); `done(key)` marks a mail as read, and is called after its row is committed.
"""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

MAX_BYTES = 1_000_000  # of one mail: enough for the report and the head of what came back
TIMEOUT = 30


class Mailbox(Protocol):
    def new(self) -> Iterator[tuple[str, bytes]]: ...
    def done(self, key: str) -> None: ...


class CannotRead(Exception):
    """The mailbox cannot be opened; the sentence says why."""


@contextmanager
def opened(url: str) -> Iterator[Mailbox]:
    """The mailbox of this address. Raises CannotRead."""
    parts = urlsplit(url)
    if parts.scheme == "maildir":
        yield Maildir(Path(unquote(parts.path)))
    elif parts.scheme in ("imaps", "imap"):
        try:
            server = _connected(parts.scheme, parts.hostname or "", parts.port)
        except (OSError, imaplib.IMAP4.error) as error:
            raise CannotRead(f"{parts.hostname}: {error}") from error
        with server:
            try:
                server.login(unquote(parts.username or ""), unquote(parts.password or ""))
                answer, _data = server.select(f'"{unquote(parts.path).strip("/") or "INBOX"}"')
            except imaplib.IMAP4.error as error:
                raise CannotRead(f"{parts.hostname}: {error}") from error
            if answer != "OK":
                raise CannotRead(f"{parts.hostname}: there is no folder {parts.path.strip('/')}")
            yield Imap(server)
    else:
        raise CannotRead(f"BOUNCES_URL begins with {parts.scheme}://; use maildir:// or imaps://")


def _connected(scheme: str, host: str, port: int | None) -> imaplib.IMAP4:
    if scheme == "imaps":
        return imaplib.IMAP4_SSL(host, port or 993, ssl_context=ssl.create_default_context(), timeout=TIMEOUT)
    return imaplib.IMAP4(host, port or 143, timeout=TIMEOUT)


class Maildir:
    """`new/` is what nobody has read; reading moves a mail to `cur/`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def new(self) -> Iterator[tuple[str, bytes]]:
        if not (self.root / "new").is_dir():
            return
        for path in sorted((self.root / "new").iterdir()):
            with suppress(FileNotFoundError):  # somebody else has moved it
                with path.open("rb") as file:
                    content = file.read(MAX_BYTES)
                yield path.name, content

    def done(self, key: str) -> None:
        (self.root / "cur").mkdir(exist_ok=True)
        with suppress(FileNotFoundError):
            (self.root / "new" / key).rename(self.root / "cur" / f"{key}:2,S")


class Imap:
    """The mails without the flag \\Seen; reading sets it."""

    def __init__(self, server: imaplib.IMAP4) -> None:
        self.server = server

    def new(self) -> Iterator[tuple[str, bytes]]:
        _answer, found = self.server.uid("SEARCH", "UNSEEN")
        for uid in (found[0] or b"").split():
            _answer, data = self.server.uid("FETCH", uid.decode(), f"(BODY.PEEK[]<0.{MAX_BYTES}>)")
            content = next((part[1] for part in data if isinstance(part, tuple)), None)
            if content is not None:
                yield uid.decode(), content

    def done(self, key: str) -> None:
        self.server.uid("STORE", key, "+FLAGS.SILENT", r"(\Seen)")
