"""Limits of the mail server hold over all workers together."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from mail import limits
from mail.models import Message
from mail.tasks import send_batch, send_due
from tests.mail.factories import queued


def together(count: int, work) -> list:
    """What `work` gives in each of `count` threads that start at once, each with its own connection to the database."""
    barrier, given = Barrier(count), []

    def run():
        barrier.wait()
        try:
            given.append(work())
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


@pytest.mark.django_db
def test_a_minute_takes_so_many_messages_however_many_ask(settings):
    settings.MAIL_PER_MINUTE = 10
    at = timezone.now()

    asked = together(4, lambda: [limits.may_send(at, is_mass=False) for _ in range(5)])

    assert sum(sum(answers) for answers in asked) == 10
    assert limits.may_send(at + timedelta(minutes=1), is_mass=False)


@pytest.mark.django_db
def test_mass_leaves_a_tenth_of_the_minute_to_single_messages(settings):
    settings.MAIL_PER_MINUTE = 10
    at = timezone.now()

    assert [limits.may_send(at, is_mass=True) for _ in range(10)] == [True] * 9 + [False]


@pytest.mark.django_db
def test_what_is_above_the_limit_waits_untried(settings, mail_sink, monkeypatch):
    settings.MAIL_PER_MINUTE = 2
    minute = timezone.now()
    ask = limits.may_send
    monkeypatch.setattr(limits, "may_send", lambda at, *, is_mass: ask(minute, is_mass=is_mass))
    queued(4)

    assert not send_due(timezone.now() + timedelta(minutes=1))

    assert len(mail_sink.received) == 2
    assert sorted(Message.objects.values_list("state", "attempts")) == [("queued", 0)] * 2 + [("sent", 1)] * 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("limit", "most"), [(1, 1), (0, 3)])
def test_workers_share_the_connections_that_the_server_allows(celery_worker_process, mail_sink, settings, limit, most):
    """0 is the negative control: without the limit each of three worker processes has its own connection."""
    mail_sink.gather(3)
    celery_worker_process(queues="mail", concurrency=3, MAIL_CONNECTIONS=str(limit))
    queued(6)
    for _ in range(3):
        send_batch.delay()

    mail_sink.wait_for(6)

    assert mail_sink.most_at_once == most


@pytest.mark.django_db(transaction=True)
def test_place_of_a_process_that_died_is_free_again(settings):
    settings.MAIL_CONNECTIONS = 1

    def die() -> bool:
        with limits.place_at_server() as is_free:
            connection.close()  # as the kernel does for a killed worker
            return is_free

    assert together(1, die) == [True]
    with limits.place_at_server() as is_free:
        assert is_free
        assert together(1, is_free_now) == [False]


def is_free_now() -> bool:
    with limits.place_at_server() as is_free:
        return is_free
