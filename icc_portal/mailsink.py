"""The mail sink: an SMTP server on the loopback that puts every mail into a Maildir and sends nothing on.

Run by `icc_portal.embedded` as `python -m icc_portal.mailsink PORT MAILBOX`.
"""

import asyncio
import itertools
import os
import signal
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

GREETING = "ICC portal mail sink"
MAX_BYTES = 32 * 1024 * 1024


class Sink:
    """Keeps each mail as `new/<instant in ns>.…`, so that names sort by arrival."""

    def __init__(self, mailbox: Path) -> None:
        self.mailbox = mailbox
        self.count = itertools.count()
        for name in ("tmp", "new", "cur"):
            (mailbox / name).mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        name = f"{time.time_ns():020d}.P{os.getpid()}Q{next(self.count)}.icc"
        headers = f"X-MailFrom: {envelope.mail_from}\r\nX-RcptTo: {', '.join(envelope.rcpt_tos)}\r\n"
        content = envelope.content
        assert isinstance(content, bytes)
        try:
            (self.mailbox / "tmp" / name).write_bytes(headers.encode() + content)
            (self.mailbox / "tmp" / name).rename(self.mailbox / "new" / name)
        except OSError as error:
            return f"452 4.3.1 Cannot keep the mail: {error.strerror}"
        return f"250 2.0.0 Kept as {name}"


async def serve(port: int, mailbox: Path) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    sink = Sink(mailbox)
    server = await loop.create_server(
        lambda: SMTP(
            sink, data_size_limit=MAX_BYTES, enable_SMTPUTF8=True, ident=GREETING, hostname="localhost", loop=loop
        ),
        host="127.0.0.1",
        port=port,
    )
    await ended.wait()
    server.close()


if __name__ == "__main__":
    try:
        asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
    except OSError as error:
        sys.exit(f"Port {sys.argv[1]}: {error.strerror}")
