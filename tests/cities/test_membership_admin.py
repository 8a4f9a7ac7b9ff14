"""The unit takes a city along its path and keeps its contributions, in the administration."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.groups import FINANCE, PROGRAMME, READER
from cities import services
from cities.models import Contribution
from tests.access import sign_in, staff_in
from tests.cities.test_import import said
from tests.factories import CityFactory, NetworkFactory, StaffFactory, official_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%%EOF"


@pytest.fixture
def staff(client):
    user = staff_in(PROGRAMME)
    sign_in(client, user)
    return user


def step(**values) -> dict:
    return {"kind": "intent", "on": "2020-05-04", "precision": "day", "ordinal": "", "source": "", "note": "", **values}


def at(name: str, *args) -> str:
    return reverse(f"admin:cities_{name}", args=args)


def test_step_is_recorded_from_the_page_of_the_city_with_the_next_ordinal_proposed(client, staff):
    services.sign_statement(CityFactory(member=False), date(2019, 1, 1), by=staff, ordinal=144)
    city = CityFactory(name="Oslo", member=False)
    url = at("city_take_step", city.pk)

    assert 'name="ordinal" value="145"' in client.get(url).text
    client.post(url, step(ordinal="145", note="Signed in public.", document=SimpleUploadedFile("a.pdf", PDF)))

    found = city.steps.get()
    assert (found.kind, found.on, found.ordinal, found.note) == ("intent", date(2020, 5, 4), 145, "Signed in public.")
    assert found.history.get().history_user == staff
    assert "145" in client.get(at("city_change", city.pk)).text


def test_proposed_ordinal_is_no_obstacle_for_another_step(client, staff):
    city = CityFactory()

    client.post(at("city_take_step", city.pk), step(kind="expert_visit", ordinal="145"))

    assert city.steps.get(kind="expert_visit").ordinal is None


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"kind": "reinstated"}, "is not suspended on 4 May 2020"),
        ({"on": "yesterday"}, "Enter a valid date."),
        ({"kind": "index", "on": ""}, "Give the date, or say that it is unknown."),
        ({"kind": "index", "document": SimpleUploadedFile("a.pdf", b"MZ program")}, "not one of these kinds"),
    ],
)
def test_refused_step_is_explained_and_nothing_typed_is_lost(client, staff, values, sentence):
    city = CityFactory()

    page = client.post(at("city_take_step", city.pk), step(note="A long note", **values))

    assert sentence in said(page) and "A long note" in page.text
    assert city.steps.count() == 1


def test_step_is_corrected_and_its_document_stays_until_it_is_removed(client, staff):
    found = CityFactory().steps.get()
    services.save_step(found, by=staff, document=SimpleUploadedFile("a.pdf", PDF))
    url = at("membershipstep_correct", found.pk)

    client.post(url, step(version=2, on="2016-01-02"))
    found.refresh_from_db()
    assert (found.on, bool(found.document)) == (date(2016, 1, 2), True)

    client.post(url, step(version=3, on="2016-01-02", removes_document="on"))
    found.refresh_from_db()
    assert not found.document


def test_correction_of_a_step_that_changed_meanwhile_says_who_changed_it_to_what(client, staff):
    found = CityFactory().steps.get()
    other = StaffFactory(name="Quick Office")
    services.save_step(found, by=other, note="The note of the first")

    page = client.post(at("membershipstep_correct", found.pk), step(version=1, note="The note of the second"))

    assert "Quick Office changed this step while you were writing." in said(page)
    assert "The note of the first" in said(page) and "The note of the second" in page.text
    found.refresh_from_db()
    assert found.note == "The note of the first"


def test_step_is_removed_by_a_button_only(client, staff):
    city = CityFactory()
    found = services.suspend(city, date(2020, 1, 1), by=staff)

    assert client.get(at("membershipstep_delete", found.pk)).status_code == 403
    client.post(at("membershipstep_remove", found.pk))

    assert city.steps.count() == 1


def test_document_is_for_the_officials_of_the_city_and_the_unit_and_comes_as_an_attachment(client, staff):
    city = CityFactory(name="Oslo", slug="oslo")
    found = services.save_step(city.steps.get(), by=staff, document=SimpleUploadedFile("a.pdf", PDF))
    url = reverse("cities:step_document", args=["oslo", found.pk])

    answers = {}
    for name, user in {
        "official": official_of(city),
        "other": official_of(CityFactory(slug="bergen")),
        "reader": staff_in(READER),
    }.items():
        sign_in(client, user)
        answers[name] = client.get(url)

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "official": 200, "other": 403, "reader": 200,
    }  # fmt: skip
    assert answers["official"]["Content-Disposition"] == 'attachment; filename="oslo-statement-of-intent.pdf"'
    assert "no-store" in answers["official"]["Cache-Control"]
    assert client.get(reverse("cities:step_document", args=["bergen", found.pk])).status_code == 404


# Contributions ---------------------------------------------------------------------------------


@pytest.fixture
def finance(client):
    user = staff_in(FINANCE)
    sign_in(client, user)
    return user


def test_finance_opens_a_year_and_settles_what_is_due(client, finance):
    network = NetworkFactory(code="int", is_international=True)
    CityFactory(name="Oslo", network=network)
    CityFactory(name="Bergen", network=network)
    year = timezone.localdate().year
    assert "gets one of €5,000.00" in said(client.get(at("contribution_open_year")))

    first = client.post(at("contribution_open_year"), {"year": year, "due_on": f"{year}-01-01"}, follow=True)
    again = client.post(at("contribution_open_year"), {"year": year, "due_on": ""}, follow=True)
    oslo, bergen = Contribution.objects.order_by("-city__name")
    client.post(at("contribution_pay", oslo.pk), {"on": f"{year}-01-01"})
    client.post(at("contribution_waive", bergen.pk), {"reason": "War damage"})

    assert f"2 contributions for {year} were opened." in said(first)
    assert f"Every city that owes a contribution for {year} has it already." in said(again)
    rows = {c.city.name: (c.status, c.settled_by, c.reason) for c in Contribution.objects.select_related("city")}
    assert rows == {"Oslo": ("paid", finance, ""), "Bergen": ("waived", finance, "War damage")}


@pytest.mark.parametrize(
    ("action", "form", "sentence"),
    [
        ("pay", {"on": "2999-01-01"}, "lies in the future"),
        ("pay", {"on": "soon"}, "Enter a valid date."),
        ("waive", {"reason": " "}, "This field is required."),
    ],
)
def test_bad_settlement_is_explained(client, finance, action, form, sentence):
    row = Contribution.objects.create(city=CityFactory(), year=2026, amount=5000)

    page = client.post(at(f"contribution_{action}", row.pk), form)

    row.refresh_from_db()
    assert sentence in said(page) and row.status == "due"


def test_year_far_away_keeps_what_was_typed(client, finance):
    page = client.post(at("contribution_open_year"), {"year": 1026, "due_on": "2026-06-30"})

    assert "Choose a year between" in said(page) and "1026" in page.text and "2026-06-30" in page.text


def test_overview_counts_and_sums_each_year_and_is_a_table_too(client, finance):
    cities = CityFactory.create_batch(4)
    for city, amount in zip(cities, (5000, 5000, 5000, 2500), strict=True):
        Contribution.objects.create(city=city, year=2025, amount=amount, due_on=date(2025, 6, 30))
    Contribution.objects.create(city=cities[0], year=2026, amount=5000, due_on=date(2999, 6, 30))
    rows = list(Contribution.objects.filter(year=2025).order_by("-amount", "pk"))
    services.mark_paid(rows[0], date(2025, 5, 1), by=finance)
    services.waive(rows[1], reason="War damage", by=finance)

    page = said(client.get(at("contribution_changelist")))
    book = load_workbook(io.BytesIO(client.get(at("contribution_overview")).content))

    assert "2025 4 2 due 2025€7,500.00 2 overdue 2025€7,500.00 1 paid 2025€5,000.00 1 waived 2025€5,000.00" in page
    assert [[cell.value for cell in row] for row in book.active][1:] == [
        [2026, 1, 1, 5000, 0, 0, 0, 0, 0, 0],
        [2025, 4, 2, 7500, 1, 5000, 1, 5000, 2, 7500],
    ]


def test_links_of_the_overview_open_the_rows_they_count(client, finance):
    for city in CityFactory.create_batch(2):
        Contribution.objects.create(city=city, year=2025, amount=5000, due_on=date(2025, 6, 30))
    services.mark_paid(Contribution.objects.first(), date(2025, 5, 1), by=finance)

    counts = {
        query: client.get(at("contribution_changelist") + query).context["cl"].result_count
        for query in ("?year=2025", "?year=2025&status__exact=due", "?year=2025&overdue=yes", "?year=2024")
    }

    assert list(counts.values()) == [2, 1, 1, 0]


def test_settled_contribution_can_be_neither_rewritten_nor_deleted_until_it_is_due_again(client, finance):
    row = Contribution.objects.create(city=CityFactory(), year=2026, amount=5000)
    services.mark_paid(row, date(2026, 1, 1), by=finance)

    assert client.get(at("contribution_delete", row.pk)).status_code == 403
    client.post(at("contribution_change", row.pk), {"city": row.city_id, "year": 2026, "amount": 1})
    client.post(at("contribution_set_due_again", row.pk))

    row.refresh_from_db()
    assert (row.amount, row.status) == (5000, "due")


def test_reader_sees_the_overview_and_changes_nothing(client):
    row = Contribution.objects.create(city=CityFactory(), year=2026, amount=5000)
    sign_in(client, staff_in(READER))

    assert client.get(at("contribution_changelist")).status_code == 200
    assert client.get(at("contribution_overview")).status_code == 200
    assert client.post(at("contribution_open_year"), {"year": 2026}).status_code == 403
    assert client.post(at("contribution_pay", row.pk), {"on": "2026-01-01"}).status_code == 403
