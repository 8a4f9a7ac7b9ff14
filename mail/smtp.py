"""One SMTP connection, and what the server's answer to a message means."""

import logging
import smtplib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.core.mail.backends.smtp import EmailBackend

logger = logging.getLogger(__name__)
LOST = (OSError, smtplib.SMTPException)  # SMTPException is an OSError; both named for the reader


@dataclass(frozen=True)
class Outcome:
    """What became of a message, and the server's words.

    "uncertain": the connection was lost when the server may have taken it. "deferred": it surely was not taken.
    """

    state: Literal["sent", "deferred", "failed", "uncertain"]
    reply: str


class NoServer(Exception):
    """The mail server cannot be reached or does not let us in; no message was tried."""


class Connection:
    """Opened when needed, kept for the whole batch, opened again after it dropped."""

    def __init__(self) -> None:
        self.backend = EmailBackend()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def open(self) -> None:
        """Be connected. Raises NoServer."""
        if self.backend.connection is not None:
            try:
                if self.backend.connection.noop()[0] == 250:
                    return
            except LOST:
                pass
            self.close()
        try:
            self.backend.open()
            self._smtp().ehlo_or_helo_if_needed()
        except LOST as error:
            self.close()
            raise NoServer(words(error)) from error

    def _smtp(self) -> smtplib.SMTP:
        assert self.backend.connection is not None
        return self.backend.connection

    def close(self) -> None:
        """Leave without waiting for a server that may hang."""
        smtp, self.backend.connection = self.backend.connection, None
        if smtp is not None:
            try:
                if smtp.sock:
                    smtp.sock.settimeout(2)
                    smtp.quit()
            except LOST:
                smtp.close()

    def deliver(self, sender: str, recipient: str, pieces: Iterable[bytes]) -> Outcome:
        """Hand over one message and wait for the server's word on it."""
        smtp = self._smtp()
        try:
            for verb, argument in (("mail", f"FROM:<{sender}>"), ("rcpt", f"TO:<{recipient}>"), ("data", "")):
                code, reply = smtp.docmd(verb, argument)
                if code != (354 if verb == "data" else 250) and not (verb == "rcpt" and code == 251):
                    return self._refused(smtp, code, reply)
        except LOST as error:
            self.close()
            return Outcome("deferred", words(error))
        try:
            smtp.send(b"".join(pieces) + b".\r\n")
            code, reply = smtp.getreply()
        except LOST as error:
            self.close()
            return Outcome("uncertain", words(error))
        if 200 <= code < 300:
            return Outcome("sent", said(code, reply))
        return self._refused(smtp, code, reply)

    def _refused(self, smtp: smtplib.SMTP, code: int, reply: bytes) -> Outcome:
        try:
            if code in (421, -1):
                self.close()
            else:
                smtp.rset()
        except LOST:
            self.close()
        return Outcome("failed" if code >= 500 else "deferred", said(code, reply))


def said(code: int, reply: bytes) -> str:
    return f"{code} {reply.decode('utf-8', 'replace')}"


def words(error: Exception) -> str:
    """An error in words for the ledger: the server's if there are any, else what the network said."""
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        return said(error.smtp_code, reply if isinstance(reply, bytes) else str(reply).encode())
    return f"{type(error).__name__}: {error}".rstrip(": ")
