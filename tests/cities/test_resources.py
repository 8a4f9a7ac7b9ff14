"""Cities, contacts and terms as tables: out and in again without loss, broken rows named, nothing half done."""

from datetime import date

import pytest
import tablib

from cities.admin import CityResource, ContactResource, TermResource
from cities.models import City, Contact, Term
from tests.factories import (
    CityFactory,
    ContactFactory,
    NetworkFactory,
    PolicyAreaFactory,
    TermFactory,
    mayor_of,
    network_coordinator_of,
)

pytestmark = pytest.mark.django_db


def problems(result) -> list[str]:
    """Every sentence of an import that was refused."""
    found = [str(error.error) for error in result.base_errors]
    found += [str(error.error) for row in result.rows for error in row.errors]
    return found + [message for row in result.invalid_rows for message in row.error.messages]


def load(resource, dataset):
    return resource().import_data(dataset, dry_run=False, raise_errors=False, rollback_on_validation_errors=True)


@pytest.mark.parametrize("resource", [CityResource, ContactResource, TermResource])
def test_export_read_again_changes_nothing(resource):
    city = CityFactory(name="Łódź", country="PL", population=670_642, languages=["en", "pl"])
    city.interests.add(PolicyAreaFactory(), PolicyAreaFactory())
    mayor_of(city)
    network_coordinator_of(NetworkFactory())
    before = list(resource._meta.model.objects.order_by("pk").values())

    result = load(resource, resource().export())

    assert (problems(result), result.totals["skip"]) == ([], len(before))
    assert list(resource._meta.model.objects.order_by("pk").values()) == before


def test_cities_are_added_and_changed_by_slug():
    CityFactory(name="Oslo", slug="oslo")
    dataset = tablib.Dataset(
        ["oslo", "Oslo", "NO", "717710"],
        ["evora", "Évora", "PT", ""],
        headers=["slug", "name", "country", "population"],
    )

    result = load(CityResource, dataset)

    assert problems(result) == []
    assert City.objects.get(slug="oslo").population == 717_710
    assert [city.slug for city in City.objects.search("evora")] == ["evora"]


def test_languages_and_interests_are_written_as_codes_and_unknown_ones_are_refused():
    area = PolicyAreaFactory(code="media")
    dataset = tablib.Dataset(headers=["slug", "name", "country", "languages", "interests"])
    dataset.append(["evora", "Évora", "PT", "pt,en", "media"])

    assert problems(load(CityResource, dataset)) == []
    city = City.objects.get(slug="evora")
    assert (city.languages, list(city.interests.all())) == (["pt", "en"], [area])

    dataset = tablib.Dataset(["evora", "Évora", "PT", "xx"], headers=["slug", "name", "country", "languages"])
    assert problems(load(CityResource, dataset)) != []


def test_terms_name_city_and_contact():
    city, contact = CityFactory(slug="oslo"), ContactFactory(email="mayor@oslo.example")
    dataset = tablib.Dataset(
        ["mayor", "oslo", "mayor@oslo.example", "2023-10-25"], headers=["office", "city", "contact_email", "started_on"]
    )
    dataset.append_col([""], header="network")

    result = load(TermResource, dataset)

    term = Term.objects.get()
    assert problems(result) == []
    assert (term.city, term.contact, term.started_on) == (city, contact, date(2023, 10, 25))


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (["mayor", "atlantis", "", "mayor@oslo.example", "2023-10-25"], "“atlantis” was not found"),
        (["mayor", "oslo", "", "nobody@oslo.example", "2023-10-25"], "“nobody@oslo.example” was not found"),
        (["mayor", "oslo", "", "mayor@oslo.example", "25.10.2023"], "“25.10.2023” is not a date"),
        (["king", "oslo", "", "mayor@oslo.example", "2023-10-25"], "'king' is not a valid choice"),
        (["mayor", "", "", "mayor@oslo.example", "2023-10-25"], "A term belongs to a city"),
        (["mayor", "bergen", "", "mayor@oslo.example", "2023-10-25"], "overlaps these dates"),
    ],
)
def test_broken_row_is_named_and_nothing_is_imported(row, sentence):
    CityFactory(slug="oslo")
    ContactFactory(email="mayor@oslo.example")
    TermFactory(city=CityFactory(slug="bergen"), office="mayor")
    headers = ["office", "city", "network", "contact_email", "started_on"]
    good = ["coordinator", "oslo", "", "mayor@oslo.example", "2023-10-25"]

    result = load(TermResource, tablib.Dataset(good, row, headers=headers))

    assert any(sentence in problem for problem in problems(result)), problems(result)
    assert Term.objects.count() == 1


def test_table_puts_a_term_right_that_is_over_and_ends_none_that_runs():
    TermFactory(ended_on=date(2020, 1, 1)), TermFactory()
    dataset = TermResource().export(Term.objects.order_by("pk"))
    column = dataset.headers.index("ended_on")

    def imported(row: int) -> list[str]:
        changed = list(dataset[row])
        changed[column] = "2019-12-31"
        return problems(load(TermResource, tablib.Dataset(changed, headers=dataset.headers)))

    assert imported(0) == []
    assert "This term runs." in " ".join(imported(1))
    assert list(Term.objects.order_by("pk").values_list("ended_on", flat=True)) == [date(2019, 12, 31), None]


def test_unknown_column_is_named():
    result = load(ContactResource, tablib.Dataset(["a@b.example", "A", "x"], headers=["email", "name", "shoe size"]))

    assert any("shoe size" in problem for problem in problems(result))
    assert Contact.objects.count() == 0
