"""Cities, contacts, terms, Index scores and contributions as tables: every one out and in again without loss, all or
nothing, and whatever a spreadsheet program may have done to the file is said by row and cell."""

from datetime import date
from decimal import Decimal

import pytest
import tablib
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.groups import FINANCE, HEAD_OF_UNIT
from cities import services
from cities.admin import CityResource, ContactResource, ContributionResource, IndexScoreResource, TermResource
from cities.models import City, Contact, Contribution, IndexResult, IndexScore, Term
from tests.access import sign_in, staff_in
from tests.cities.pages import index_of, show_everything
from tests.cities.test_import import confirm, export, preview, said, table
from tests.cities.test_resources import load, problems
from tests.factories import CityFactory, ContactFactory, PolicyAreaFactory, StaffFactory, mayor_of

pytestmark = pytest.mark.django_db
SCORES = ["city", "on", "version", "overall", "sample_size", "area", "score", "sample_mean"]


@pytest.fixture
def administrator(client):
    user = staff_in(HEAD_OF_UNIT)
    sign_in(client, user)
    return user


@pytest.fixture
def oslo():
    PolicyAreaFactory(code="education")
    PolicyAreaFactory(code="media")
    return CityFactory(name="Oslo", slug="oslo")


def numbered(result) -> dict[int, dict[str, list[str]]]:
    """What is wrong, by row and column."""
    return {row.number: row.error.message_dict for row in result.invalid_rows}


# Out and in again ------------------------------------------------------------------------------


def make_everything() -> None:
    staff, oslo = StaffFactory(), CityFactory(name="Oslo", slug="oslo", other_names="=Oslo, -Christiania")
    show_everything(oslo)
    oslo.refresh_from_db()
    oslo.interests.set([PolicyAreaFactory(code="housing")])
    CityFactory(name="Łódź", slug="lodz", country="PL", region="Łódzkie", languages=["pl", "en"], evidence_note="a\nb")
    mayor_of(oslo, name="+Office, “Oslo”", phone="+47 21 80 21 80")
    for year in (2024, 2025, 2026):
        Contribution.objects.create(city=oslo, year=year, amount=Decimal("5000.50"), due_on=date(year, 6, 30))
    services.mark_paid(Contribution.objects.get(year=2024), date(2024, 5, 1), by=staff)
    services.waive(Contribution.objects.get(year=2025), reason="@war; damage", by=staff)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("model", [City, Contact, Term, IndexScore, IndexResult, Contribution])
def test_export_read_again_changes_nothing(client, administrator, model, kind):
    make_everything()
    before = list(model.objects.order_by("pk").values())
    versions = model.history.count() if hasattr(model, "history") else None

    page = confirm(client, model, preview(client, model, export(client, model, kind), kind))

    assert f"0 new, 0 updated, 0 deleted and {len(before)} skipped" in said(page)
    assert list(model.objects.order_by("pk").values()) == before
    assert versions is None or model.history.count() == versions


@pytest.mark.parametrize(
    ("resource", "model", "left_out"),
    [
        (CityResource, City, {"id", "version", "search", "expected_election_on"}),
        (ContactResource, Contact, {"id", "is_listed", "listed_at", "is_bouncing", "is_made_up", "user_id"}),
        (IndexScoreResource, IndexScore, {"id", "result_id", "area_id"}),
        (ContributionResource, Contribution, {"id", "city_id", "settled_by_id"}),
    ],
)
def test_what_was_deleted_comes_back_as_it_was(resource, model, left_out):
    make_everything()

    def facts():
        return [{k: v for k, v in row.items() if k not in left_out} for row in model.objects.order_by("pk").values()]

    before, exported = facts(), resource().export()
    Term.objects.all().delete()
    (IndexResult if model is IndexScore else model).objects.all().delete()

    assert problems(load(resource, exported)) == []
    names = model is City and ("name_en", "name_fr")
    assert sorted(map(str, facts())) == sorted(map(str, before)), names


# The Index -------------------------------------------------------------------------------------


def test_scores_make_results_with_their_sample(oslo):
    rows = [
        ["oslo", "2024-05-04", "2024", "71.5", "105", "education", "80", "61.25"],
        ["oslo", "2024-05-04", "2024", "71.5", "105", "media", "40", ""],
    ]

    result = load(IndexScoreResource, tablib.Dataset(*rows, headers=SCORES))

    found = IndexResult.objects.get()
    assert problems(result) == []
    assert (found.city, found.on, found.overall, found.sample_size) == (oslo, date(2024, 5, 4), Decimal("71.5"), 105)
    assert list(found.scores.values_list("area__code", "score", "sample_mean")) == [
        ("education", 80, Decimal("61.25")),
        ("media", 40, None),
    ]


