import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection

from cities.models import City, MembershipStep
from cities.models.membership import Step
from common.exceptions import Refused, Stale
from correspondence.models import Signatory
from reports import render, services, snapshot
from reports.models import AnnualReport, Chapter, Rendition, Snapshot
from reports.signing import choose_signatory
from tests.factories import StaffFactory
from tests.reports.factories import FROZEN_AT, approved, compiled, drafted, facts, frozen, programme

pytestmark = pytest.mark.django_db
Status, State, Kind = AnnualReport.Status, Rendition.State, Rendition.Kind


def test_create_report_begins_with_every_chapter_in_both_languages():
    report = drafted()

    assert [chapter.kind for chapter in report.chapters.all()] == Chapter.Kind.values
    assert all(chapter.text_en and chapter.text_fr for chapter in report.chapters.all())


def test_create_report_is_refused_twice_for_a_year():
    drafted()

    with pytest.raises(Refused, match="already"):
        drafted()


@pytest.mark.parametrize("year", [2007, 2030])
def test_create_report_is_refused_for_a_year_outside_the_programme(year):
    with pytest.raises(Refused, match="2008"):
        services.create_report(year, by=StaffFactory(), at=datetime(2021, 1, 1, tzinfo=UTC))


# Chapters


def chapter_of(report: AnnualReport, kind: str = Chapter.Kind.FOREWORD) -> Chapter:
    return report.chapters.get(kind=kind)


def test_save_chapter_keeps_both_languages_and_counts_the_version():
    chapter = chapter_of(drafted())

    services.save_chapter(chapter, text_en="In {{ year }}", text_fr="En {{ year }}", version=1, by=StaffFactory())

    chapter.refresh_from_db()
    assert (chapter.text_en, chapter.text_fr, chapter.version) == ("In {{ year }}", "En {{ year }}", 2)


def test_save_chapter_that_was_saved_meanwhile_shows_the_other_text():
    chapter = chapter_of(drafted())
    services.save_chapter(chapter, text_en="Theirs", text_fr="Le leur", version=1, by=StaffFactory())

    with pytest.raises(Stale) as stale:
        services.save_chapter(chapter, text_en="Mine", text_fr="Le mien", version=1, by=StaffFactory())

    assert stale.value.current.text_en == "Theirs"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{{ figures.dragons }}", "is not known"),
        ("{{ city }}", "is not known"),
        ("{{ figures.members", "not complete"),
        ("[**bold**](https://example.org)", "holds another element"),
    ],
)
def test_save_chapter_refuses_what_would_not_print(text, sentence):
    chapter = chapter_of(drafted())

    with pytest.raises(Refused, match=sentence):
        services.save_chapter(chapter, text_en=text, text_fr="", version=1, by=StaffFactory())

    chapter.refresh_from_db()
    assert chapter.version == 1


def test_save_chapter_is_refused_once_the_facts_are_frozen():
    programme()
    report = frozen()

    with pytest.raises(Refused, match="Reopen"):
        services.save_chapter(chapter_of(report), text_en="x", text_fr="x", version=1, by=StaffFactory())


# Freezing (R1)


def test_freeze_writes_the_facts_and_promises_each_document():
    programme()

    report = frozen()

    assert (facts(report)["version"], facts(report)["reason"]) == (1, "")
    rows = report.snapshot().renditions.order_by("kind", "language", "city__slug")
    assert [(row.kind, row.language, row.city and row.city.slug) for row in rows] == [
        ("annex", "en", None),
        ("annex", "fr", None),
        ("letter", "en", "kyoto"),
        ("letter", "en", "lodz"),
        ("letter", "en", "oslo"),
        ("letter", "fr", "saint-denis"),
        ("report", "en", None),
        ("report", "fr", None),
    ]
    assert snapshot.digest(report.snapshot().data) == report.snapshot().sha256


def test_freeze_gives_the_same_hash_for_the_same_facts():
    programme()
    report = drafted()

    texts = {snapshot.canonical(snapshot.build(report, FROZEN_AT)) for _ in range(2)}

    assert len(texts) == 1


def test_figures_count_the_rows_that_the_report_lists():
    programme()
    data = facts(frozen())

    values = {row["key"]: row["value"] for row in data["figures"]}
    assert values["members"] == str(len(data["members"])) == "4"
    assert values["new_members"] == str(len(data["joined"])) == "1"
    assert values["countries"] == str(len(data["countries"]))
    assert values["activities"] == str(len(data["activities"]))
    assert values["grants"] == str(len(data["grants"]))
    assert values["publications"] == str(len(data["publications"]))
    assert values["practices"] == str(len(data["practices"]))
    assert values["networks"] == str(len(data["networks"]))
    assert values["index_results"] == str(len(data["index"]))
    assert values["expert_visits"] == str(len(data["visits"]))
    assert values["grants_total"] == "10000.00"


