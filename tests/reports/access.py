"""An approved report is public; single letters are for the unit."""

from datetime import timedelta

from django.utils import timezone

from reports import services
from tests.access import Row
from tests.reports.factories import quickly_compiled

YEAR = 2020
EVERYBODY = "200    200      200   200     200      200   200"
UNIT = "login  403      403   403     403      200   200"


def make(world):
    """A report that staff froze and the head approved, with documents of a few bytes."""
    report = services.create_report(YEAR, by=world.users["staff"])
    services.freeze(report, by=world.users["staff"])
    report.refresh_from_db()
    quickly_compiled(report)
    services.open_round(report, until=timezone.localdate() + timedelta(days=30), by=world.users["staff"])
    services.skip_round(report, reason="The cities saw their sheets at the meeting.", by=world.users["staff"])
    world.report = services.approve(report, by=world.users["head"])

    other = services.create_report(YEAR - 1, by=world.users["staff"])
    due_on = timezone.localdate() + timedelta(days=30)
    world.section = services.ask_networks(other, [world.network], due_on=due_on, by=world.users["staff"])[0]


def year(world):
    return [YEAR]


ROWS = {
    #                           public official other network assessor staff head
    "reports:list": Row(EVERYBODY),
    "reports:detail": Row(EVERYBODY, year),
    "reports:pdf": Row(EVERYBODY, lambda w: [YEAR, "en"], why="a file"),
    "reports:annex": Row(EVERYBODY, lambda w: [YEAR, "en"], why="a file"),
    "reports:letter": Row(UNIT, lambda w: [YEAR, w.city.slug], why="a file"),
    # the coordinator of the network writes; the unit reads in the administration
    "reports:section": Row("login  404      404   200     404      302   302", lambda w: [w.section.pk]),
    "reports:section-live": Row("login  405      405   405     405      405   405", lambda w: [w.section.pk]),
    "reports:sheet": Row("login  200      404   200     404      200   200", lambda w: [YEAR, w.city.slug]),
    "reports:sheet-pdf": Row(
        "login  200      404   200     404      200   200", lambda w: [YEAR, w.city.slug], why="a file"
    ),
    "reports:draft": Row("login  403      403   403     403      404   404", lambda w: [YEAR, "report", "en"]),
}
