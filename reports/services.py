"""What the unit does with an annual report: write, freeze, compile, approve. Sending is in `dispatch.py`.

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

from . import figures, snapshot, starter
from .document import text_problems
from .models import AnnualReport, Chapter, Rendition, Snapshot
from .placeholders import mistakes
from .render import enqueue

Status, State, Kind = AnnualReport.Status, Rendition.State, Rendition.Kind


class Stale(Refused):
    """Somebody else saved the chapter meanwhile; `chapter` holds their text."""

    def __init__(self, chapter: Chapter) -> None:
        self.chapter = chapter
        super().__init__(
            [_("Somebody else saved this chapter meanwhile. Compare the two texts below and save yours again.")]
        )


def locked(report: AnnualReport) -> AnnualReport:
    return AnnualReport.objects.select_for_update(of=("self",)).get(pk=report.pk)


# Writing ---------------------------------------------------------------------------------------


@transaction.atomic
def create_report(year: int, *, by: User, at: datetime | None = None) -> AnnualReport:
    """A draft with starter texts. Raises Refused for a year that has not begun or has its report already."""
    at = at or timezone.now()
    if not 2008 <= year <= timezone.localdate(at).year:
        raise Refused([_("Choose a year from 2008, when the programme began, to this year.")])
    report, created = AnnualReport.objects.get_or_create(year=year, defaults={"created_by": by})
    if not created:
        raise Refused([_("There is a report for %(year)s already. Open that one.") % {"year": year}])
    for kind in Chapter.Kind:
        english, french = starter.TEXTS[kind]
        Chapter.objects.create(report=report, kind=kind, text_en=english, text_fr=french)
    return report


def text_mistakes(chapter: Chapter, text: str, language: str) -> Iterator[str]:
    """Why this text cannot be saved: placeholders that nothing fills in, marks that no accessible PDF can hold."""
    names = ("year", "city") if chapter.kind == Chapter.Kind.LETTER else ("year",)
    yield from mistakes(text, figures.known_keys(), names=names)
    yield from text_problems(text, language)


@transaction.atomic
def save_chapter(chapter: Chapter, *, text_en: str, text_fr: str, version: int, by: User) -> Chapter:
    """Save both languages. `version` is the one that was opened; raises Stale when another was saved since."""
    report = locked(chapter.report)
    chapter = Chapter.objects.select_for_update().get(pk=chapter.pk)
    if report.status != Status.DRAFTING:
        raise Refused([_("The report is frozen. Reopen it to change its texts.")])
    if chapter.version != version:
        raise Stale(chapter)
    problems = []
    for language, name, text in (("en", _("English"), text_en), ("fr", _("French"), text_fr)):
        problems += [f"{name}: {sentence}" for sentence in text_mistakes(chapter, text, language)]
    if problems:
        raise Refused(problems)
    chapter.text_en, chapter.text_fr, chapter.version = text_en, text_fr, version + 1
    chapter.save(update_fields=["text_en", "text_fr", "version"])
    return chapter


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
    for chapter in chapters.values():
        for language in snapshot.LANGUAGES:
            for sentence in text_mistakes(chapter, getattr(chapter, f"text_{language}") or "", language):
                yield f"{chapter.get_kind_display()} ({language}): {sentence}"


@transaction.atomic
def freeze(report: AnnualReport, *, by: User, at: datetime | None = None, reason: str = "") -> Snapshot:
    """Write down all facts of the report as they are now, and what is to be rendered from them (R1).

    From the second time on `reason` says what was corrected. Raises Refused with every obstacle.
    """
    at = at or timezone.now()
    report = locked(report)
    problems = list(freeze_obstacles(report, at))
    last = report.snapshots.first()
    if last and not reason.strip():
        problems.append(_("Say what was corrected since the last freeze."))
    if problems:
        raise Refused(problems)
    data = snapshot.build(report, at)
    text = snapshot.canonical(data)
    frozen = Snapshot.objects.create(
        report=report,
        version=last.version + 1 if last else 1,
        data=text,
        sha256=snapshot.digest(text),
        reason=reason.strip(),
        frozen_at=at,
        frozen_by=by,
    )
    Rendition.objects.bulk_create(promised(frozen, data))
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
    return report.snapshots.latest("version")


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


def approval_obstacles(report: AnnualReport, by: User) -> Iterator[str]:
    """Why `by` cannot approve this report now."""
    if report.status in AnnualReport.PUBLIC:
        yield _("This report is approved already.")
    elif report.status != Status.COMPILED:
        yield _("Compile the report first; what is approved is the finished documents.")
    elif report.frozen_by_id == by.pk:
        yield _("You froze this report. Somebody else has to approve it.")
    else:
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
    report = locked(report)
    if problems := list(approval_obstacles(report, by)):
        raise Refused(problems)
    report.status = Status.APPROVED
    report.approved_at, report.approved_by = at or timezone.now(), by
    report.approved_sha256 = sealed(_frozen(report))
    report.save(update_fields=["status", "approved_at", "approved_by", "approved_sha256"])
    return report
