"""Two people at the texts of a report, and what was typed and not saved."""

from datetime import UTC, datetime, timedelta

import pytest

from reports import services
from reports.models import Chapter, ChapterDraft, ChapterPresence
from tests.factories import StaffFactory
from tests.reports.factories import drafted

pytestmark = pytest.mark.django_db
AT = datetime(2021, 1, 11, 9, tzinfo=UTC)


@pytest.fixture
def chapter() -> Chapter:
    return drafted().chapters.get(kind=Chapter.Kind.FOREWORD)


def test_what_was_typed_is_kept_for_each_person_and_changes_no_chapter(chapter):
    one, other = StaffFactory(), StaffFactory()
    for person, text in ((one, "Mine"), (other, "Hers"), (one, "Mine, longer")):
        services.keep_draft(chapter, text_en=text, text_fr="", version=1, by=person, at=AT)

    before = chapter.text_en
    chapter.refresh_from_db()
    assert chapter.text_en == before
    assert set(ChapterDraft.objects.values_list("user", "text_en")) == {(one.pk, "Mine, longer"), (other.pk, "Hers")}


def test_saving_ends_the_own_draft_and_nobody_elses(chapter):
    one, other = StaffFactory(), StaffFactory()
    for person in (one, other):
        services.keep_draft(chapter, text_en="Typed", text_fr="", version=1, by=person, at=AT)

    saved = services.save_chapter(chapter, text_en="Typed", text_fr="Tapé", version=1, by=one, at=AT)

    assert list(ChapterDraft.objects.values_list("user", "version")) == [(other.pk, 1)]
    assert (saved.edited_by, saved.edited_at) == (one, AT)
    assert saved.history.first().history_user == one


def test_a_text_as_it_is_saved_is_no_draft(chapter):
    person = StaffFactory()
    services.keep_draft(chapter, text_en="Typed", text_fr="", version=1, by=person, at=AT)

    kept = services.keep_draft(chapter, text_en=chapter.text_en, text_fr=chapter.text_fr, version=1, by=person)

    assert (kept, ChapterDraft.objects.count()) == (None, 0)


def test_who_else_has_the_chapter_open_is_told_until_they_are_gone(chapter):
    one, other = StaffFactory(), StaffFactory()
    assert services.be_present(chapter, by=one, at=AT) == []

    others = services.be_present(chapter, by=other, at=AT + timedelta(seconds=60))
    assert [(row.user, row.since) for row in others] == [(one, AT)]

    services.be_present(chapter, by=one, at=AT + timedelta(seconds=80))
    others = services.be_present(chapter, by=other, at=AT + timedelta(seconds=120))
    assert [(row.user, row.since) for row in others] == [(one, AT)]

    assert services.be_present(chapter, by=other, at=AT + timedelta(seconds=80) + ChapterPresence.EXPIRES) == []


def test_who_comes_back_begins_anew(chapter):
    one, other = StaffFactory(), StaffFactory()
    services.be_present(chapter, by=one, at=AT)
    services.be_present(chapter, by=one, at=AT + timedelta(hours=2))

    others = services.be_present(chapter, by=other, at=AT + timedelta(hours=2))

    assert [row.since for row in others] == [AT + timedelta(hours=2)]
