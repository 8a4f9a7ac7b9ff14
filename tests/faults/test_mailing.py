"""A whole mailing to mayors whose servers do all that servers do: each has exactly one mail, or a visible reason why not."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from correspondence import services
from correspondence.models import Mailing
from mail.models import Message, State
from mail.services import settle
from mail.tasks import BACK_OFF, send_due
from tests.access import sign_in
from tests.correspondence.factories import approved_mailing, cities_with_mayors
from tests.factories import CityFactory, StaffFactory
from tests.mail_server import DROP, HANG, SLOW

pytestmark = pytest.mark.django_db
FAULTS = {  # what the server does, when, how often; and what becomes of the mail
    "fine": (None, State.SENT),
    "busy once": (("451 4.3.0 Later", "rcpt", 1), State.SENT),
    "busy for ever": (("451 4.3.0 Later", "rcpt", None), State.FAILED),
    "unknown": (("550 5.1.1 No such user", "rcpt", None), State.FAILED),
    "too large": (("552 5.3.4 Too large", "data", None), State.FAILED),
    "hangs once": ((HANG, "rcpt", 1), State.SENT),
    "drops once": ((DROP, "rcpt", 1), State.SENT),
    "hangs after all": ((HANG, "data", 1), State.UNCERTAIN),
    "drops after all": ((DROP, "data", 1), State.UNCERTAIN),
    "accepts slowly": ((SLOW, "data", None), State.SENT),
}


def test_each_mayor_has_exactly_one_mail_or_a_visible_reason(client, mail_sink, settings):
    settings.EMAIL_TIMEOUT = 1
    sign_in(client, staff := StaffFactory())
    cities = dict(zip(FAULTS, cities_with_mayors(len(FAULTS)), strict=True))
    CityFactory(name="Vacant")
    mailing = services.dispatch(approved_mailing(), by=staff)
    mails = {name: Message.objects.get(city=city) for name, city in cities.items()}
    for name, (fault, _state) in FAULTS.items():
        if fault:
            answer, at, times = fault
            mail_sink.answer(answer, at=at, to=mails[name].to_address, times=times)

    for _ in range(len(BACK_OFF) + 1):
        Message.objects.filter(state=State.DEFERRED).update(not_before=timezone.now())  # as if the time had passed
        send_due(timezone.now() + timedelta(minutes=1))

    page = client.get(reverse("admin:correspondence_mailing_recipients", args=[mailing.pk])).content.decode()
    for name, (_fault, state) in FAULTS.items():
        mail = mails[name]
        mail.refresh_from_db()
        arrived = len(mail_sink.to(mail.to_address))
        assert (name, mail.state, arrived <= 1) == (name, state, True)
        assert (arrived == 1 and state == State.SENT) or (escape(mail.words) in page and mail.words)
    assert "Nobody holds the office on that day." in page

    for mail in Message.objects.filter(state=State.UNCERTAIN):
        settle(mail, as_sent=True, by=staff)
    services.follow_messages()
    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.FINISHED