def test_changed_score_and_changed_sample_are_taken_over(oslo):
    index_of(oslo, date(2024, 5, 4), {"education": 70, "media": 45})
    exported = IndexScoreResource().export()
    rows = [dict(row) for row in exported.dict]
    for row in rows:
        row["sample_size"] = 110
    rows[1]["score"] = "46"

    result = load(IndexScoreResource, tablib.Dataset(*[list(r.values()) for r in rows], headers=exported.headers))

    assert problems(result) == []
    assert IndexResult.objects.get().sample_size == 110
    assert IndexResult.objects.get().history.count() == 2
    assert sorted(IndexScore.objects.values_list("score", flat=True)) == [46, 70]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (["atlantis", "2024-05-04", "2024", "70", "105", "education", "80", ""], {"city": "“atlantis” was not found."}),
        (["oslo", "4.5.2024", "2024", "70", "105", "education", "80", ""], {"on": "“4.5.2024” is not a date."}),
        (["oslo", "2024-05-04", "2024", "70", "105", "magic", "80", ""], {"area": "“magic” was not found."}),
        (["oslo", "2024-05-04", "2024", "70", "105", "education", "101", "-1"],
         {"score": "“101” is not between 0 and 100.", "sample_mean": "“-1” is not between 0 and 100."}),
        (["oslo", "2024-05-04", "2024", "70", "105", "education", "", ""], {"score": "Fill in this cell."}),
        (["oslo", "2024-05-04", "2024", "70", "", "education", "80", ""], {"sample_size": "a result needs it"}),
        (["oslo", "2024-05-04", "2024", "70", "many", "education", "80", ""], {"sample_size": "“many” is not a number."}),
        (["oslo", "2020-05-04", "2024", "70", "99", "education", "80", ""], {"sample_size": "Row 1 says “105” of the same"}),
        (["oslo", "2020-05-04", "2024", "70", "105", "media", "80", ""], {"city": "Row 1 is about the same record."}),
        (["oslo", "2024-05-04", "x" * 30, "70", "105", "education", "80", ""], {"version": "at most 20 characters"}),
    ],
)  # fmt: skip
def test_broken_score_is_named_by_row_and_cell_and_nothing_is_imported(oslo, row, wrong):
    good = ["oslo", "2020-05-04", "2024", "70", "105", "media", "80", ""]

    result = load(IndexScoreResource, tablib.Dataset(good, row, headers=SCORES))

    found = numbered(result)[2]
    assert found.keys() == wrong.keys()
    assert all(wrong[cell] in found[cell][0] for cell in wrong), found
    assert (IndexResult.objects.count(), IndexScore.objects.count()) == (0, 0)


# Contributions ---------------------------------------------------------------------------------


def test_finance_imports_what_was_paid_and_is_who_entered_it(client, oslo):
    user = staff_in(FINANCE)
    sign_in(client, user)
    Contribution.objects.create(city=oslo, year=2026, amount=5000)
    rows = table(
        ["oslo", 2026, "5000.00", "paid", "2026-05-02"], headers=["city", "year", "amount", "status", "settled_on"]
    )

    confirm(client, Contribution, preview(client, Contribution, rows))

    row = Contribution.objects.get()
    assert (row.status, row.settled_on, row.settled_by) == ("paid", date(2026, 5, 2), user)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"status": "paid"}, "What is paid or waived has its day"),
        ({"status": "waived", "settled_on": "2026-05-02"}, "A waiver needs its reason"),
        ({"status": "lost"}, "“lost” is not one of: due, paid, waived."),
        ({"amount": "0"}, "The amount is more than zero"),
        ({"amount": "a lot"}, "“a lot” is not a number."),
        ({"city": "atlantis"}, "“atlantis” was not found."),
        ({"year": "next"}, "“next” is not"),
    ],
)
def test_contribution_that_makes_no_sense_is_refused(oslo, cells, sentence):
    row = {"city": "oslo", "year": "2026", "amount": "5000", "status": "due", "settled_on": "", **cells}

    result = load(ContributionResource, tablib.Dataset(list(row.values()), headers=list(row)))

    assert any(sentence in problem for problem in problems(result)), problems(result)
    assert Contribution.objects.count() == 0


# Files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separator_of_the_spreadsheet_program_is_found(client, administrator, separator):
    lines = ["slug,name,country,latitude,longitude,other_names", 'oslo,Oslo,NO,59.91,10.75,"Kristiania, Christiania"']
    content = "\r\n".join(line.replace(", ", "§").replace(",", separator).replace("§", ", ") for line in lines)

    confirm(client, City, preview(client, City, content.encode("utf-8-sig")))

    city = City.objects.get()
    assert (city.name, city.latitude, city.other_names) == ("Oslo", Decimal("59.91000"), "Kristiania, Christiania")


def test_decimal_comma_of_a_semicolon_file_is_a_decimal_and_a_comma_in_a_whole_number_is_refused(client, administrator):
    header = "slug;name;country;latitude;longitude;population\n"

    confirm(client, City, preview(client, City, f"{header}oslo;Oslo;NO;59,91;10,75;717710\n".encode()))
    refused = preview(client, City, f"{header}bergen;Bergen;NO;60,39;5,32;291,940\n".encode())

    assert City.objects.get().latitude == Decimal("59.91000")
    assert "population: “291,940” is not a number." in said(refused)


