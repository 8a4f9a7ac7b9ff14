"""What the outbox tells the pages that gather from all apps."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.summary import Fact, Figure, Item

from .models import WAITING, Bounce, Message, State

LATE = timedelta(minutes=10)


def needs_attention(user: Any, at: datetime, cities: list[Any]) -> Iterator[Item]:
    """Messages that a person has to look at (unit staff)."""
    if not (user.is_staff and user.has_perm("mail.view_message")):
        return
    counts = Message.objects.aggregate(
        **{
            state.value: Count("pk", filter=Q(state=state))
            for state in (State.FAILED, State.UNCERTAIN, State.BOUNCED, State.HELD)
        },
        late=Count("pk", filter=Q(state__in=WAITING, not_before__lte=at - LATE)),
    )
    sentences = {
        State.UNCERTAIN: lambda n: ngettext(
            "%(n)s mail whose arrival nobody knows", "%(n)s mails whose arrival nobody knows", n
        ),
        State.FAILED: lambda n: ngettext("%(n)s mail was refused", "%(n)s mails were refused", n),
        State.BOUNCED: lambda n: ngettext("%(n)s mail came back", "%(n)s mails came back", n),
        State.HELD: lambda n: ngettext("%(n)s mail is held", "%(n)s mails are held", n),
    }
    for state, sentence in sentences.items():
        if n := counts[state.value]:
            title = sentence(n) % {"n": n}
            yield Item(
                title, _ledger(state), tone="bad" if state == State.FAILED else "warn", count=n, is_staff_only=True
            )
    if n := Bounce.objects.filter(is_open=True).count():
        title = ngettext(
            "%(n)s mail came back and matches no message", "%(n)s mails came back and match no message", n
        ) % {"n": n}
        url = f"{reverse('admin:mail_bounce_changelist')}?{urlencode({'is_open__exact': 1})}"
        yield Item(
            title,
            url,
            detail=_("Read them, and say when they are dealt with."),
            tone="warn",
            count=n,
            is_staff_only=True,
        )
    if n := counts["late"]:
        title = ngettext("%(n)s mail waits for the mail server", "%(n)s mails wait for the mail server", n) % {"n": n}
        detail = _("They were due more than ten minutes ago. Are the workers and the mail server running?")
        yield Item(title, _ledger(State.QUEUED), detail=detail, tone="bad", count=n, is_staff_only=True)


def _ledger(state: State) -> str:
    return f"{reverse('admin:mail_message_changelist')}?{urlencode({'state__exact': state.value})}"


def history(city: Any) -> Iterator[Fact]:
    """Letters are told by `correspondence`; single notices are not history."""
    return iter(())


def figures(year: int) -> Iterator[Figure]:
    return iter(())
