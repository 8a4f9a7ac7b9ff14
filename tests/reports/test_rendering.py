"""How rendering is spread over processes: a worker rehearses before it forks them, and batches of letters grow short."""

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from common import pdf_speed
from reports import render
from reports.models import Rendition
from tests.reports.factories import frozen, programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(monkeypatch) -> list[Rendition]:
    """The documents of which bytes were made."""
    documents: list[Rendition] = []
    make = render.make
    monkeypatch.setattr(render, "make", lambda rendition: documents.append(rendition) or make(rendition))
    return documents


def test_a_letter_in_each_language_is_rendered_and_nothing_comes_of_it(made):
    programme()
    frozen()
    before = list(Rendition.objects.order_by("pk").values()), default_storage.listdir("")
    pdf_speed._lines.clear()

    render.rehearse()

    assert {(letter.kind, letter.language) for letter in made} == {("letter", "en"), ("letter", "fr")}
    assert len(made) == 2
    assert pdf_speed._lines
    assert (list(Rendition.objects.order_by("pk").values()), default_storage.listdir("")) == before


def test_without_a_frozen_report_there_is_nothing_to_rehearse(made):
    render.rehearse()

    assert made == []


def test_a_worker_starts_although_it_cannot_rehearse(caplog):
    def refused(*args):
        raise connection.Database.OperationalError("the server is not there")

    with connection.execute_wrapper(refused):
        render.rehearse()

    assert "the server is not there" in caplog.text


@pytest.mark.parametrize(("queues", "does"), [("render", True), ("mail", False)])
def test_only_a_worker_that_renders_rehearses_before_it_is_ready(queues, does, celery_worker_process):
    programme()
    frozen()

    log = celery_worker_process(queues=queues, LOG_LEVEL="INFO").log_path.read_text()

    assert ("Creating PDF" in log.partition(" ready.")[0]) is does


def test_letters_come_in_batches_of_which_the_last_are_short():
    letters = list(range(150))

    batches = list(render.parts(letters))

    assert [letter for batch in batches for letter in batch] == letters
    assert [len(batch) for batch in batches][:4] == [25, 25, 25, 18]
    assert all(len(batch) <= 3 for batch in batches[-3:])
    assert list(render.parts([])) == []
