"""The approved report on its way to the mayors: one mail each through the ledger, or a visible reason why not."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from cities.models import City, Office
from common.exceptions import Refused
from correspondence import services as correspondence
from correspondence.models import Letter, Mailing
from correspondence.services import Enclosure
from mail.models import Attachment, State
from mail.services import attach

from . import figures, starter
from .models import AnnualReport, Rendition, Snapshot
from .render import SUFFIX, frozen_data
from .services import damaged, locked, sealed
from .snapshot import recipient

Kind, Status = Rendition.Kind, AnnualReport.Status


# Preparing -------------------------------------------------------------------------------------


@transaction.atomic
def prepare_dispatch(report: AnnualReport, *, by: User, at: datetime | None = None) -> Mailing:
    """The mailing to the mayors with the documents of each, ready for a second person to send.

    Preparing again takes the offices as they are now. Raises Refused when the report is not approved, or is sent.
    """
    at = at or timezone.now()
    report = locked(report)
    if report.status == Status.DISPATCHED:
        raise Refused([_("The report is with the mayors or on its way to them.")])
    if report.status != Status.APPROVED:
        raise Refused([_("Have the report approved first.")])
    if problems := list(altered(report)):
        raise Refused(problems)
    on = timezone.localdate(at)
    mailing = report.mailing
    if mailing is None or mailing.status == Mailing.Status.CANCELLED:
        mailing = report.mailing = new_mailing(report, by, on)
        report.save(update_fields=["mailing"])
    frozen = report.snapshots.latest("version")
    edition = f"v{frozen.version}, {frozen.sha256[:12]}"
    return correspondence.prepare(mailing, on=on, attachments=encloser(report, on), edition=edition)


def new_mailing(report: AnnualReport, by: User, on: date) -> Mailing:
    subject, body = {}, {}
    for language, words, text in zip(("en", "fr"), starter.MAIL_SUBJECT, starter.MAIL_BODY, strict=True):
        subject[language], body[language] = words.format(year=report.year), text
    return correspondence.create_mailing(
        kind=Mailing.Kind.ANNUAL_REPORT,
        title=str(report),
        audience=Mailing.Audience.ALL,
        office=Office.MAYOR,
        subject=subject,
        body=body,
        dated_on=on,
        year=report.year,
        signatory=report.signatory,
        by=by,
    )


def altered(report: AnnualReport) -> Iterator[str]:
    """How the documents differ from what was approved; nothing means they are the same."""
    frozen = report.snapshot()
    yield from damaged(frozen)
    if sealed(frozen) != report.approved_sha256:
        yield _("The documents are not the ones that were approved. Have the report approved again.")


def changed_offices(frozen: Snapshot, on: date) -> Iterator[tuple[str, str]]:
    """City slug and sentence where the mayor of the frozen letter is not the mayor of the day `on` any more."""
    names = dict(figures.members(on).values_list("pk", "slug"))
    now = {names[pk]: term for pk, term in figures.mayors(on).items() if pk in names}
    for slug, sheet in frozen_data(frozen.pk)["cities"].items():
        if sheet["recipient"] != recipient(now.get(slug)):
            yield (
                slug,
                _("%(city)s: the mayor, or how the mayor is addressed, changed after the facts were frozen.")
                % {"city": sheet["name"]},
            )


def encloser(report: AnnualReport, on: date) -> Callable[[City, str], Enclosure | None]:
    """What each city gets: its letter and the report in its language, and where the report can be read as a page."""
    frozen = report.snapshot()
    letters = {row.city_id: row for row in frozen.renditions.filter(kind=Kind.LETTER, state=Rendition.State.DONE)}
    reports = {row.language: row for row in frozen.renditions.filter(kind=Kind.REPORT, state=Rendition.State.DONE)}
    outdated = {slug for slug, _sentence in changed_offices(frozen, on)}
    attached: dict[int, Attachment] = {}

    def enclosed(row: Rendition) -> Attachment:
        if row.pk not in attached:
            with default_storage.open(row.file.name, "rb") as file:
                attached[row.pk] = attach(file_name(row), file.read(), title=title_of(row))
        return attached[row.pk]

    def enclose(city: City, language: str) -> Enclosure | None:
        letter, whole = letters.get(city.pk), reports.get(language)
        if letter is None or whole is None or letter.language != language or city.slug in outdated:
            return None
        with translation.override(language):
            url = settings.PORTAL_URL.rstrip("/") + report.get_absolute_url()
            note = _("The report can also be [read as a page](%(url)s).") % {"url": url}
        return Enclosure([enclosed(letter), enclosed(whole)], note)

    return enclose


def title_of(rendition: Rendition) -> str:
    """What the page of the office calls the document, in its language."""
    report = rendition.snapshot.report
    with translation.override(rendition.language):
        if rendition.kind == Kind.LETTER:
            return _("Letter with the sheet “Your city in %(year)s”") % {"year": report.year}
        return str(report)


def file_name(rendition: Rendition) -> str:
    """What the reader's computer shows: "intercultural-cities-annual-report-2020-en.pdf"."""
    year = rendition.snapshot.report.year
    if rendition.snapshot.is_draft:
        return f"DRAFT-{rendition.kind}-{year}-{rendition.language}" + SUFFIX[Kind(rendition.kind)]
    match rendition.kind:
        case Kind.LETTER:
            return f"intercultural-cities-letter-{year}-{rendition.city.slug}.pdf"
        case Kind.ANNEX:
            return f"intercultural-cities-data-{year}-{rendition.language}.xlsx"
    return f"intercultural-cities-annual-report-{year}-{rendition.language}.pdf"