def test_two_rows_about_one_record_are_refused():
    rows = [["oslo", "Oslo", "NO"], ["bergen", "Bergen", "NO"], ["oslo", "Oslo again", "NO"]]

    result = load(CityResource, tablib.Dataset(*rows, headers=["slug", "name", "country"]))

    assert numbered(result) == {3: {"slug": ["Row 1 is about the same record. Keep one of the two."]}}
    assert City.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (("slug,name,country\noslo,%s,NO\n" % ("x" * 5000)).encode(), "name: Ensure this value has at most 120 characters"),
        (("slug,name,country\noslo,%s,NO\n" % ("x" * 200_000)).encode(), "This file cannot be read"),
        (b'slug,name,country\noslo,"Oslo,NO\n', "Add"),
        (b"\x00\x01\x02", "No valid data to import"),
        (b"slug,slug,name,country\noslo,bergen,Oslo,NO\n", "The column slug stands twice."),
        (b"slug|name|country\noslo|Oslo|NO\n", "These columns are not known: slug|name|country."),
        (b"slug,name,country\noslo,Oslo,NO,too,many\n", "cannot be read"),
    ],
)  # fmt: skip
def test_file_that_a_program_broke_gets_a_sentence(client, administrator, content, sentence):
    page = preview(client, City, content)

    assert "confirm_form" not in page.context
    assert City.objects.count() == 0
    if sentence != "Add":
        assert sentence in said(page)


def test_more_decimals_than_the_portal_keeps_are_refused_not_rounded(oslo):
    row = ["oslo", "2024-05-04", "2024", "70", "105", "education", "80.123", ""]

    result = load(IndexScoreResource, tablib.Dataset(row, headers=SCORES))

    assert "no more than 2 decimal places" in numbered(result)[1]["score"][0]


def test_numbers_and_dates_of_a_workbook_are_taken_as_they_are(client, administrator, oslo):
    content = table(["oslo", date(2024, 5, 4), "2024", 71.5, 105, "education", 80, 61.25], headers=SCORES, kind="xlsx")

    confirm(client, IndexScore, preview(client, IndexScore, content, "xlsx"))

    score = IndexScore.objects.select_related("result").get()
    assert (score.score, score.sample_mean, score.result.on) == (80, Decimal("61.25"), date(2024, 5, 4))


# Many rows -------------------------------------------------------------------------------------


def scores_of(count: int) -> tablib.Dataset:
    """Rows of twelve areas for as many cities as it takes."""
    for n in range(12):
        PolicyAreaFactory(code=f"a{n}")
    cities = City.objects.bulk_create(
        City(name=f"C{n}", slug=f"c{n}", country="NO", search=f"c{n}") for n in range((count + 11) // 12)
    )
    rows = [[city.slug, "2024-05-04", "2024", "70", "105", f"a{n}", "80", "60"] for city in cities for n in range(12)]
    return tablib.Dataset(*rows[:count], headers=SCORES)


def test_ten_thousand_scores_are_imported():
    dataset = scores_of(10_000)

    result = load(IndexScoreResource, dataset)

    assert (problems(result), IndexScore.objects.count(), IndexResult.objects.count()) == ([], 10_000, 834)


@pytest.mark.parametrize(
    ("resource", "headers", "row", "most"),
    [
        (CityResource, ["slug", "name", "country"], lambda n: [f"c{n}", f"C{n}", "NO"], 13),
        (ContactResource, ["email", "name"], lambda n: [f"c{n}@x.example", f"C{n}"], 11),
        (ContributionResource, ["city", "year", "amount"], lambda n: ["oslo", 1900 + n, "5000"], 15),
        (IndexScoreResource, SCORES, lambda n: ["oslo", date(2000, 1, n + 1), "1", "70", "9", "media", "80", ""], 8),
        (TermResource, ["office", "city", "network", "contact_email", "started_on"],
         lambda n: ["official", "oslo", "", "o@x.example", date(2000, 1, n + 1)], 20),
    ],
)  # fmt: skip
def test_new_row_takes_few_queries_and_one_that_stands_hardly_any(resource, headers, row, most):
    CityFactory(slug="oslo")
    PolicyAreaFactory(code="media")
    ContactFactory(email="o@x.example")
    counts = []
    for size in (4, 24):
        for _time in ("new", "again"):
            dataset = tablib.Dataset(*[row(n) for n in range(size)], headers=headers)
            with CaptureQueriesContext(connection) as queries:
                assert problems(load(resource, dataset)) == []
            counts.append(len(queries))

    new, again = (counts[2] - counts[1]) / 20, (counts[3] - counts[1]) / 20
    assert new <= most and again <= 3, (new, again)


def test_preview_of_a_long_table_counts_its_rows_and_still_names_the_wrong_ones(client, administrator, monkeypatch):
    monkeypatch.setattr("common.spreadsheets.SHOWN_ROWS", 5)
    rows = [[f"c{n}", f"C{n}", "NO"] for n in range(8)]

    page = preview(client, City, table(*rows, headers=["slug", "name", "country"]))
    rows[6][2] = "Norway"
    refused = preview(client, City, table(*rows, headers=["slug", "name", "country"]))

    assert "8 new, 0 changed, 0 unchanged" in said(page) and "confirm_form" in page.context
    assert [row.number for row in refused.context["result"].invalid_rows] == [7]
