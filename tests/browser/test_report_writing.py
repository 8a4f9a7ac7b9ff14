"""Two people at one chapter, and a coordinator at the sheet of a city, in a real browser."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from playwright.sync_api import expect

from accounts.groups import HEAD_OF_UNIT
from reports import services
from reports.models import Chapter, ChapterDraft, CityCheck
from tests.access import staff_in
from tests.browser.test_admin import ours_is_accessible
from tests.factories import StaffFactory, official_of
from tests.reports.factories import drafted, frozen, programme, quickly_compiled

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def test_a_chapter_is_written_with_a_live_preview_and_never_over_another_text(page, sign_in):
    programme()
    author, other = staff_in(HEAD_OF_UNIT), staff_in(HEAD_OF_UNIT)
    chapter = drafted().chapters.get(kind=Chapter.Kind.FOREWORD)
    sign_in(author)
    page.goto(reverse("admin:reports_chapter_change", args=[chapter.pk]))
    services.be_present(chapter, by=other)

    page.locator("#id_text_en").fill("## News\n\n**{{ figures.members }}** cities, {{ figures.membres }}")
    expect(page.locator("[data-preview=en] strong")).to_have_text("4")
    expect(page.locator("[data-mistakes=en]")).to_contain_text("Line 3: “{{ figures.membres }}” is not known.")
    expect(page.locator("[data-live-others]")).to_contain_text(f"{other.name} has had this chapter open since")
    expect(page.locator("[data-live-status]")).to_contain_text("Kept for you at")
    ours_is_accessible(page)

    page.goto(reverse("admin:reports_chapter_change", args=[chapter.pk]))  # as after a crash
    page.get_by_role("link", name="Go on with it").click()
    expect(page.locator("#id_text_en")).to_have_value(
        "## News\n\n**{{ figures.members }}** cities, {{ figures.membres }}"
    )
    services.save_chapter(chapter, text_en="Theirs", text_fr="Le leur", version=1, by=other)
    page.locator("#id_text_en").fill("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody else saved this chapter meanwhile")
    expect(page.get_by_role("alert")).to_contain_text("Theirs")
    expect(page.locator("#id_text_en")).to_have_value("Mine")
    ours_is_accessible(page)
    page.locator("#id_text_en").fill("Theirs and mine")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator("#main")).to_contain_text("The chapter “Foreword” is saved.")
    chapter.refresh_from_db()
    assert (chapter.text_en, ChapterDraft.objects.count()) == ("Theirs and mine", 0)


def test_a_coordinator_asks_for_a_correction_and_then_confirms_the_sheet(page, sign_in):
    cities = programme()
    kari = official_of(cities["oslo"], name="Kari of Oslo")
    report = quickly_compiled(frozen())
    services.open_round(report, until=timezone.localdate() + timedelta(days=10), by=StaffFactory())
    sign_in(kari)

    page.goto("/en/")
    page.get_by_role("link", name="Verify the sheet of Oslo in the annual report 2020").click()
    page.get_by_label("What should be corrected").fill("We joined in 2008.")
    page.get_by_role("button", name="Ask for a correction").click()
    expect(page.locator("#main")).to_contain_text("Asks for a correction Kari of Oslo")
    page.get_by_role("button", name="The sheet is right").click()

    expect(page.locator("#main")).to_contain_text("Confirmed Kari of Oslo")
    assert CityCheck.objects.get(city=cities["oslo"]).state == CityCheck.State.CONFIRMED
