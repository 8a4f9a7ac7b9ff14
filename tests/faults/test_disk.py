"""No room for the documents: the kernel refuses to write, the rows say so, and afterwards each document exists once, whole."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import pytest
from django.conf import settings

from reports import render, services
from reports.models import AnnualReport, Rendition
from reports.tasks import render_documents
from tests.factories import StaffFactory
from tests.reports.factories import frozen, programme

pytestmark = pytest.mark.django_db
Status, State = AnnualReport.Status, Rendition.State
ROOM = 100_000


@contextmanager
def little_room(room: int = ROOM) -> Iterator[None]:
    """No file of this process grows beyond `room` bytes: writing on is an OSError, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def documents(monkeypatch, settings, tmp_path):
    """Contents of two sizes instead of renderings: what matters here is that they are written."""

    settings.MEDIA_ROOT = tmp_path

    def make(rendition: Rendition) -> render.Made:
        size = ROOM * 3 if rendition.kind == Rendition.Kind.REPORT else 1000
        content = f"%PDF-1.7 {rendition.kind} {rendition.language} {rendition.city_id}".encode()
        return render.Made(content.ljust(size, b"."), 1)

    monkeypatch.setattr(render, "make", make)


def stored(report: AnnualReport) -> dict[str, str]:
    """Each file in the folder of the snapshot: its name and the fingerprint of what it holds."""
    folder = settings.MEDIA_ROOT / "reports" / str(report.snapshot().pk)
    return {path.stem: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_full_disk_fails_what_does_not_fit_and_compiling_again_makes_each_document_once(documents):
    programme()
    report = frozen()
    services.compile(report, by=StaffFactory())
    rows = report.snapshot().renditions
    pks = list(rows.values_list("pk", flat=True))

    with little_room():
        for _ in range(render.MAX_ATTEMPTS):  # the sweep hands them out again each minute
            render.render_all(pks)

    report.refresh_from_db()
    failed = rows.filter(state=State.FAILED)
    assert (report.status, report.compiling_since) == (Status.FROZEN, None)
    assert set(failed.values_list("kind", flat=True)) == {Rendition.Kind.REPORT}
    assert all("File too large" in row.error for row in failed)
    assert rows.filter(state=State.DONE).count() == len(pks) - 2

    services.compile(report, by=StaffFactory())
    render.render_all(pks)

    report.refresh_from_db()
    assert report.status == Status.COMPILED
    assert list(services.damaged(report.snapshot())) == []
    assert stored(report) == {digest: digest for digest in rows.values_list("sha256", flat=True)}


def test_task_delivered_twice_makes_each_document_once(documents):
    programme()
    report = frozen()
    services.compile(report, by=StaffFactory())
    rows = report.snapshot().renditions
    pks = list(rows.values_list("pk", flat=True))

    render_documents(pks)
    render_documents(pks)

    report.refresh_from_db()
    assert report.status == Status.COMPILED
    assert set(rows.values_list("attempts", flat=True)) == {1}
    assert len(stored(report)) == len(pks)