def test_figures_are_compared_with_the_year_before():
    programme()
    data = facts(frozen())

    members = next(row for row in data["figures"] if row["key"] == "members")
    assert (members["previous"], members["difference"]) == ("3", "1")
    assert "1 of these" in members["note"]["en"]


def test_a_year_before_the_records_begin_is_not_known_rather_than_zero():
    programme()
    rows = {row["key"]: row for row in facts(frozen())["figures"]}

    assert (rows["activities"]["value"], rows["activities"]["previous"], rows["activities"]["difference"]) == (
        "2",
        None,
        None,
    )
    assert rows["index_results"]["previous"] is None


def test_a_joining_date_that_was_not_found_stays_unknown():
    programme()
    data = facts(frozen())

    assert [row["name"] for row in data["members"] if row["since"] is None] == ["Kyōto"]
    assert data["members_without_date"] == 1


def test_freeze_fills_in_figures_as_each_language_writes_them():
    programme()
    data = facts(frozen())

    assert "4 cities in 4 countries" in data["chapters"]["foreword"]["text"]["en"]
    assert "4 villes de 4 pays" in data["chapters"]["foreword"]["text"]["fr"]


def test_changes_after_the_freeze_change_nothing():
    programme()
    report = frozen()
    oslo = report.snapshot().renditions.get(city__slug="oslo")
    before = render.make(oslo).content

    City.objects.filter(slug="oslo").update(name="Christiania", country="SE")
    MembershipStep.objects.create(city=City.objects.get(slug="lodz"), kind=Step.WITHDRAWN, on=FROZEN_AT.date())
    render.frozen_data.cache_clear()

    assert render.make(oslo).content == before


def test_freeze_a_second_time_is_refused():
    programme()
    report = frozen()

    with pytest.raises(Refused, match="frozen already"):
        services.freeze(report, by=StaffFactory())

    assert Snapshot.objects.count() == 1


def test_freeze_without_a_foreword_names_the_language():
    report = drafted()
    report.chapters.filter(kind=Chapter.Kind.FOREWORD).update(text_fr="")

    with pytest.raises(Refused, match="no text in French"):
        services.freeze(report, by=StaffFactory())


def test_freeze_after_reopening_asks_what_was_corrected():
    programme()
    report = services.reopen(frozen(), by=StaffFactory())

    with pytest.raises(Refused, match="corrected"):
        services.freeze(report, by=StaffFactory())
    second = services.freeze(report, by=StaffFactory(), reason="A date was wrong.")

    assert (second.version, Snapshot.objects.count()) == (2, 2)
    written = json.loads(second.data)
    assert (written["version"], written["reason"]) == (2, "A date was wrong.")


# Compiling (R3)


def test_compile_makes_every_document_once():
    programme()
    report = compiled()

    rows = report.snapshot().renditions
    assert [(row.kind, row.language, row.error) for row in rows.exclude(state=State.DONE)] == []
    assert report.status == Status.COMPILED
    assert set(rows.filter(kind=Kind.LETTER).values_list("pages", flat=True)) == {2}


def test_compile_is_refused_while_it_runs():
    programme()
    report = frozen()
    services.compile(report, by=StaffFactory())

    with pytest.raises(Refused, match="being compiled"):
        services.compile(report, by=StaffFactory())


def test_compile_needs_frozen_facts():
    with pytest.raises(Refused, match="Freeze"):
        services.compile(drafted(), by=StaffFactory())


def test_a_document_is_claimed_once():
    programme()
    pk = frozen().snapshot().renditions.get(city__slug="oslo").pk

    assert render.claim(pk, FROZEN_AT)
    assert render.claim(pk, FROZEN_AT) is None


def test_a_lease_that_ran_out_gives_the_document_to_another_worker():
    programme()
    report = services.compile(frozen(), by=StaffFactory())
    row = render.claim(report.snapshot().renditions.get(city__slug="oslo").pk, FROZEN_AT)

    render.sweep(FROZEN_AT + render.LEASES[Kind.LETTER] - timedelta(seconds=1))
    row.refresh_from_db()
    assert row.state == State.RENDERING

    render.sweep(FROZEN_AT + render.LEASES[Kind.LETTER])
    row.refresh_from_db()
    assert row.state == State.PENDING


def test_an_overtaken_worker_writes_nothing():
    programme()
    report = services.compile(frozen(), by=StaffFactory())
    late = render.claim(report.snapshot().renditions.get(city__slug="oslo").pk, FROZEN_AT)
    render.sweep(FROZEN_AT + timedelta(hours=1))
    render.claim(late.pk, FROZEN_AT + timedelta(hours=1))

    render.render_one(late)

    late.refresh_from_db()
    assert (late.state, late.attempts, bool(late.file)) == (State.RENDERING, 2, False)


