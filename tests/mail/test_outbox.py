"""What is promised in a transaction is sent after it, once, whatever breaks (M2, M3, M8, M9)."""

import logging
import os
import signal
import time
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from common.exceptions import Refused
from mail import services, tasks
from mail.models import Message, State
from mail.services import Recipient, queue_text
from mail.smtp import Connection
from mail.tasks import LEASE, claim, expire_leases, send_batch, send_due, sweep
from tests.factories import StaffFactory
from tests.mail.factories import queued
from tests.mail_server import HANG

TO = Recipient("office@city.example", "Office")


@pytest.fixture
def nudges(monkeypatch):
    """What reaches the broker."""
    sent = []
    monkeypatch.setattr(send_batch, "apply_async", lambda *args, **options: sent.append(options))
    return sent


# The promise -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_rolled_back_transaction_leaves_no_message_and_no_nudge(nudges):
    with transaction.atomic():
        queue_text("Subject", "Text", to=TO, key="a")
        transaction.set_rollback(True)

    assert (Message.objects.count(), nudges) == (0, [])


@pytest.mark.django_db(transaction=True)
def test_worker_is_nudged_once_and_only_after_commit(nudges):
    with transaction.atomic():
        queue_text("Subject", "Text", to=TO, key="a")
        with transaction.atomic():
            queue_text("Subject", "Text", to=TO, key="b")
        assert nudges == []

    assert nudges == [{"retry": False}]


@pytest.mark.django_db(transaction=True)
def test_broker_that_is_down_does_not_fail_the_request(monkeypatch, caplog):
    nobody = send_batch.app.connection_for_write("redis://127.0.0.1:9/0")
    publish = send_batch.apply_async
    monkeypatch.setattr(send_batch, "apply_async", lambda **options: publish(connection=nobody, **options))

    with caplog.at_level(logging.WARNING, "mail.services"):
        message = queue_text("Subject", "Text", to=TO, key="a")

    assert "the sweep will" in caplog.text
    assert message.state == State.QUEUED
    assert Message.objects.due(timezone.now()).exists()


@pytest.mark.django_db
def test_same_occasion_is_queued_once():
    first = queue_text("Subject", "Text", to=TO, key="reminder/7/2021-03-01")
    second = queue_text("Another subject", "Text", to=TO, key="reminder/7/2021-03-01")

    assert (first.pk, first.subject) == (second.pk, second.subject)
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_same_occasion_queued_by_two_processes_at_once_is_one_message():
    barrier = Barrier(4)

    def queue():
        barrier.wait()
        queue_text("Subject", "Text", to=TO, key="one")
        connection.close()

    threads = [Thread(target=queue) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_many_messages_are_queued_in_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        queued(50)


@pytest.mark.django_db
def test_subject_keeps_to_one_line():
    message = queue_text("Two\r\nBcc: all@city.example", "Text", to=TO, key="a")

    assert message.subject == "Two Bcc: all@city.example"


# Workers ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_worker_sends_what_was_queued(celery_worker_process, mail_sink):
    celery_worker_process(queues="mail")
    queued(3)

    mail_sink.wait_for(3)


@pytest.mark.django_db(transaction=True)
def test_sweep_has_what_the_broker_lost_sent(celery_worker_process, mail_sink, nudges, monkeypatch):
    queued(2)
    assert len(nudges) == 1  # and the broker lost it
    monkeypatch.undo()
    celery_worker_process(queues="mail")

    sweep.delay()

    mail_sink.wait_for(2)


@pytest.mark.django_db(transaction=True)
def test_killed_worker_repeats_nothing_and_leaves_the_one_in_flight_uncertain(celery_worker_process, mail_sink):
    mail_sink.answer(HANG, at="data", to="office3@city.example")
    first = celery_worker_process(queues="mail")
    queued(8)
    mail_sink.wait_for(4)  # the fourth was taken, its answer never comes

    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    mail_sink.accept()
    celery_worker_process(queues="mail")
    send_batch.delay()
    mail_sink.wait_for(8)
    wait_until(lambda: Message.objects.filter(state=State.SENT).count() == 7)
    expire_leases(timezone.now() + LEASE)
    send_due(timezone.now() + timedelta(minutes=1))

    assert Message.objects.get(to_address="office3@city.example").state == State.UNCERTAIN
    assert sorted(r.recipients[0] for r in mail_sink.received) == sorted(f"office{n}@city.example" for n in range(8))


def wait_until(condition, seconds=30):
    end = timezone.now() + timedelta(seconds=seconds)
    while not condition():
        assert timezone.now() < end
        time.sleep(0.1)


def race(mail_sink, workers=3):
    """Several workers send the same backlog at once; gives how many mails each address got."""
    mail_sink.received.clear()
    barrier = Barrier(workers)

    def work():
        barrier.wait()
        send_due(timezone.now() + timedelta(minutes=1))
        connection.close()

    threads = [Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [len(mail_sink.to(message.to_address)) for message in Message.objects.all()]


@pytest.mark.django_db(transaction=True)
def test_workers_that_share_a_backlog_send_each_message_once(mail_sink, nudges):
    queued(20)

    assert race(mail_sink) == [1] * 20


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_they_would_send_twice(mail_sink, nudges, monkeypatch):
    """The negative control: the same race, with a claim that everybody wins."""

    def careless_claim(message_id, at):
        Message.objects.filter(pk=message_id).update(state=State.SENDING, lease_until=at + LEASE)
        return Message.objects.get(pk=message_id)

    monkeypatch.setattr(tasks, "claim", careless_claim)
    queued(20)

    assert max(race(mail_sink)) > 1


@pytest.mark.django_db(transaction=True)
def test_task_delivered_twice_sends_once(mail_sink, nudges):
    queued(3)

    send_batch()
    send_batch()

    assert len(mail_sink.received) == 3


# What staff decide -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_failed_message_can_be_sent_again_with_the_same_message_id(mail_sink):
    (message,) = queued()
    mail_sink.answer("550 5.1.1 No such user", times=1)
    send_due(timezone.now() + timedelta(minutes=1))
    staff = StaffFactory()

    services.retry(message, by=staff)
    send_due(timezone.now() + timedelta(minutes=1))

    message.refresh_from_db()
    assert (message.state, message.handled_by) == (State.SENT, staff)
    assert mail_sink.received[0].message["Message-ID"] == message.message_id


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.SENT, State.SKIPPED, State.UNCERTAIN])
def test_what_may_have_arrived_is_not_sent_again(state):
    (message,) = queued()
    Message.objects.update(state=state, sent_at=timezone.now())

    with pytest.raises(Refused, match="cannot be done while"):
        services.retry(message, by=StaffFactory())