# Sending ---------------------------------------------------------------------------------------


@transaction.atomic
def send(report: AnnualReport, *, by: User, at: datetime | None = None) -> AnnualReport:
    """Approve the prepared mailing as a second person and put it into the ledger, once (M7).

    Raises Refused when nothing is prepared, by whoever prepared it, when anything changed since, or when it is sent.
    """
    at = at or timezone.now()
    report, mailing = _approved(report, by, at)
    correspondence.dispatch(mailing, by=by, at=at)
    report.status = Status.DISPATCHED
    report.save(update_fields=["status"])
    return report


def _approved(report: AnnualReport, by: User, at: datetime) -> tuple[AnnualReport, Mailing]:
    """The report, locked, and its mailing, which `by` approves as a second person where nobody has. Raises Refused."""
    report = locked(report)
    if report.status == Status.DISPATCHED:
        raise Refused([_("The report is with the mayors or on its way to them.")])
    if report.status != Status.APPROVED or report.mailing is None:
        raise Refused([_("Prepare the mailing to the mayors first.")])
    if problems := list(altered(report)):
        raise Refused(problems)
    mailing = report.mailing
    mailing.refresh_from_db()
    if mailing.status != Mailing.Status.APPROVED:
        mailing = correspondence.approve(mailing, by=by, at=at)
    return report, mailing


@transaction.atomic
def schedule(report: AnnualReport, *, send_at: datetime, by: User, at: datetime | None = None) -> Mailing:
    """Approve the prepared mailing as a second person, and have it sent by itself at `send_at`. Raises Refused."""
    at = at or timezone.now()
    _report, mailing = _approved(report, by, at)
    return correspondence.schedule(mailing, send_at=send_at, by=by, at=at)


def send_scheduled(at: datetime) -> None:
    """Send the report whose instant has come; where it cannot go as approved, tell its people why."""
    mailings = correspondence.due(at).filter(kind=Mailing.Kind.ANNUAL_REPORT, report__isnull=False)
    for pk in mailings.values_list("pk", flat=True):
        with transaction.atomic():
            mailing = correspondence.due(at).select_for_update(of=["self"], skip_locked=True).filter(pk=pk).first()
            if mailing is None or mailing.scheduled_by is None:
                continue
            try:
                send(mailing.report, by=mailing.scheduled_by, at=at)
            except Refused as refusal:
                correspondence.tell_trouble(mailing, refusal.messages, at)


def letter_counts(report: AnnualReport) -> dict[str, int]:
    """{"mails", "skipped", "sent"} of the prepared mailing."""
    letters = report.mailing.letters if report.mailing else Letter.objects.none()
    return letters.aggregate(
        mails=Count("pk", filter=Q(skip_reason="")),
        skipped=Count("pk", filter=~Q(skip_reason="")),
        sent=Count("pk", filter=Q(message__state=State.SENT)),
    )


def preparing_question(report: AnnualReport) -> str:
    """What is about to be prepared, and who would be left out because the mayor changed."""
    sentences = [_("Each mayor of a member city gets one mail with the letter and the report. Nothing is sent yet.")]
    if frozen := report.snapshot():
        sentences += [sentence for _slug, sentence in changed_offices(frozen, timezone.localdate())]
    return " ".join(sentences)


def sending_question(report: AnnualReport) -> str:
    counts = letter_counts(report)
    return (
        _("%(mails)s mails go out, %(skipped)s cities are skipped with a reason. This cannot be taken back.") % counts
    )
