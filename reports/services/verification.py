"""The cities verify their sheets before the report is approved: confirm, or ask for a correction, until a date.

A round belongs to one frozen version. After a correction the next version asks again only where the sheet changed.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cities.models import City, Contact, Office, Term
from common import formats
from common.exceptions import Refused, Stale
from mail.services import queue_message

from .. import occasions, snapshot
from ..models import AnnualReport, CityCheck, Snapshot, Verification
from .writing import locked

Status, State = AnnualReport.Status, CityCheck.State
REMIND_BEFORE = (3,)  # days before the last day
COORDINATORS = [Office.COORDINATOR, Office.DEPUTY_COORDINATOR]


def sheet_hash(sheet: dict) -> str:
    """Of what a city verifies: its part of the snapshot."""
    return snapshot.digest(snapshot.canonical(sheet))


def current_round(report: AnnualReport) -> Verification | None:
    """The round on the version that holds now."""
    return Verification.objects.filter(snapshot=report.snapshot()).first()


# What the unit does ----------------------------------------------------------------------------


@transaction.atomic
def open_round(report: AnnualReport, *, until: date, by: User, at: datetime | None = None) -> Verification:
    """Ask each member city to verify its sheet up to the end of the day `until`. The mails go from `remind`."""
    at = at or timezone.now()
    report = locked(report)
    if report.status != Status.COMPILED:
        raise Refused([_("Compile the report first; the cities verify the finished sheets.")])
    if until <= timezone.localdate(at):
        raise Refused([_("Choose a date after today, so that the cities have time to answer.")])
    frozen = report.freezes().latest("version")
    if Verification.objects.filter(snapshot=frozen).exists():
        raise Refused([_("The cities were asked about this version already, or it was said why not.")])
    found = Verification.objects.create(snapshot=frozen, until=until, opened_at=at, opened_by=by)
    CityCheck.objects.bulk_create(new_checks(found, frozen, at))
    transaction.on_commit(_send_soon)
    return found


def new_checks(found: Verification, frozen: Snapshot, at: datetime) -> Iterator[CityCheck]:
    """A row for each city; it keeps the answer to the version before where the sheet is the same."""
    before: dict[int, CityCheck] = {}
    earlier = CityCheck.objects.filter(verification__snapshot__report=frozen.report_id)
    for check in earlier.order_by("verification__snapshot__version").select_related("verification__snapshot"):
        before[check.city_id] = check
    sheets = json.loads(frozen.data)["cities"]
    cities = dict(City.objects.filter(slug__in=sheets).values_list("slug", "pk"))
    asked = coordinators(timezone.localdate(at))
    for slug, sheet in sheets.items():
        pk, digest = cities[slug], sheet_hash(sheet)
        check = CityCheck(verification=found, city_id=pk, sheet_sha256=digest, state=State.WAITING)
        last = before.get(pk)
        if last and last.sheet_sha256 == digest and last.state in (State.CONFIRMED, State.SILENT):
            check.state, check.said_at, check.said_by_id = last.state, last.said_at, last.said_by_id
            check.kept_from = last.kept_from or last.verification.snapshot.version
        elif pk not in asked:
            check.state = State.UNREACHED
        yield check


def coordinators(on: date) -> dict[int, list[Contact]]:
    """By city, the coordinators and deputies whom mail reaches."""
    found: dict[int, list[Contact]] = {}
    for term in Term.objects.open(on).filter(office__in=COORDINATORS, city__isnull=False).select_related("contact"):
        for contact in occasions.reachable([term]):
            found.setdefault(term.city_id, []).append(contact)
    return found


@transaction.atomic
def skip_round(report: AnnualReport, *, reason: str, by: User, at: datetime | None = None) -> Verification:
    """Approve without the cities, or without waiting for them any longer; the reason stays on record."""
    at = at or timezone.now()
    report = locked(report)
    if report.status != Status.COMPILED:
        raise Refused([_("Only a compiled report that is not approved yet is verified by the cities.")])
    if not reason.strip():
        raise Refused([_("Say why the cities do not verify this version; it stays on record.")])
    frozen = report.freezes().latest("version")
    values = {"opened_at": at, "opened_by": by, "closed_at": at, "skipped_reason": reason.strip(), "skipped_by": by}
    found, created = Verification.objects.get_or_create(snapshot=frozen, defaults=values)
    if not created:
        found.skipped_reason, found.skipped_by, found.closed_at = reason.strip(), by, found.closed_at or at
        found.save(update_fields=["skipped_reason", "skipped_by", "closed_at"])
    return found


def end_round(report: AnnualReport, at: datetime) -> None:
    """The version is withdrawn: nobody's silence counts for it any more."""
    Verification.objects.filter(snapshot__report=report, closed_at=None).update(closed_at=at)