@pytest.mark.django_db
@pytest.mark.parametrize(("as_sent", "state"), [(True, State.SENT), (False, State.FAILED)])
def test_uncertain_message_is_settled_by_a_person(as_sent, state):
    (message,) = queued()
    Message.objects.update(state=State.UNCERTAIN)

    services.settle(message, as_sent=as_sent, by=StaffFactory())

    assert message.state == state
    with pytest.raises(Refused):
        services.settle(message, as_sent=as_sent, by=StaffFactory())


@pytest.mark.django_db
def test_message_under_way_cannot_be_cancelled():
    (message,) = queued()
    claim(message.pk, timezone.now())

    with pytest.raises(Refused, match="Sending"):
        services.cancel(message, by=StaffFactory())


@pytest.mark.django_db
def test_secret_that_is_gone_cannot_be_sent_again():
    (message,) = queued(is_sensitive=True)
    services.cancel(message, by=StaffFactory())

    with pytest.raises(Refused, match="Ask for a new message"):
        services.retry(message, by=StaffFactory())


@pytest.mark.django_db
def test_empty_mailing_never_means_every_message():
    with pytest.raises(ValueError, match="every single message"):
        services.cancel_mailing("", by=StaffFactory())


# After a restore -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_after_a_restore_older_messages_wait_for_a_person(mail_sink, capsys):
    old, flying, new = queued(3)
    claim(flying.pk, timezone.now())
    restored_at = timezone.now() - timedelta(hours=1)
    Message.objects.filter(pk__in=[old.pk, flying.pk]).update(queued_at=restored_at - timedelta(hours=1))

    call_command("hold_mail", before=restored_at.isoformat())
    send_due(timezone.now() + timedelta(minutes=1))

    for message in (old, flying, new):
        message.refresh_from_db()
    assert (old.state, flying.state, new.state) == (State.HELD, State.UNCERTAIN, State.SENT)
    assert "Held: 1. Uncertain (being sent when the backup was made): 1." in capsys.readouterr().out

    services.retry(old, by=StaffFactory())
    send_due(timezone.now() + timedelta(minutes=1))
    assert len(mail_sink.received) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", ""])
def test_hold_mail_says_how_to_write_an_instant(text):
    with pytest.raises(CommandError, match="Write it as 2026-03-01"):
        call_command("hold_mail", since=text or "-")


@pytest.mark.django_db
def test_hold_mail_refuses_an_empty_span():
    with pytest.raises(CommandError, match="--since is later than --before"):
        call_command("hold_mail", before="2026-01-01", since="2026-02-01")


def test_connection_that_was_closed_by_an_idle_server_is_opened_again(mail_sink):
    with Connection() as smtp:
        smtp.open()
        smtp.backend.connection.close()
        smtp.open()

        assert mail_sink.sessions == 2
