"""What letters and exchanges tell the pages that gather from all apps."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cities.models import City
from common.dates import Precision
from common.prepared import prepared
from common.summary import Fact, Figure, Item
from mail.models import FINAL, State

from .models import Exchange, Letter, Mailing
from .permissions import may_approve, may_send
from .threads import summary as threads

Status = Mailing.Status


def needs_attention(user: Any, at: datetime, cities: list[City]) -> Iterator[Item]:
    """Exchanges that wait for an answer or a reader; for the unit, mailings that wait for this person and their progress."""
    yield from threads.needs_attention(user, at, cities)
    if not (user.is_staff and user.has_perm("correspondence.view_mailing")):
        return
    done = Count("letters", filter=Q(letters__message__state__in=FINAL))
    for mailing in Mailing.objects.exclude(status__in=[Status.FINISHED, Status.CANCELLED]).annotate(
        done=done, total=Count("letters")
    ):
        url, title = reverse("admin:correspondence_mailing_change", args=[mailing.pk]), mailing.title
        if mailing.status == Status.PREPARED and may_approve(user, mailing):
            yield Item(title, url, detail=_("This mailing waits for your approval."), tone="warn", is_staff_only=True)
        elif mailing.trouble and may_send(user):
            detail = _("It was not sent when its time had come: %(why)s") % {"why": mailing.trouble.splitlines()[0]}
            yield Item(title, url, detail=detail, tone="bad", is_staff_only=True)
        elif mailing.status == Status.APPROVED and mailing.send_at and may_send(user):
            detail = _("It is sent by itself.")
            yield Item(title, url, due_at=mailing.send_at, detail=detail, tone="info", is_staff_only=True)
        elif mailing.status == Status.APPROVED and may_send(user):
            yield Item(
                title, url, detail=_("This mailing is approved and can be sent."), tone="info", is_staff_only=True
            )
        elif mailing.status == Status.DRAFT and mailing.author_id == user.pk:
            yield Item(title, url, detail=_("Your draft of a mailing."), is_staff_only=True)
        elif mailing.status in (Status.SENDING, Status.PAUSED):
            yield Item(
                title, url, detail=str(mailing.get_status_display()), tone="info", done=mailing.done, total=mailing.total,
                is_staff_only=True,
            )  # fmt: skip


def history(city: City) -> Iterator[Fact]:
    """Letters that were sent to the city and exchanges with it, newest first."""
    facts = [
        Fact(timezone.localtime(sent_at).date(), Precision.DAY, subject, kind=_("Letter"))
        for subject, sent_at in _letters(city.pk)
    ]
    facts += [
        Fact(exchange.on, Precision.DAY, exchange.get_kind_display(), kind=_("Exchange"))
        for exchange in _exchanges(city.pk)
    ]
    facts += threads.history(city)
    yield from sorted(facts, key=lambda fact: fact.on or timezone.localdate(), reverse=True)


@prepared
def _letters(city: int):
    return Letter.objects.filter(city=city, message__state=State.SENT).values_list(
        "message__subject", "message__sent_at"
    )


@prepared
def _exchanges(city: int):
    return Exchange.objects.filter(city=city).only("kind", "on")  # what was said stays with the unit


def figures(year: int) -> Iterator[Figure]:
    """Letters that reached their server, and exchanges logged, in a calendar year of Strasbourg."""

    def letters(year: int) -> int:
        return Letter.objects.filter(message__state=State.SENT, message__sent_at__year=year).count()

    def exchanges(year: int) -> int:
        return Exchange.objects.filter(on__year=year).count()

    yield Figure(
        "letters",
        _("Letters to cities"),
        letters(year),
        letters(year - 1),
        rows_url=_rows("mail_message", f"sent_at__year={year}"),
    )
    yield Figure(
        "exchanges", _("Exchanges with cities"), exchanges(year), exchanges(year - 1),
        rows_url=_rows("correspondence_exchange", f"on__year={year}"),
    )  # fmt: skip


def _rows(model: str, query: str) -> str:
    return f"{reverse(f'admin:{model}_changelist')}?{query}"
