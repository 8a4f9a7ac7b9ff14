"""An approved report is public; single letters are for the unit, and for a mayor's office through its link."""

from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from reports import dispatch, services
from reports.models import AnnualReport, Rendition
from tests.access import Row

YEAR = 2020
EVERYBODY = "200    200      200   200     200      200   200"
UNIT = "login  403      403   403     403      200   200"


def make(world):
    """A report that staff froze and the head approved, with documents of a few bytes."""
    report = services.create_report(YEAR, by=world.users["staff"])
    services.freeze(report, by=world.users["staff"])
    report.refresh_from_db()
    content = b"%PDF-1.7"
    stored = default_storage.save("reports/small.pdf", ContentFile(content))
    report.snapshot().renditions.update(
        state=Rendition.State.DONE,
        file=stored,
        sha256=sha256(content).hexdigest(),
        size=len(content),
        pages=1,
        finished_at=timezone.now(),
    )
    AnnualReport.objects.filter(pk=report.pk).update(status=AnnualReport.Status.COMPILED)
    world.report = services.approve(report, by=world.users["head"])
    with transaction.atomic():
        link = dispatch.open_link(world.report, world.city, timezone.now())
    world.token = dispatch.token(link)


def year(world):
    return [YEAR]


ROWS = {
    #                           public official other network assessor staff head
    "reports:list": Row(EVERYBODY),
    "reports:detail": Row(EVERYBODY, year),
    "reports:pdf": Row(EVERYBODY, lambda w: [YEAR, "en"], why="a file"),
    "reports:annex": Row(EVERYBODY, lambda w: [YEAR, "en"], why="a file"),
    "reports:letter": Row(UNIT, lambda w: [YEAR, w.city.slug], why="a file"),
    "reports:mayor": Row(EVERYBODY, lambda w: [w.token]),
    "reports:mayor-file": Row(EVERYBODY, lambda w: [w.token, "letter"], why="a file"),
}
