"""A real SMTP server inside the test process, which does what the test tells it to."""

import asyncio
import email
import email.policy
import threading
from dataclasses import dataclass
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from icc_portal.embedded import free_port

HANG = "hang"  # no answer until the test ends
DROP = "drop"  # the connection breaks instead of an answer
SLOW = "slow"  # half a second, then yes


@dataclass
class Received:
    sender: str
    recipients: list[str]
    message: EmailMessage


@dataclass
class Rule:
    answer: str
    at: str
    to: str | None
    times: int | None

    def applies(self, at: str, recipients: list[str]) -> bool:
        if self.at != at or self.times == 0 or (self.to is not None and self.to not in recipients):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class CountedSMTP(SMTP):
    """Tells the server how many connections are open."""

    def connection_made(self, transport):
        super().connection_made(transport)
        server = self.event_handler
        server.at_once += 1
        server.most_at_once = max(server.most_at_once, server.at_once)
        if server.gathering and server.at_once >= server.gathering:
            server.gathered.set()

    def connection_lost(self, error):
        self.event_handler.at_once -= 1
        super().connection_lost(error)


class Counted(Controller):
    def factory(self) -> SMTP:
        return CountedSMTP(self.handler, **self.SMTP_kwargs)


class MailServer:
    """Accepts everything until told otherwise; `received` holds what arrived, even where the answer was lost."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.sessions = 0
        self.at_once = self.most_at_once = 0
        self.gathering, self.gathered = 0, threading.Event()
        self.rules: list[Rule] = []
        self.released = threading.Event()
        self.arrival = threading.Condition()
        self.controller = Counted(self, hostname="127.0.0.1", port=free_port(), server_kwargs={"enable_SMTPUTF8": True})

    @property
    def port(self) -> int:
        return self.controller.port

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def answer(self, answer: str, *, at: str = "rcpt", to: str | None = None, times: int | None = None) -> None:
        """From now on answer like "451 4.3.0 Later", SLOW, HANG or DROP: at "rcpt" or "data", to one address or all.

        HANG and DROP at "data" come after the mail was taken, as when a network breaks before the answer.
        """
        self.rules.append(Rule(answer, at, to, times))

    def gather(self, count: int) -> None:
        """Hold the first connections back until `count` are open at once, or a second has passed without another."""
        self.gathering = count

    def accept(self) -> None:
        """Accept everything again."""
        self.rules.clear()

    def to(self, address: str) -> list[EmailMessage]:
        return [mail.message for mail in self.received if address in mail.recipients]

    def wait_for(self, count: int, seconds: float = 30) -> None:
        """Wait until `count` mails have arrived in all; fails when they do not."""
        with self.arrival:
            came = self.arrival.wait_for(lambda: len(self.received) >= count, seconds)
        assert came, f"{len(self.received)} of {count} mails arrived within {seconds} seconds"

    # What aiosmtpd calls, in its own thread.

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list):
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:
        envelope.mail_from = address
        for _ in range(20 if self.gathering else 0):
            if self.gathered.is_set():
                break
            await asyncio.sleep(0.05)
        self.gathered.set()
        return "250 2.0.0 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:
        answer = await self._answer("rcpt", [address], server)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        rule = next((rule for rule in self.rules if rule.applies("data", envelope.rcpt_tos)), None)
        if rule is None or rule.answer in (HANG, DROP, SLOW) or rule.answer.startswith("2"):
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            with self.arrival:
                self.received.append(Received(envelope.mail_from, list(envelope.rcpt_tos), message))
                self.arrival.notify_all()
        return await self._give(rule, server)

    async def _answer(self, at: str, recipients: list[str], server: SMTP) -> str:
        return await self._give(next((rule for rule in self.rules if rule.applies(at, recipients)), None), server)

    async def _give(self, rule: Rule | None, server: SMTP) -> str:
        if rule is None:
            return "250 2.0.0 OK"
        if rule.answer == SLOW:
            await asyncio.sleep(0.5)
            return "250 2.0.0 OK"
        if rule.answer == HANG:
            while not self.released.is_set():
                await asyncio.sleep(0.05)
        if rule.answer in (HANG, DROP):
            server.transport.abort()
            return "421 4.4.2 Connection dropped"
        return rule.answer
