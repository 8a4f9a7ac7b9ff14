"""The mail sink: an SMTP server on the loopback that puts every mail into a Maildir and sends nothing on.

Mail to an address at bounce.example comes back: a delivery report (RFC 3464) is put into a second Maildir, which the
portal reads for bounces. Run by `icc_portal.embedded` as `python -m icc_portal.mailsink PORT MAILBOX RETURNED`.
"""

import asyncio
import itertools
import os
import signal
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

GREETING = "ICC portal mail sink"
MAX_BYTES = 32 * 1024 * 1024
BLOCK = 256 * 1024
END = b"\r\n.\r\n"
NOBODY = "@bounce.example"
REPORT = """\
Return-Path: <>
X-Original-To: {sender}
From: Mail Delivery System <mailer-daemon@localhost>
To: {sender}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{name}@localhost>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Type: text/plain; charset=utf-8

The mail for {recipient} could not be delivered: 550 5.1.1 {recipient} is unknown here.

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; localhost

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 {recipient} is unknown here

--report
Content-Type: text/rfc822-headers

{head}
--report--
"""


class Sink:
    """Keeps each mail as `new/<instant in ns>.…`, so that names sort by arrival."""

    def __init__(self, mailbox: Path, returned: Path | None = None) -> None:
        self.mailbox, self.returned = mailbox, returned
        self.count = itertools.count()
        for folder in filter(None, (mailbox, returned)):
            for name in ("tmp", "new", "cur"):
                (folder / name).mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        name = f"{time.time_ns():020d}.P{os.getpid()}Q{next(self.count)}.icc"
        headers = f"X-MailFrom: {envelope.mail_from}\r\nX-RcptTo: {', '.join(envelope.rcpt_tos)}\r\n"
        content = envelope.content
        assert isinstance(content, bytes)
        try:
            keep(self.mailbox, name, headers.encode() + content)
            for recipient in envelope.rcpt_tos:
                if self.returned and recipient.lower().endswith(NOBODY):
                    head = content.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").replace("\r\n", "\n")
                    report = REPORT.format(sender=envelope.mail_from, recipient=recipient, name=name, head=head)
                    keep(self.returned, name, report.encode())
        except OSError as error:
            return f"452 4.3.1 Cannot keep the mail: {error.strerror}"
        return f"250 2.0.0 Kept as {name}"


def keep(mailbox: Path, name: str, content: bytes) -> None:
    (mailbox / "tmp" / name).write_bytes(content)
    (mailbox / "tmp" / name).rename(mailbox / "new" / name)


class Server(SMTP):
    """Reads a mail in blocks: line by line, a megabyte takes longer than everything else that is done about a mail."""

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        if await self.check_helo_needed():
            return
        if arg:
            await self.push("501 Syntax: DATA")
        elif not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
        else:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            content = await self.content()
            if content is None:
                answer = "552 Error: Too much mail data"
            else:
                self.envelope.content = self.envelope.original_content = content
                answer = await self.event_handler.handle_DATA(self, self.session, self.envelope)
            self._set_post_data_state()
            await self.push(answer)

    async def content(self) -> bytes | None:
        """The mail without its final dot, doubled dots made single; None for one that is too large."""
        got, last, size = [b"\r\n"], b"\r\n", 0  # a dot in the first line ends the mail, too
        while not last.endswith(END):
            block = await self._reader.read(BLOCK)
            if not block:
                raise asyncio.CancelledError  # the connection is lost, as for a line that never ends
            size += len(block)
            last = last[-len(END) :] + block
            if size <= MAX_BYTES:
                got.append(block)
        if size > MAX_BYTES:
            return None
        return b"".join(got).removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.").removeprefix(b"\r\n")


async def serve(port: int, mailbox: Path, returned: Path | None = None) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    sink = Sink(mailbox, returned)
    server = await loop.create_server(
        lambda: Server(
            sink, data_size_limit=MAX_BYTES, enable_SMTPUTF8=True, ident=GREETING, hostname="localhost", loop=loop
        ),
        host="127.0.0.1",
        port=port,
    )
    await ended.wait()
    server.close()


if __name__ == "__main__":
    try:
        asyncio.run(serve(int(sys.argv[1]), *map(Path, sys.argv[2:])))
    except OSError as error:
        sys.exit(f"Port {sys.argv[1]}: {error.strerror}")
