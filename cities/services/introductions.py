"""How an official writes to a colleague in another city, without seeing the address."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common import formats
from common.exceptions import Refused
from mail.services import queue_message

from ..models import Introduction, Term
from ..permissions import may_write_to_colleagues

PER_DAY = 10  # messages of one sender within 24 hours
DAY = timedelta(days=1)


def sent_within_a_day(sender: User, at: datetime) -> QuerySet[Introduction]:
    return Introduction.objects.filter(sender=sender, sent_at__gt=at - DAY)


def obstacles(term: Term, sender: User, at: datetime) -> Iterator[str]:
    """Why `sender` cannot write to the holder of this term at `at`; nothing means they can."""
    today = timezone.localdate(at)
    if not may_write_to_colleagues(sender, today):
        yield _("Officials who hold an office in a city or a network write here. Write to the unit instead.")
        return
    if not term.runs(today):
        yield _("This term of office has ended. See on the page of the city who holds the office now.")
    elif not term.may_be_written_to():
        yield _("This person has not agreed to be shown to the other cities. Write to the coordinator of the city.")
    elif term.contact.user_id == sender.pk:
        yield _("This is your own office. Choose a colleague.")
    elif not term.contact.email or term.contact.is_bouncing:
        yield _("No address that works is known for this office. Write to the unit, which knows whom to ask.")
    sent = sent_within_a_day(sender, at).order_by("-sent_at")
    if len(recent := list(sent[:PER_DAY])) == PER_DAY:
        yield _("You have written to %(count)s colleagues within a day. You can write again from %(at)s.") % {
            "count": PER_DAY,
            "at": formats.strasbourg_time(recent[-1].sent_at + DAY),
        }


@transaction.atomic
def write_to_colleague(
    term: Term, *, by: User, subject: str, text: str, copy: bool = False, at: datetime | None = None
) -> Introduction:
    """Send one message through the ledger; answers go to `by`, whose address the recipient sees. Raises Refused.

    The text is emptied from the ledger once it is sent. With `copy`, `by` gets it too.
    """
    at = at or timezone.now()
    User.objects.select_for_update().get(pk=by.pk)  # of two at once, the second counts the first
    term = Term.objects.select_related("contact", "city").get(pk=term.pk)
    if problems := list(obstacles(term, by, at)):
        raise Refused(problems)
    introduction = Introduction.objects.create(sender=by, term=term, sent_at=at)
    context = {
        "subject": subject,
        "text": text,
        "term": term,
        "city": term.city,
        "sender": by,
        "from_where": _where(by, at),
    }
    key = f"cities/introduction/{introduction.pk}"
    queue_message(
        "cities/introduction",
        to=term.contact,
        key=key,
        context=context,
        city=term.city,
        is_sensitive=True,
        reply_to=by.email,
    )
    if copy:
        queue_message("cities/introduction_copy", to=by, key=f"{key}/copy", context=context, is_sensitive=True)
    return introduction


def _where(sender: User, at: datetime) -> str:
    """The city or network that the sender serves, the first when there are several."""
    terms = Term.objects.open(timezone.localdate(at)).filter(contact__user=sender).select_related("city", "network")
    term = terms.order_by("started_on").first()
    return str(term.city or term.network) if term else ""
