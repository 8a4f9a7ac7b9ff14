"""What the unit does with an annual report once it is written: freeze, compile, approve. Sending is in `dispatch.py`.

drafting → freeze → frozen → compile → compiled → approve → approved → dispatched; `reopen` goes back to drafting.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.exceptions import Refused
from correspondence import services as correspondence
from correspondence.models import Mailing

from .. import figures, snapshot
from ..models import AnnualReport, Chapter, Rendition, Snapshot
from ..render import enqueue
from .drafts import drop_draft
from .verification import end_round, settle, verification_obstacles
from .writing import both_mistakes, chapter_names, known_keys, locked

Status, State, Kind = AnnualReport.Status, Rendition.State, Rendition.Kind


# Freezing --------------------------------------------------------------------------------------


def freeze_obstacles(report: AnnualReport, at: datetime) -> Iterator[str]:
    """Why the facts cannot be frozen at `at`; nothing means they can."""
    if report.status != Status.DRAFTING:
        yield _("This report is frozen already. Reopen it to freeze again.")
    chapters = {chapter.kind: chapter for chapter in report.chapters.all()}
    for kind in (Chapter.Kind.LETTER, Chapter.Kind.FOREWORD):
        chapter = chapters.get(kind)
        for language, name in (("en", _("English")), ("fr", _("French"))):
            if chapter is None or not (getattr(chapter, f"text_{language}") or "").strip():
                yield _("The chapter “%(chapter)s” has no text in %(language)s.") % {
                    "chapter": kind.label,
                    "language": name,
                }
    keys = known_keys(report)
    for chapter in chapters.values():
        texts = {language: getattr(chapter, f"text_{language}") or "" for language in snapshot.LANGUAGES}
        for sentence in both_mistakes(texts, keys=keys, names=chapter_names(chapter)):
            yield f"{chapter.get_kind_display()}: {sentence}"


@transaction.atomic
def freeze(report: AnnualReport, *, by: User, at: datetime | None = None, reason: str = "") -> Snapshot:
    """Write down all facts of the report as they are now, and what is to be rendered from them (R1).

    From the second time on `reason` says what was corrected. Raises Refused with every obstacle.
    """
    at = at or timezone.now()
    report = locked(report)
    problems = list(freeze_obstacles(report, at))
    last = report.freezes().first()
    if last and not reason.strip():
        problems.append(_("Say what was corrected since the last freeze."))
    if problems:
        raise Refused(problems)
    version = last.version + 1 if last else 1
    data = snapshot.build(report, at) | {"version": version, "reason": reason.strip()}
    text = snapshot.canonical(data)
    frozen = Snapshot.objects.create(
        report=report,
        version=version,
        data=text,
        sha256=snapshot.digest(text),
        reason=reason.strip(),
        frozen_at=at,
        frozen_by=by,
    )
    Rendition.objects.bulk_create(promised(frozen, data))
    drop_draft(report)
    report.status, report.frozen_by = Status.FROZEN, by
    report.save(update_fields=["status", "frozen_by"])
    return frozen


def promised(frozen: Snapshot, data: dict) -> Iterator[Rendition]:
    """What is to be made from a snapshot: report and annex in both languages, a letter for each member's mayor."""
    for language in snapshot.LANGUAGES:
        yield Rendition(snapshot=frozen, kind=Kind.REPORT, language=language)
        yield Rendition(snapshot=frozen, kind=Kind.ANNEX, language=language)
    cities = dict(figures.members(timezone.localdate(frozen.frozen_at)).values_list("slug", "pk"))
    for slug, sheet in data["cities"].items():
        language = sheet["recipient"]["language"] if sheet["recipient"] else "en"
        yield Rendition(snapshot=frozen, kind=Kind.LETTER, language=language, city_id=cities[slug])


@transaction.atomic
def reopen(report: AnnualReport, *, by: User) -> AnnualReport:
    """Back to drafting, to correct texts or records; an approval lapses. What was frozen stays on record."""
    report = locked(report)
    if report.status == Status.DRAFTING:
        raise Refused([_("This report is being drafted; it need not be reopened.")])
    if report.status == Status.DISPATCHED:
        raise Refused([_("This report is with the mayors or on its way to them; it cannot be reopened.")])
    if report.mailing and report.mailing.status != Mailing.Status.CANCELLED:
        correspondence.cancel(report.mailing, by=by)
    _stop(_frozen(report))
    end_round(report, timezone.now())
    report.status, report.compiling_since, report.frozen_by, report.mailing = Status.DRAFTING, None, None, None
    report.approved_at = report.approved_by = None
    report.approved_sha256 = ""
    report.save()
    return report


# Compiling -------------------------------------------------------------------------------------


