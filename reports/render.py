"""Rendering, as rows that workers claim: each document once, whatever is killed (R2, R3, R9).

A worker claims a row with a lease, renders, writes the file under the hash of its content and then the row. If it is
killed, the lease runs out and the sweep hands the row to another, at most `MAX_ATTEMPTS` times.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from common import vega
from common.files import keep_once
from common.pdf import PdfRefused, render_pdf

from . import annex, document
from .models import AnnualReport, Rendition, Snapshot

Kind, State = Rendition.Kind, Rendition.State
log = logging.getLogger(__name__)

LEASES = {Kind.REPORT: timedelta(minutes=5), Kind.LETTER: timedelta(minutes=1), Kind.ANNEX: timedelta(minutes=2)}
MAX_ATTEMPTS = 3
BATCH = 25  # letters in one task at most: short enough to lose
LEAST = 3  # letters in one task: long enough to pay for its way through the broker
SUFFIX = {Kind.REPORT: ".pdf", Kind.LETTER: ".pdf", Kind.ANNEX: ".xlsx"}


@dataclass(frozen=True)
class Made:
    content: bytes
    pages: int | None = None


def enqueue(frozen: Snapshot) -> None:
    """After commit, hand what waits to the workers: the long documents first, then letters in batches.

    Some letters come between one report and the next, which then finds the maps drawn that both share.
    """
    from .tasks import render_documents

    waiting = list(frozen.renditions.filter(state=State.PENDING).values_list("pk", "kind"))
    of_kind = {kind: [pk for pk, of in waiting if of == kind] for kind in Kind.values}
    batches = list(parts(of_kind[Kind.LETTER]))
    reports = [[pk] for pk in of_kind[Kind.REPORT]]
    annexes = [of_kind[Kind.ANNEX]] if of_kind[Kind.ANNEX] else []
    batches = [*reports[:1], *batches[:1], *reports[1:], *annexes, *batches[1:]]
    for pks in batches:  # a broker that is away is not the caller's trouble: the sweep finds what it did not get
        transaction.on_commit(partial(render_documents.apply_async, [pks], retry=False), robust=True)


def parts(letters: list[int]) -> Iterator[list[int]]:
    """Letters in batches that are short at the end, so that no worker is long at work when the others have no more."""
    while letters:
        size = max(LEAST, min(BATCH, len(letters) // 4))
        yield letters[:size]
        letters = letters[size:]


def claim(pk: int, at: datetime) -> Rendition | None:
    """Take a waiting document for this worker; None when another has it, or it is done, cancelled or given up."""
    rendition = Rendition.objects.filter(pk=pk).first()
    if rendition is None:
        return None
    waiting = Rendition.objects.filter(pk=pk, state=State.PENDING)
    won = waiting.update(
        state=State.RENDERING, lease_until=at + LEASES[Kind(rendition.kind)], attempts=F("attempts") + 1
    )
    return Rendition.objects.select_related("city").get(pk=pk) if won else None


def render_all(pks: Sequence[int]) -> None:
    """Render these documents, one after the other; one that fails does not stop the next."""
    with vega.apart():
        for pk in pks:
            if rendition := claim(pk, timezone.now()):
                render_one(rendition)


def render_one(rendition: Rendition) -> None:
    """Render a claimed document and settle its row, unless it was taken away meanwhile."""
    mine = Rendition.objects.filter(pk=rendition.pk, state=State.RENDERING, attempts=rendition.attempts)
    try:
        made = make(rendition)
        name, digest = store(made.content, SUFFIX[Kind(rendition.kind)], rendition.snapshot_id)
    except PdfRefused as refusal:
        mine.update(state=State.FAILED, lease_until=None, error="\n".join(refusal.lines))
    except Exception as error:  # whatever it is, the row must say so, and the next document must have its turn
        log.exception("Rendition %s failed", rendition.pk)
        again = rendition.attempts < MAX_ATTEMPTS
        mine.update(
            state=State.PENDING if again else State.FAILED, lease_until=None, error=f"{type(error).__name__}: {error}"
        )
    else:
        settled = mine.update(
            state=State.DONE,
            lease_until=None,
            error="",
            file=name,
            sha256=digest,
            size=len(made.content),
            pages=made.pages,
            finished_at=timezone.now(),
        )
        if not settled and not Snapshot.objects.filter(pk=rendition.snapshot_id).exists():
            sweep_out(rendition.snapshot_id)  # a draft that was replaced meanwhile
    finish(rendition.snapshot_id)


def make(rendition: Rendition) -> Made:
    """The bytes of a document, from the frozen facts and nothing else."""
    data = frozen_data(rendition.snapshot_id)
    return MAKERS[Kind(rendition.kind)](data, rendition.language, rendition.city.slug if rendition.city else "")


def make_report(data: dict, language: str, slug: str = "") -> Made:
    html = document.report_html(data, language)
    files = [annex.enclosed(data, language)]
    pdf = render_pdf(html, language=language, created_at=document.frozen_at(data), attachments=files)
    return Made(pdf.content, pdf.pages)


def make_letter(data: dict, language: str, slug: str) -> Made:
    html = document.letter_html(data, slug, language)
    pdf = render_pdf(html, language=language, created_at=document.frozen_at(data))
    return Made(pdf.content, pdf.pages)


def rehearse() -> None:
    """A letter in each language of the last report, for nobody: who does it knows fonts, templates, styles and words after."""
    try:
        frozen = Snapshot.objects.filter(is_draft=False).order_by("pk").last()
        letters = Rendition.objects.filter(kind=Kind.LETTER, snapshot=frozen)
        for letter in letters.order_by("language", "pk").distinct("language").select_related("city"):
            make(letter)
    except Exception as error:  # whatever it is, who asks for the letter will be told
        log.warning("No rehearsal: %s", error)


def make_annex(data: dict, language: str, slug: str = "") -> Made:
    return Made(annex.workbook(data, language))


MAKERS: dict[Kind, Callable[[dict, str, str], Made]] = {
    Kind.REPORT: make_report,
    Kind.LETTER: make_letter,
    Kind.ANNEX: make_annex,
}


@lru_cache(maxsize=1)
def frozen_data(snapshot_id: int) -> dict:
    """The facts, read once per process. A snapshot never changes."""
    return json.loads(Snapshot.objects.values_list("data", flat=True).get(pk=snapshot_id))


def store(content: bytes, suffix: str, snapshot_id: int) -> tuple[str, str]:
    """Write `content` once, under its own hash, which is given with the path."""
    digest = hashlib.sha256(content).hexdigest()
    return keep_once(f"{folder(snapshot_id)}/{digest}{suffix}", content), digest


def folder(snapshot_id: int) -> str:
    return f"reports/{snapshot_id}"


def sweep_out(snapshot_id: int) -> None:
    """Delete the documents of a snapshot that is no more."""
    with suppress(FileNotFoundError):
        for name in default_storage.listdir(folder(snapshot_id))[1]:
            default_storage.delete(f"{folder(snapshot_id)}/{name}")


def finish(snapshot_id: int) -> None:
    """When every document is done the report is compiled; when the rest has failed, nobody is compiling any more."""
    # Rows are settled one by one and committed: whoever settles the last one sees that none is left.
    unsettled = Rendition.objects.filter(snapshot_id=snapshot_id, state__in=[State.PENDING, State.RENDERING])
    if not unsettled.exists():
        _close(snapshot_id)


@transaction.atomic
def _close(snapshot_id: int) -> None:
    frozen = Snapshot.objects.filter(pk=snapshot_id, is_draft=False)  # a draft may be gone meanwhile
    report = AnnualReport.objects.select_for_update(of=("self",)).filter(pk__in=frozen.values("report")).first()
    if report is None or report.compiling_since is None:
        return
    states = set(
        Rendition.objects.filter(snapshot_id=snapshot_id).order_by().values_list("state", flat=True).distinct()
    )
    if states & {State.PENDING, State.RENDERING}:
        return
    if states == {State.DONE}:
        report.status = AnnualReport.Status.COMPILED
    report.compiling_since = None
    report.save(update_fields=["status", "compiling_since"])


def sweep(at: datetime) -> None:
    """Take back what dead workers hold, and enqueue again what the broker lost."""
    overdue = Rendition.objects.filter(state=State.RENDERING, lease_until__lte=at)
    given_up = set(overdue.filter(attempts__gte=MAX_ATTEMPTS).values_list("snapshot_id", flat=True))
    with translation.override("en"):
        sentence = _("The worker was stopped %(count)s times while it rendered this document.") % {
            "count": MAX_ATTEMPTS
        }
    overdue.filter(attempts__gte=MAX_ATTEMPTS).update(state=State.FAILED, lease_until=None, error=sentence)
    overdue.filter(attempts__lt=MAX_ATTEMPTS).update(state=State.PENDING, lease_until=None)
    for snapshot_id in given_up:
        finish(snapshot_id)
    for report in AnnualReport.objects.filter(compiling_since__isnull=False):
        frozen = report.snapshot()
        held = frozen.renditions.filter(state=State.RENDERING)
        if not held.exists():
            enqueue(frozen)
            finish(frozen.pk)
    for draft in Snapshot.objects.filter(is_draft=True, renditions__state=State.PENDING).distinct():
        if not draft.renditions.filter(state=State.RENDERING).exists():
            enqueue(draft)
