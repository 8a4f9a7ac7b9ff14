"""A mailing whose letters are being made: workers die, the disk is full, one name cannot be printed."""

import os
import signal
import time
from hashlib import sha256

import pytest
from django.conf import settings
from django.utils import timezone

from correspondence import services
from correspondence.models import Mailing
from correspondence.summary import needs_attention
from correspondence.tasks import render_letters
from mail.models import Attachment
from tests.correspondence.factories import cities_with_mayors
from tests.correspondence.test_letters import letter_mailing
from tests.factories import StaffFactory
from tests.faults.test_disk import little_room

Status = Mailing.Status


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def each_letter_exists_once_and_whole(mailing: Mailing) -> bool:
    files = list((settings.MEDIA_ROOT / "mail").iterdir())
    kept = {sha256(path.read_bytes()).hexdigest() for path in files}
    letters = mailing.letters.filter(skip_reason="")
    attached = [file.sha256 for letter in letters for file in letter.attachments.all()]
    return len(files) == len(attached) == letters.count() and kept == set(attached)


@pytest.mark.django_db
def test_full_disk_is_told_and_letters_are_made_once_there_is_room():
    cities_with_mayors(2)
    mailing = services.prepare(letter_mailing())

    with little_room(4000):
        render_letters(mailing.pk)

    mailing.refresh_from_db()
    assert (mailing.status, Attachment.objects.count()) == (Status.RENDERING, 0)
    assert mailing.trouble.count("File too large") == 2
    (item,) = needs_attention(StaffFactory(), timezone.now(), [])
    assert "File too large" in item.detail

    render_letters(mailing.pk)  # the sweep hands them out again each minute

    mailing.refresh_from_db()
    assert (mailing.status, mailing.trouble) == (Status.PREPARED, "")
    assert each_letter_exists_once_and_whole(mailing)


@pytest.mark.django_db
def test_letter_that_cannot_be_printed_never_stops_the_rest_and_is_named():
    broken, *_rest = cities_with_mayors(3)
    mailing = services.prepare(letter_mailing())
    mailing.letters.filter(city=broken).update(addressee="\U0001cc00\ue000")  # no font has it

    render_letters(mailing.pk)

    mailing.refresh_from_db()
    assert mailing.letters.filter(is_rendered=True).count() == 2
    assert mailing.status == Status.RENDERING and mailing.trouble.startswith(f"{broken}: ")


@pytest.mark.django_db(transaction=True)
def test_killed_worker_leaves_letters_that_the_next_one_makes_once(celery_worker_process):
    cities_with_mayors(12)
    worker = celery_worker_process(queues="render")
    mailing = services.prepare(letter_mailing())
    made = mailing.letters.filter(is_rendered=True)
    until(lambda: made.count() >= 2)

    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    assert made.count() < 12
    celery_worker_process(queues="render")
    services.follow_messages()  # as the sweep does each minute

    until(lambda: Mailing.objects.get(pk=mailing.pk).status == Status.PREPARED)
    assert each_letter_exists_once_and_whole(mailing)


def until(condition, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