@transaction.atomic
def compile(report: AnnualReport, *, by: User, at: datetime | None = None) -> AnnualReport:
    """Have workers render everything that is promised and not done. Raises Refused when they already do."""
    at = at or timezone.now()
    report = locked(report)
    if report.status == Status.DRAFTING:
        raise Refused([_("Freeze the facts first; only frozen facts are compiled.")])
    if report.status != Status.FROZEN:
        raise Refused([_("This report is compiled already.")])
    if report.compiling_since:
        raise Refused([_("The report is being compiled.")])
    frozen = _frozen(report)
    again = frozen.renditions.filter(state__in=[State.FAILED, State.CANCELLED])
    again.update(state=State.PENDING, attempts=0, error="")
    report.compiling_since = at
    report.save(update_fields=["compiling_since"])
    enqueue(frozen)
    return report


@transaction.atomic
def cancel(report: AnnualReport, *, by: User) -> AnnualReport:
    """Stop compiling. What is done stays; a document that is being rendered now is dropped when it ends."""
    report = locked(report)
    if not report.compiling_since:
        raise Refused([_("The report is not being compiled.")])
    _stop(_frozen(report))
    report.compiling_since = None
    report.save(update_fields=["compiling_since"])
    return report


def _frozen(report: AnnualReport) -> Snapshot:
    """The snapshot of a report that has left drafting."""
    return report.freezes().latest("version")


def _stop(frozen: Snapshot) -> None:
    running = frozen.renditions.filter(state__in=[State.PENDING, State.RENDERING])
    running.update(state=State.CANCELLED, lease_until=None)


def progress(report: AnnualReport) -> dict:
    """{"total", "done", "failed", "waiting", "rendering", "cancelled", "kinds": [{kind, label, total, done, …}]}"""
    frozen = report.snapshot()
    if frozen is None:
        return {"total": 0, "done": 0, "failed": 0, "waiting": 0, "rendering": 0, "cancelled": 0, "kinds": []}
    counts = {
        "total": Count("pk"),
        "done": Count("pk", filter=Q(state=State.DONE)),
        "failed": Count("pk", filter=Q(state=State.FAILED)),
        "waiting": Count("pk", filter=Q(state=State.PENDING)),
        "rendering": Count("pk", filter=Q(state=State.RENDERING)),
        "cancelled": Count("pk", filter=Q(state=State.CANCELLED)),
    }
    rows = {row["kind"]: row for row in frozen.renditions.order_by().values("kind").annotate(**counts)}
    kinds: list[dict] = [{**rows[kind], "label": Kind(kind).label} for kind in Kind.values if kind in rows]
    return {name: sum(row[name] for row in kinds) for name in counts} | {"kinds": kinds}


# Approving -------------------------------------------------------------------------------------


def sealed(frozen: Snapshot) -> str:
    """One hash over the facts and every document made from them."""
    rows = frozen.renditions.order_by("kind", "language", "city_id").values_list(
        "kind", "language", "city_id", "sha256"
    )
    lines = [frozen.sha256, *(" ".join(map(str, row)) for row in rows)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def approval_obstacles(report: AnnualReport, by: User, at: datetime) -> Iterator[str]:
    """Why `by` cannot approve this report at `at`."""
    if report.status in AnnualReport.PUBLIC:
        yield _("This report is approved already.")
    elif report.status != Status.COMPILED:
        yield _("Compile the report first; what is approved is the finished documents.")
    elif report.frozen_by_id == by.pk:
        yield _("You froze this report. Somebody else has to approve it.")
    else:
        yield from verification_obstacles(report, at)
        yield from damaged(_frozen(report))


def damaged(frozen: Snapshot) -> Iterator[str]:
    """Stored documents that are not what the workers wrote."""
    if snapshot.digest(frozen.data) != frozen.sha256:
        yield _("The frozen facts were altered. Reopen the report and freeze it again.")
    for rendition in frozen.renditions.select_related("city"):
        try:
            with default_storage.open(rendition.file.name or "", "rb") as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == rendition.sha256
        except OSError:
            same = False
        if not same:
            yield _(
                "The document “%(document)s” is missing or altered. Reopen the report, freeze and compile it again."
            ) % {"document": rendition}


@transaction.atomic
def approve(report: AnnualReport, *, by: User, at: datetime | None = None) -> AnnualReport:
    """Publish the report as it is compiled: the approval holds for these documents and no others."""
    at = at or timezone.now()
    report = locked(report)
    if problems := list(approval_obstacles(report, by, at)):
        raise Refused(problems)
    settle(at)
    report.status = Status.APPROVED
    report.approved_at, report.approved_by = at, by
    report.approved_sha256 = sealed(_frozen(report))
    report.save(update_fields=["status", "approved_at", "approved_by", "approved_sha256"])
    return report