def test_a_document_that_stops_every_worker_fails_with_a_sentence():
    programme()
    report = services.compile(frozen(), by=StaffFactory())
    pk = report.snapshot().renditions.get(city__slug="oslo").pk
    at = FROZEN_AT
    for _attempt in range(render.MAX_ATTEMPTS):
        assert render.claim(pk, at)
        at += timedelta(hours=1)
        render.sweep(at)

    row = Rendition.objects.get(pk=pk)
    assert (row.state, row.error) == (State.FAILED, "The worker was stopped 3 times while it rendered this document.")


def test_a_name_that_no_font_can_print_fails_the_document_and_says_so():
    programme()
    City.objects.filter(slug="oslo").update(name="Oslo \U0010fffd")
    report = services.compile(frozen(), by=StaffFactory())
    row = report.snapshot().renditions.get(city__slug="oslo")

    render.render_all([row.pk])

    row.refresh_from_db()
    assert row.state == State.FAILED
    assert "cannot be printed" in row.error


def test_cancel_stops_what_waits_and_compiling_again_makes_the_rest():
    programme()
    report = services.compile(frozen(), by=StaffFactory())
    first = report.snapshot().renditions.get(city__slug="oslo")
    render.render_all([first.pk])

    services.cancel(report, by=StaffFactory())
    counts = services.progress(report)
    assert (counts["done"], counts["cancelled"], counts["waiting"]) == (1, 7, 0)

    services.compile(report, by=StaffFactory())
    assert services.progress(report)["waiting"] == 7


def test_a_half_written_file_is_replaced(settings):
    name, _digest = render.store(b"whole", ".pdf", 1)
    (settings.MEDIA_ROOT / name).write_bytes(b"wh")

    again, _digest = render.store(b"whole", ".pdf", 1)

    assert again == name
    assert (settings.MEDIA_ROOT / name).read_bytes() == b"whole"


# Approving


def test_approve_is_refused_for_the_person_who_froze():
    programme()
    person = StaffFactory()
    report = compiled(by=person)

    with pytest.raises(Refused, match="Somebody else"):
        services.approve(report, by=person)


def test_the_database_refuses_an_approval_by_the_person_who_froze():
    programme()
    report = compiled()

    with pytest.raises(IntegrityError, match="report_four_eyes"):
        AnnualReport.objects.filter(pk=report.pk).update(
            status=Status.APPROVED, approved_at=FROZEN_AT, approved_by=report.frozen_by
        )


def test_approve_binds_to_facts_and_documents():
    programme()

    report = approved()

    assert (report.status, report.approved_sha256) == (Status.APPROVED, services.sealed(report.snapshot()))


def test_approve_is_refused_when_a_document_was_altered(settings):
    programme()
    report = compiled()
    row = report.snapshot().renditions.filter(kind=Kind.REPORT).first()
    (settings.MEDIA_ROOT / row.file.name).write_bytes(b"%PDF-1.7 something else")

    with pytest.raises(Refused, match="missing or altered"):
        services.approve(report, by=StaffFactory())


def test_approve_needs_a_compiled_report():
    programme()

    with pytest.raises(Refused, match="Compile"):
        services.approve(frozen(), by=StaffFactory())


def test_reopen_voids_the_approval():
    programme()

    report = services.reopen(approved(), by=StaffFactory())

    assert (report.status, report.approved_at, report.approved_sha256) == (Status.DRAFTING, None, "")


@pytest.mark.django_db(transaction=True)
def test_two_people_who_freeze_at_once_make_one_snapshot():
    programme()
    report, people = drafted(), [StaffFactory(), StaffFactory()]
    refused: list[str] = []

    def freeze(person) -> None:
        try:
            services.freeze(report, by=person)
        except Refused as refusal:
            refused.extend(refusal.messages)
        finally:
            connection.close()

    threads = [threading.Thread(target=freeze, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (Snapshot.objects.count(), len(refused)) == (1, 2)
    assert json.loads(Snapshot.objects.get().data)["year"] == 2020


def test_who_signs_is_chosen_while_drafting_and_frozen_with_the_facts():
    signatory = Signatory.objects.create(
        name="Irina Exemple", title_en="Head of the unit", title_fr="Cheffe de l’unité"
    )
    report = drafted()
    choose_signatory(report, signatory, by=StaffFactory())

    data = json.loads(services.freeze(report, by=StaffFactory(), at=FROZEN_AT).data)

    title = {"en": "Head of the unit", "fr": "Cheffe de l’unité"}
    assert data["signatory"] == {"name": "Irina Exemple", "title": title, "initials": "", "image": ""}
    with pytest.raises(Refused, match="The facts are frozen"):
        choose_signatory(report, None, by=StaffFactory())
