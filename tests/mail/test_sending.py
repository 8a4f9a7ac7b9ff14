"""From the outbox over a real SMTP server: what the server says decides the state (M1, M3, M4)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mail.models import Message, State
from mail.services import attach
from mail.tasks import BACK_OFF, LEASE, claim, deliver, expire_leases, record, send_due
from tests.mail.factories import queued
from tests.mail_server import DROP, HANG, SLOW

pytestmark = pytest.mark.django_db


def send() -> bool:
    """What a worker does when it is nudged."""
    return send_due(timezone.now() + timedelta(minutes=1))


def states() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("state", flat=True))


def test_message_is_sent_with_the_reply_of_the_server(mail_sink):
    (message,) = queued()

    send()

    message.refresh_from_db()
    assert (message.state, message.server_reply, message.attempts) == (State.SENT, "250 2.0.0 OK", 1)
    assert message.sent_at and message.lease_until is None
    assert len(mail_sink.received) == 1


def test_batch_uses_one_connection(mail_sink):
    queued(20)

    send()

    assert (states(), mail_sink.sessions) == ([State.SENT] * 20, 1)


def test_temporary_refusal_is_deferred_with_the_words_of_the_server_and_longer_each_time(mail_sink):
    queued(1)
    mail_sink.answer("451 4.3.0 Try later")

    waits = []
    for _ in range(2):
        Message.objects.update(not_before=timezone.now())
        send()
        message = Message.objects.get()
        waits.append(round((message.not_before - timezone.now()).total_seconds() / 60))

    assert (message.state, message.server_reply) == (State.DEFERRED, "451 4.3.0 Try later")
    assert waits == [BACK_OFF[0].seconds // 60, BACK_OFF[1].seconds // 60]


def test_deferred_message_is_not_tried_before_its_time_and_sent_then(mail_sink):
    queued(1)
    mail_sink.answer("451 4.3.0 Try later", times=1)

    send()
    send()
    assert states() == [State.DEFERRED]
    Message.objects.update(not_before=timezone.now())
    send()

    assert (states(), len(mail_sink.received)) == ([State.SENT], 1)


def test_message_that_is_put_off_too_often_fails(mail_sink):
    queued(1)
    Message.objects.update(attempts=len(BACK_OFF))
    mail_sink.answer("451 4.3.0 Try later")

    send()

    assert states() == [State.FAILED]


def test_refused_recipient_fails_and_never_stops_the_rest(mail_sink):
    queued(3)
    mail_sink.answer("550 5.1.1 No such user", to="office1@city.example")

    send()

    assert states() == [State.SENT, State.FAILED, State.SENT]
    assert Message.objects.get(state=State.FAILED).server_reply == "550 5.1.1 No such user"
    assert mail_sink.sessions == 1


def test_refusal_of_the_content_fails(mail_sink):
    queued(2)
    mail_sink.answer("554 5.7.1 Looks like spam", at="data", times=1)

    send()

    assert (states(), len(mail_sink.received)) == ([State.FAILED, State.SENT], 1)


def test_address_that_no_mail_can_carry_fails_alone(mail_sink):
    queued(3)
    Message.objects.filter(key="test/1").update(to_address="évora@city.example")

    send()

    assert states() == [State.SENT, State.FAILED, State.SENT]
    assert "before the @" in Message.objects.get(state=State.FAILED).server_reply


def test_attachment_that_cannot_be_read_waits_alone(mail_sink):
    gone = attach("gone.pdf", b"%PDF-1.7 gone")
    queued(1, attachments=[gone])
    queued(1)
    gone.file.storage.delete(gone.file.name)

    send()

    assert states() == [State.DEFERRED, State.SENT]


@pytest.mark.parametrize("fault", [DROP, HANG])
def test_lost_answer_after_the_content_is_uncertain_and_never_sent_again_by_itself(mail_sink, settings, fault):
    settings.EMAIL_TIMEOUT = 1
    queued(3)
    mail_sink.answer(fault, at="data", to="office1@city.example")

    send()
    send()
    sweep_and_send(timezone.now() + timedelta(days=30))

    assert states() == [State.SENT, State.UNCERTAIN, State.SENT]
    assert len(mail_sink.to("office1@city.example")) == 1


def sweep_and_send(at):
    expire_leases(at)
    send()


@pytest.mark.parametrize("fault", [DROP, HANG])
def test_connection_lost_before_the_content_is_tried_again(mail_sink, settings, fault):
    settings.EMAIL_TIMEOUT = 1
    queued(2)
    mail_sink.answer(fault, at="rcpt", times=1)

    send()
    assert states() == [State.DEFERRED, State.SENT]
    Message.objects.update(not_before=timezone.now())
    send()

    assert states() == [State.SENT, State.SENT]
    assert len(mail_sink.received) == 2


@pytest.mark.parametrize("at", ["rcpt", "data"])
def test_slow_server_is_waited_for_within_the_lease(mail_sink, settings, at):
    queued(2)
    mail_sink.answer(SLOW, at=at)

    send()

    assert (states(), mail_sink.sessions) == ([State.SENT, State.SENT], 1)
    assert timedelta(seconds=5 * 30) < LEASE  # five commands, each as slow as EMAIL_TIMEOUT allows


def test_server_that_is_down_leaves_the_mail_queued_and_costs_no_attempt(mail_sink, settings):
    queued(2)
    settings.EMAIL_PORT = 9

    send()

    assert states() == [State.QUEUED] * 2
    assert set(Message.objects.values_list("attempts", flat=True)) == {0}


def test_claim_is_won_once():
    (message,) = queued()
    now = timezone.now()

    assert claim(message.pk, now) is not None
    assert claim(message.pk, now) is None


def test_lease_that_ran_out_is_uncertain_with_the_reason():
    (message,) = queued()
    now = timezone.now()
    claim(message.pk, now)

    assert expire_leases(now + LEASE - timedelta(seconds=1)) == 0
    assert expire_leases(now + LEASE) == 1

    message.refresh_from_db()
    assert message.state == State.UNCERTAIN and "may have taken" in message.reason


def test_late_worker_still_tells_what_the_server_said(mail_sink):
    """A worker that was only slow comes back after its lease: its word settles the message."""
    from mail.smtp import Connection

    (message,) = queued()
    now = timezone.now()
    claimed = claim(message.pk, now)
    expire_leases(now + LEASE)
    with Connection() as connection:
        connection.open()
        record(claimed, deliver(claimed, connection, now), now)

    assert states() == [State.SENT]


def test_message_for_later_waits(mail_sink):
    queued(1, not_before=timezone.now() + timedelta(hours=1))

    send()

    assert (states(), mail_sink.received) == ([State.QUEUED], [])


def test_single_messages_go_before_the_mass(mail_sink):
    queued(3, mailing="mailing/1")
    queued(1)

    send()

    assert mail_sink.received[0].recipients == ["office3@city.example"]


def test_sensitive_text_is_emptied_once_sent(mail_sink):
    queued(1, is_sensitive=True, body="Your link: https://portal.example/secret")

    send()

    assert "secret" in mail_sink.received[0].message.get_body(["plain"]).get_content()
    assert Message.objects.get().body == ""
