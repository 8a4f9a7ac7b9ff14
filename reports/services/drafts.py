"""A draft of the report on any day of the year: the facts of that day, to be looked at, marked as a draft and no freeze."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.exceptions import Refused

from .. import snapshot
from ..models import AnnualReport, Rendition, Snapshot
from ..render import enqueue, sweep_out
from .writing import locked

Kind = Rendition.Kind


@transaction.atomic
def compile_draft(report: AnnualReport, *, by: User, at: datetime | None = None) -> Snapshot:
    """Have workers render report and annex from the facts as they are at `at`; the draft before is thrown away."""
    at = at or timezone.now()
    report = locked(report)
    if report.status != AnnualReport.Status.DRAFTING:
        raise Refused([_("The facts are frozen: look at the documents themselves, or reopen the report.")])
    drop_draft(report)
    text = snapshot.canonical(snapshot.build(report, at, is_draft=True))
    draft = Snapshot.objects.create(
        report=report, version=0, is_draft=True, data=text, sha256=snapshot.digest(text), frozen_at=at, frozen_by=by
    )
    Rendition.objects.bulk_create(
        Rendition(snapshot=draft, kind=kind, language=language)
        for kind in (Kind.REPORT, Kind.ANNEX)
        for language in snapshot.LANGUAGES
    )
    enqueue(draft)
    return draft


def drop_draft(report: AnnualReport) -> None:
    """Delete the draft with its documents."""
    for draft in report.snapshots.filter(is_draft=True):
        transaction.on_commit(partial(sweep_out, draft.pk))
        draft.delete()
