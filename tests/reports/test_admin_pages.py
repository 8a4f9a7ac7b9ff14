"""The unit writes, compares and follows the cities in the administration."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate

from cities.models import City
from common import formats
from reports import render, services
from reports.models import Chapter, ChapterDraft, CityCheck, Rendition, Snapshot
from tests import pdf_reading
from tests.factories import StaffFactory, official_of
from tests.reports.factories import drafted, facts, frozen, programme, quickly_compiled

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(client):
    user = StaffFactory(name="Ana of the unit")
    client.force_login(user)
    return user


@pytest.fixture
def chapter() -> Chapter:
    programme()
    return drafted().chapters.get(kind=Chapter.Kind.FOREWORD)


def page_of(chapter: Chapter) -> str:
    return reverse("admin:reports_chapter_change", args=[chapter.pk])


def live_of(chapter: Chapter) -> str:
    return reverse("admin:reports_chapter_live", args=[chapter.pk])


def typed(chapter: Chapter, **values) -> dict:
    return {"text_en": "In {{ year }}", "text_fr": "En {{ year }}", "opened": chapter.version, **values}


def test_the_list_of_chapters_says_what_is_written_by_whom(client, author, chapter):
    services.save_chapter(chapter, text_en="One", text_fr="", version=1, by=author)
    chapter.report.chapters.filter(kind="plans").update(text_en="", text_fr="")
    services.be_present(chapter, by=StaffFactory(name="Ben of the unit"))

    page = client.get(reverse("admin:reports_annualreport_chapters", args=[chapter.report.pk])).text

    for words in (
        "English only",
        "Empty",
        "Starter text",
        "Ana of the unit",
        "Ben of the unit has had this chapter open",
    ):
        assert words in page


def test_saving_a_chapter_leads_back_to_the_list(client, author, chapter):
    answer = client.post(page_of(chapter), typed(chapter))

    assert answer.url == reverse("admin:reports_annualreport_chapters", args=[chapter.report.pk])
    chapter.refresh_from_db()
    assert (chapter.text_fr, chapter.edited_by) == ("En {{ year }}", author)


def test_what_a_chapter_can_name_stands_beside_it_with_its_value(client, author, chapter):
    page = client.get(page_of(chapter)).text

    assert "{{ figures.members }}" in page and "<strong>4</strong> Member cities on 31 December" in page


def test_the_letter_is_shown_for_one_city_while_it_is_written(client, author, chapter):
    letter = chapter.report.chapters.get(kind=Chapter.Kind.LETTER)
    text = {"text_en": "The part of {{ city }}", "text_fr": "{{ city }} en {{ year }}"}

    preview = client.post(live_of(letter), typed(letter, **text)).json()["preview"]

    assert (preview["en"]["html"], preview["fr"]["html"]) == ("<p>The part of Kyōto</p>\n", "<p>Kyōto en 2020</p>\n")
    assert "the city of the mayor, for example" in client.get(page_of(letter)).text


def test_the_preview_works_without_a_script_and_keeps_the_text(client, author, chapter):
    page = client.post(
        page_of(chapter), typed(chapter, text_en="## News\n\n**{{ figures.members }}** cities", _preview="1")
    )

    assert "<strong>4</strong> cities" in page.text
    chapter.refresh_from_db()
    assert (chapter.version, ChapterDraft.objects.get().text_en) == (1, "## News\n\n**{{ figures.members }}** cities")


def test_while_somebody_types_the_page_is_told_how_it_looks_and_who_else_writes(client, author, chapter):
    services.be_present(chapter, by=StaffFactory(name="Ben of the unit"))

    answer = client.post(live_of(chapter), typed(chapter, text_fr="Un\n{{ figures.dragons }}")).json()

    assert answer["preview"]["en"] == {"html": "<p>In 2020</p>\n", "mistakes": []}
    assert answer["preview"]["fr"]["mistakes"][0].startswith("Line 2: “{{ figures.dragons }}” is not known.")
    assert "Ben of the unit has had this chapter open since" in answer["others"]
    assert "Kept for you at" in answer["status"]


def test_a_text_that_was_not_saved_is_offered_again_and_saved_only_against_the_version_it_began_from(
    client, author, chapter
):
    client.post(live_of(chapter), typed(chapter, text_en="Typed before the crash"))
    services.save_chapter(chapter, text_en="Theirs", text_fr="", version=1, by=StaffFactory())

    page = client.get(page_of(chapter)).text
    assert "You typed a text here that is not saved" in page and "has been saved by somebody since" in page
    taken = client.get(page_of(chapter), {"draft": ""}).text
    assert "Typed before the crash</textarea>" in taken and 'name="opened" value="1"' in taken

    answer = client.post(page_of(chapter), typed(chapter, text_en="Typed before the crash", opened=1))

    assert answer.status_code == 409
    assert "Theirs" in answer.text and "Typed before the crash" in answer.text
    chapter.refresh_from_db()
    assert chapter.text_en == "Theirs"


def test_a_text_that_was_not_saved_can_be_thrown_away(client, author, chapter):
    client.post(live_of(chapter), typed(chapter))
    client.post(page_of(chapter), {"_discard": "1"})

    assert not ChapterDraft.objects.exists()


def test_who_may_only_read_finds_no_way_to_write(client, chapter):
    client.force_login(StaffFactory(is_superuser=False))

    assert client.post(live_of(chapter), typed(chapter)).status_code == 403
    assert client.post(page_of(chapter), typed(chapter)).status_code == 403


def test_a_frozen_chapter_can_be_read(client, author):
    programme()
    chapter = frozen().chapters.get(kind=Chapter.Kind.FOREWORD)

    page = client.get(page_of(chapter)).text

    assert "The facts are frozen" in page and "_save" not in page
    assert client.post(live_of(chapter), typed(chapter)).status_code == 403


# The draft of the report


def test_a_draft_is_compiled_on_any_day_marked_as_one_and_is_no_freeze(client, author):
    programme()
    report = drafted()
    client.post(reverse("admin:reports_annualreport_compile_draft", args=[report.pk]))
    draft = report.draft()
    render.render_all(list(draft.renditions.filter(kind=Rendition.Kind.ANNEX).values_list("pk", flat=True)))

    report.refresh_from_db()
    assert (report.status, report.snapshot(), list(report.freezes())) == ("drafting", None, [])
    assert '"title":{"en":"DRAFT of ' in draft.data
    served = client.get(reverse("reports:draft", args=[2020, "annex", "en"]))
    assert "DRAFT" in served["Content-Disposition"]
    assert client.get(reverse("reports:draft", args=[2020, "report", "en"])).status_code == 404  # not rendered yet


def test_the_next_draft_and_the_freeze_replace_a_draft(author, settings, django_capture_on_commit_callbacks):
    programme()
    report = drafted()
    first = services.compile_draft(report, by=author)
    render.render_all([first.renditions.get(kind=Rendition.Kind.ANNEX, language="en").pk])
    stored = settings.MEDIA_ROOT / first.renditions.get(kind=Rendition.Kind.ANNEX, language="en").file.name
    assert stored.exists()

    with django_capture_on_commit_callbacks(execute=True):
        second = services.compile_draft(report, by=author)
    assert (not stored.exists(), report.draft()) == (True, second)

    frozen_version = services.freeze(report, by=author)
    assert (list(Snapshot.objects.all()), frozen_version.version) == ([frozen_version], 1)


@pytest.mark.parametrize("when", ["before", "while it renders"])
def test_a_worker_whose_draft_is_gone_leaves_nothing_behind(author, settings, monkeypatch, tmp_path, when):
    settings.MEDIA_ROOT = tmp_path
    programme()
    report = drafted()
    draft = services.compile_draft(report, by=author)
    row = render.claim(draft.renditions.get(kind=Rendition.Kind.ANNEX, language="en").pk, timezone.now())
    make = render.make

    def made_too_late(rendition):
        made = make(rendition)
        services.compile_draft(report, by=author)
        return made

    if when == "before":
        services.compile_draft(report, by=author)
    else:
        monkeypatch.setattr(render, "make", made_too_late)
    render.render_one(row)

    assert not Rendition.objects.filter(pk=row.pk).exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


# Versions


def test_two_versions_are_compared_in_words(client, author):
    programme()
    report = frozen()
    services.reopen(report, by=author)
    City.objects.filter(slug="lodz").update(country="CZ")
    City.objects.get(slug="kyoto").steps.all().delete()
    chapter = report.chapters.get(kind=Chapter.Kind.FOREWORD)
    text = chapter.text_en.replace("looks back on", "is about")
    services.save_chapter(chapter, text_en=text, text_fr=chapter.text_fr, version=1, by=author)
    services.freeze(report, by=author, reason="The country of Łódź was wrong.")

    page = client.get(reverse("admin:reports_annualreport_compare", args=[report.pk]), {"from": "1", "to": "2"}).text

    assert "The country of Łódź was wrong." in page
    assert "country: “Poland” → “Czechia”" in page
    assert "<strong>Kyōto</strong>" in page and "removed" in page
    assert "<del>looks</del>" in page
    assert "Member cities on 31 December" in page
    assert "Kyōto, Łódź" in page.split("Sheets of cities that differ")[1].replace("Oslo, ", "")


def test_a_version_is_compared_with_the_records_of_today(client, author):
    programme()
    report = frozen()
    page = reverse("admin:reports_annualreport_compare", args=[report.pk])
    assert "There is no difference." in client.get(page).text

    City.objects.filter(slug="oslo").update(region="Østlandet")

    assert "Sheets of cities that differ" in client.get(page).text
    assert facts(report)["cities"]["oslo"]["region"] == ""


# Verification


def test_the_unit_sees_who_did_what_as_a_page_and_as_a_table(client, author):
    cities = programme()
    kari = official_of(cities["oslo"], name="Kari of Oslo")
    report = quickly_compiled(frozen())
    until = timezone.localdate() + timedelta(days=10)
    client.post(reverse("admin:reports_annualreport_open_round", args=[report.pk]), {"until": until.isoformat()})
    check = CityCheck.objects.get(city=cities["oslo"])
    services.ask_correction(check, request="=1+1 is wrong.", by=kari, seen="waiting")

    address = reverse("admin:reports_annualreport_verification", args=[report.pk])
    page = client.get(address).text
    assert "Kari of Oslo" in page and "=1+1 is wrong." in page and "1 city asks for a correction: Oslo." in page
    table = list(csv.reader(io.StringIO(client.get(address, {"format": "csv"}).content.decode("utf-8-sig"))))
    assert [row[:2] for row in table[1:]] == [
        ["Kyōto", "Nobody to ask"],
        ["Łódź", "Nobody to ask"],
        ["Oslo", "Asks for a correction"],
        ["Saint-Denis", "Nobody to ask"],
    ]
    assert table[3][3:5] == ["Kari of Oslo", "'=1+1 is wrong."]

    client.post(reverse("admin:reports_citycheck_answer_city", args=[check.pk]), {"answer": "Corrected."})
    check.refresh_from_db()
    assert (check.state, check.answered_by) == (CityCheck.State.ANSWERED, author)


def test_every_page_of_a_draft_says_that_it_is_one(author, settings):
    programme()
    draft = services.compile_draft(drafted(), by=author)
    row = draft.renditions.get(kind=Rendition.Kind.REPORT, language="en")

    render.render_all([row.pk])

    row.refresh_from_db()
    pages = pdf_reading.texts((settings.MEDIA_ROOT / row.file.name).read_bytes())
    mark = f"Draft of {formats.day(localdate(draft.frozen_at))}"
    assert [number for number, text in enumerate(pages, 1) if mark not in text] == []  # on one line
