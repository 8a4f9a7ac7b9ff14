"""Writing the texts of a report: begin one, save a chapter."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.exceptions import Refused, Stale

from .. import figures, starter
from ..document import text_problems
from ..models import AnnualReport, Chapter, ChapterDraft, ChapterPresence
from ..placeholders import mistakes

Status = AnnualReport.Status


def locked(report: AnnualReport) -> AnnualReport:
    return AnnualReport.objects.select_for_update(of=("self",)).get(pk=report.pk)


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


def known_keys(report: AnnualReport) -> list[str]:
    """The figures that a text of this report may name: computed, or entered by hand."""
    return [*figures.known_keys(), *report.manual_figures.values_list("key", flat=True)]


def text_mistakes(text: str, language: str, *, keys: Collection[str], names: Collection[str]) -> Iterator[str]:
    """Why this text cannot be saved: placeholders that nothing fills in, marks that no accessible PDF can hold."""
    yield from mistakes(text, keys, names=names)
    yield from text_problems(text, language)


def both_mistakes(texts: dict[str, str], *, keys: Collection[str], names: Collection[str] = ("year",)) -> list[str]:
    """The same for a text in English and in French, each sentence with its language."""
    languages = {"en": _("English"), "fr": _("French")}
    return [
        _("%(language)s. %(sentence)s") % {"language": languages[language], "sentence": sentence}
        for language, text in texts.items()
        for sentence in text_mistakes(text, language, keys=keys, names=names)
    ]


def chapter_names(chapter: Chapter) -> tuple[str, ...]:
    """What a chapter may name beside the figures."""
    return ("year", "city") if chapter.kind == Chapter.Kind.LETTER else ("year",)


@transaction.atomic
def save_chapter(
    chapter: Chapter, *, text_en: str, text_fr: str, version: int, by: User, at: datetime | None = None
) -> Chapter:
    """Save both languages. `version` is the one that was opened; raises Stale when another was saved since."""
    at = at or timezone.now()
    report = locked(chapter.report)
    chapter = Chapter.objects.select_for_update().get(pk=chapter.pk)
    if report.status != Status.DRAFTING:
        raise Refused([_("The report is frozen. Reopen it to change its texts.")])
    if chapter.version != version:
        raise Stale(chapter)
    texts = {"en": text_en, "fr": text_fr}
    if problems := both_mistakes(texts, keys=known_keys(report), names=chapter_names(chapter)):
        raise Refused(problems)
    chapter.text_en, chapter.text_fr, chapter.version = text_en, text_fr, version + 1
    chapter.edited_at, chapter.edited_by = at, by
    chapter._history_user = by  # type: ignore[attr-defined]
    chapter.save(update_fields=["text_en", "text_fr", "version", "edited_at", "edited_by"])
    chapter.drafts.filter(user=by).delete()
    return chapter


# While somebody writes -------------------------------------------------------------------------


def keep_draft(
    chapter: Chapter, *, text_en: str, text_fr: str, version: int, by: User, at: datetime | None = None
) -> ChapterDraft | None:
    """Keep what `by` has typed and not saved; what says the same as the saved chapter is no draft."""
    chapter = Chapter.objects.get(pk=chapter.pk)
    if (text_en, text_fr) == (chapter.text_en or "", chapter.text_fr or ""):
        forget_draft(chapter, by=by)
        return None
    values = {"text_en": text_en, "text_fr": text_fr, "version": version, "kept_at": at or timezone.now()}
    draft, _created = ChapterDraft.objects.update_or_create(chapter=chapter, user=by, defaults=values)
    return draft


def forget_draft(chapter: Chapter, *, by: User) -> None:
    ChapterDraft.objects.filter(chapter=chapter, user=by).delete()


def be_present(chapter: Chapter, *, by: User, at: datetime | None = None) -> list[ChapterPresence]:
    """Say that `by` has the chapter open, and learn who else has, the first to come first."""
    at = at or timezone.now()
    mine = ChapterPresence.objects.filter(chapter=chapter, user=by)
    if not mine.at(at).update(seen_at=at):
        values = {"since": at, "seen_at": at}
        ChapterPresence.objects.update_or_create(chapter=chapter, user=by, defaults=values)
    others = ChapterPresence.objects.at(at).filter(chapter=chapter).exclude(user=by)
    return list(others.select_related("user").order_by("since"))