@transaction.atomic
def answer_request(check: CityCheck, *, answer: str, by: User, at: datetime | None = None) -> CityCheck:
    """Tell a city what became of its request."""
    check = CityCheck.objects.select_for_update(of=("self",)).select_related("city", "said_by").get(pk=check.pk)
    if check.state != State.CORRECTION:
        raise Refused([_("This city does not ask for a correction now.")])
    if not answer.strip():
        raise Refused([_("Say what became of the request; the city reads it.")])
    check.state, check.answer, check.answered_at, check.answered_by = (
        State.ANSWERED,
        answer.strip(),
        at or timezone.now(),
        by,
    )
    check._history_user = by  # type: ignore[attr-defined]
    check.save(update_fields=["state", "answer", "answered_at", "answered_by"])
    if check.said_by:
        key = f"reports/check_answered/{check.pk}/{check.answered_at.isoformat()}"
        queue_message("reports/check_answered", to=check.said_by, key=key, context={"check": check}, city=check.city)
    return check


# What a city does ------------------------------------------------------------------------------


@transaction.atomic
def confirm_sheet(check: CityCheck, *, by: User, seen: str, at: datetime | None = None) -> CityCheck:
    """The sheet is right. `seen` is the state that the page showed; raises Stale when a colleague answered since."""
    return _say(check, State.CONFIRMED, by=by, seen=seen, at=at or timezone.now())


@transaction.atomic
def ask_correction(check: CityCheck, *, request: str, by: User, seen: str, at: datetime | None = None) -> CityCheck:
    """Something in the sheet is wrong: a task for the unit, and no approval before it is answered."""
    if not request.strip():
        raise Refused([_("Say what should be corrected, and how.")])
    return _say(check, State.CORRECTION, by=by, seen=seen, at=at or timezone.now(), request=request.strip())


def _say(check: CityCheck, state: str, *, by: User, seen: str, at: datetime, request: str = "") -> CityCheck:
    report = locked(check.verification.snapshot.report)
    check = CityCheck.objects.select_for_update(of=("self",)).select_related("verification").get(pk=check.pk)
    if report.status != Status.COMPILED or not is_open(check.verification, at):
        raise Refused([_("This version is not open for answers any more. Write to the unit.")])
    if check.state != seen:
        raise Stale(check)
    check.state, check.said_at, check.said_by, check.request = state, at, by, request
    check.answer, check.answered_at, check.answered_by, check.kept_from = "", None, None, None
    check._history_user = by  # type: ignore[attr-defined]
    check.save()
    return check


def is_open(found: Verification, at: datetime) -> bool:
    return found.closed_at is None and found.until is not None and timezone.localdate(at) <= found.until


# By the clock ----------------------------------------------------------------------------------


def remind(at: datetime) -> int:
    """Write to the coordinators of the cities that have not answered, each occasion once. Gives the number of new mails."""
    today = timezone.localdate(at)
    asked = coordinators(today)
    calls = []
    waiting = CityCheck.objects.filter(
        state__in=[State.WAITING, State.UNREACHED],
        verification__closed_at=None,
        verification__until__gte=today,
        verification__snapshot__report__status=Status.COMPILED,
    )
    for check in waiting.select_related("city", "verification__snapshot__report"):
        found = check.verification
        until = found.until or today
        occasion = occasions.occasion(timezone.localdate(found.opened_at), until, today, REMIND_BEFORE)
        calls += [
            occasions.Call(f"reports/check/{check.pk}", occasion, contact, {"check": check}, city=check.city)
            for contact in asked.get(check.city_id, [])
        ]
    return occasions.send("reports/check", calls)


def settle(at: datetime) -> int:
    """Record silence as agreement in the rounds whose last day has passed. Gives the number of cities."""
    silent = 0
    over = Verification.objects.filter(closed_at=None, until__lt=timezone.localdate(at))
    for pk in over.values_list("pk", flat=True):
        with transaction.atomic():
            won = Verification.objects.filter(pk=pk, closed_at=None).update(closed_at=at)
            if won:
                waiting = CityCheck.objects.filter(verification=pk, state=State.WAITING)
                silent += waiting.update(state=State.SILENT, said_at=at)
    return silent


def _send_soon() -> None:
    from ..tasks import keep_dates

    keep_dates.apply_async(retry=False)


# Before the approval ---------------------------------------------------------------------------


def verification_obstacles(report: AnnualReport, at: datetime) -> Iterator[str]:
    """What is missing from the cities before the compiled version can be approved."""
    found = current_round(report)
    if found is None:
        yield _("Ask the cities to verify their sheets first, or say why this version is not verified.")
    elif not found.skipped_reason:
        yield from _open_requests(report)
        waiting = found.checks.filter(state=State.WAITING).count()
        if waiting and found.until and is_open(found, at):
            yield ngettext(
                "The cities can answer until %(day)s; %(count)s has not answered yet.",
                "The cities can answer until %(day)s; %(count)s have not answered yet.",
                waiting,
            ) % {"day": formats.day(found.until), "count": waiting}


def _open_requests(report: AnnualReport) -> Iterator[str]:
    asking = CityCheck.objects.filter(verification__snapshot__report=report, state=State.CORRECTION)
    names = list(dict.fromkeys(asking.values_list("city__name", flat=True)))
    if names:
        yield ngettext(
            "%(count)s city asks for a correction: %(cities)s. Answer it first.",
            "%(count)s cities ask for a correction: %(cities)s. Answer them first.",
            len(names),
        ) % {"count": len(names), "cities": ", ".join(names)}
