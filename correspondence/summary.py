"""What letters and exchanges tell the pages that gather from all apps."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, DateField, DateTimeField, Q, Value
from django.db.models.functions import Cast
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
from .threads import summary as in_writing
from .threads.models import Thread

Status = Mailing.Status


def needs_attention(user: Any, at: datetime, cities: list[City]) -> Iterator[Item]:
    """Exchanges that wait for an answer or a reader; for the unit, mailings that wait for this person and their progress."""
    yield from in_writing.needs_attention(user, at, cities)
    if not (user.is_staff and user.has_perm("correspondence.view_mailing")):
        return
    done = Count("letters", filter=Q(letters__message__state__in=FINAL))
    for mailing in Mailing.objects.exclude(status__in=[Status.FINISHED, Status.CANCELLED]).annotate(
        done=done, total=Count("letters")
    ):
        url, title = reverse("admin:correspondence_mailing_change", args=[mailing.pk]), mailing.title
        if mailing.status == Status.PREPARED and may_approve(user, mailing):
            yield Item(title, url, detail=_("This mailing waits for your approval."), tone="warn", is_staff_only=True)
        elif mailing.status == Status.RENDERING and mailing.trouble:
            detail = _("Letters cannot be made: %(why)s") % {"why": mailing.trouble.splitlines()[0]}
            yield Item(title, url, detail=detail, tone="bad", is_staff_only=True)
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
    facts = []
    for source, pk, title, at, on in sorted(_history(city.pk), reverse=True):  # the later of one day first
        day = on or timezone.localdate(at)
        match source:
            case "letter":
                fact = Fact(day, Precision.DAY, title, kind=_("Letter"))
            case "exchange":
                fact = Fact(day, Precision.DAY, str(Exchange.Kind(title).label), kind=_("Exchange"))
            case _thread:  # on the day it began
                fact = Fact(day, Precision.DAY, title, reverse("exchanges:thread", args=[pk]), _("Exchange in writing"))
        facts.append(fact)
    yield from sorted(facts, key=lambda fact: fact.on, reverse=True)


@prepared
def _history(city: int):
    """Of an exchange that was logged its kind: what was said stays with the unit."""
    no_instant, no_day = Cast(None, DateTimeField()), Cast(None, DateField())
    letters = Letter.objects.filter(city=city, message__state=State.SENT)
    exchanges, threads = Exchange.objects.filter(city=city), Thread.objects.filter(city=city)
    return letters.values_list(Value("letter"), "pk", "message__subject", "message__sent_at", no_day).union(
        exchanges.values_list(Value("exchange"), "pk", "kind", no_instant, "on"),
        threads.values_list(Value("thread"), "pk", "subject", "opened_at", no_day),
        all=True,
    )


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
