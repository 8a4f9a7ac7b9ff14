"""What `bin/demo` does once the portal runs: the main job, for real, with the people who would do it."""

import time
from collections.abc import Callable

from django.core.management.base import CommandError
from django.urls import reverse

from accounts.models import User
from correspondence import services as correspondence
from correspondence.demo import SIGNATORY
from correspondence.models import Signatory
from icc_portal.demo_accounts import ACCOUNTS, PASSWORD, TOTP_SECRET
from mail.models import State
from reports import dispatch, services, signing
from reports.models import AnnualReport, Rendition

YEAR = 2020
PATIENCE = 20 * 60  # seconds without any progress

Sections = list[tuple[str, list[tuple[str, str]]]]
Progress = Callable[[str], None]


def prepare(progress: Progress) -> Sections:
    """Compile and send the annual report, telling `progress` each step; a second run finds it done.

    Returns titled pairs for the summary, `{address}` standing in it. Raises CommandError when work stands still.
    """
    author, approver = (User.objects.get(email=f"{name}@icc-portal.example") for name in ("programme", "head"))
    report = AnnualReport.objects.filter(year=YEAR).first()
    if report is None:
        progress(f"Creating the annual report {YEAR}")
        report = services.create_report(YEAR, by=author)
        report = signing.choose_signatory(report, Signatory.objects.filter(name=SIGNATORY).first(), by=author)
    if report.status == AnnualReport.Status.DRAFTING:
        progress("Freezing the facts of the year")
        services.freeze(report, by=author)
        report.refresh_from_db()
    if report.status == AnnualReport.Status.FROZEN:
        if not report.compiling_since:
            services.compile(report, by=author)
        _wait("Compiling", lambda: _compiled(report), progress)
        report.refresh_from_db()
    if report.status == AnnualReport.Status.COMPILED:
        progress("Approving the report as a second person")
        services.skip_round(report, reason="Demonstration: no city has been asked.", by=author)
        report = services.approve(report, by=approver)
    if report.status == AnnualReport.Status.APPROVED:
        progress("Preparing the mailing: each mayor with the letter and sheet of the city, and the report")
        dispatch.prepare_dispatch(report, by=author)
        report = dispatch.send(report, by=approver)
    _wait("Sending", lambda: _sent(report), progress)
    return [_result(report), _accounts()]


def _compiled(report: AnnualReport) -> tuple[int, int]:
    counts = services.progress(report)
    if counts["failed"]:
        broken = report.snapshot().renditions.filter(state=Rendition.State.FAILED).first()
        raise CommandError(f"{counts['failed']} documents could not be made. The first says: {broken.error}")
    report.refresh_from_db()
    done = counts["done"] - (report.status == AnnualReport.Status.FROZEN and counts["done"] == counts["total"])
    return done, counts["total"]


def _sent(report: AnnualReport) -> tuple[int, int]:
    counts = correspondence.progress(report.mailing)
    return counts["done"], counts["total"]


def _wait(what: str, count: Callable[[], tuple[int, int]], progress: Progress) -> None:
    """Show how far the workers are until they are done."""
    told, moved_at, last = -1, time.monotonic(), -1
    while True:
        done, total = count()
        if done != last:
            last, moved_at = done, time.monotonic()
        if done * 10 // total != told and total:
            told = done * 10 // total
            progress(f"{what}: {done} of {total}")
        if done >= total:
            return
        if time.monotonic() - moved_at > PATIENCE:
            raise CommandError(f"{what} stands still at {done} of {total}. See the logs in var/log/.")
        time.sleep(0.5)


def _result(report: AnnualReport) -> tuple[str, list[tuple[str, str]]]:
    counts = correspondence.progress(report.mailing)
    pages = [
        (language.upper(), f"{{address}}/{language}/reports/{report.year}/  ({rendition.pages} pages)")
        for language in ("en", "fr")
        for rendition in report.snapshot().renditions.filter(kind=Rendition.Kind.REPORT, language=language)
    ]
    states = ", ".join(f"{counts[state]} {state.label.lower()}" for state in State if state in counts)
    ledger = f"{{address}}/en/admin/mail/message/?mailing__exact={report.mailing.key}"
    return (f"The annual report {report.year}", [*pages, ("To the mayors", states), ("Each mail", ledger)])


def _accounts() -> tuple[str, list[tuple[str, str]]]:
    rows = [(account.email, f"{{address}}{reverse(account.page)}  {account.role}") for account in ACCOUNTS]
    return (
        f"Accounts, all with the password “{PASSWORD}”",
        [*rows, ("Second step of staff", f"the code of the moment is on {{address}}/en/demo/ (secret {TOTP_SECRET})")],
    )
