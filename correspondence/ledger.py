"""Who received which version, when, at which address: the rows of the page and of the table for a year."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common import formats
from mail.models import Message

from .models import Letter, Mailing


@dataclass(frozen=True)
class Row:
    """One mail to one office, or why there was none. A letter that was sent again to a corrected office has two."""

    city: str
    country: str
    addressee: str
    address: str
    language: str
    version: str
    state: str
    words: str
    sent_at: datetime | None
    received_at: datetime | None
    opened_at: datetime | None
    message: int

    def cells(self) -> list[str]:
        at = [formats.strasbourg_time(at) if at else "" for at in (self.sent_at, self.received_at, self.opened_at)]
        return [
            self.city, self.country, self.addressee, self.address, self.language, self.version, self.state, self.words, *at,
        ]  # fmt: skip


def headers() -> list[str]:
    return [
        _("City"), _("Country"), _("Addressee"), _("Address"), _("Language"), _("Version"), _("State"),
        _("The server’s words, or why not"), _("Sent"), _("Received, says the office"), _("Page first opened"),
    ]  # fmt: skip


def of_year(year: int) -> QuerySet[Mailing]:
    """The mailings with which the annual report on `year` went out."""
    sent = Mailing.objects.filter(kind=Mailing.Kind.ANNUAL_REPORT, year=year, dispatched_at__isnull=False)
    return sent.order_by("dispatched_at")


def rows(mailings: Iterable[Mailing]) -> list[Row]:
    """What became of each letter of these mailings, in the order of the directory."""
    by_key = {mailing.key: mailing for mailing in mailings}
    letters = {
        letter.message_id: letter
        for letter in Letter.objects.filter(mailing__in=by_key.values(), message__isnull=False).prefetch_related(
            "links"
        )
    }
    messages = Message.objects.filter(mailing__in=by_key).select_related("city").order_by("city__search", "pk")
    return [_row(message, letters.get(message.pk), by_key[message.mailing]) for message in messages]


def _row(message: Message, letter: Letter | None, mailing: Mailing) -> Row:
    opened = [link.opened_at for link in letter.links.all() if link.opened_at] if letter else []
    return Row(
        city=message.city.name if message.city else "",
        country=str(message.city.country.name) if message.city else "",
        addressee=message.to_name,
        address=message.to_address,
        language=message.language,
        version=mailing.edition,
        state=str(message.get_state_display()),
        words=message.words,
        sent_at=message.sent_at,
        received_at=letter.received_at if letter else None,
        opened_at=min(opened, default=None),
        message=message.pk,
    )
