"""Tables out of the administration and in again, as a person does it: choose the file, look at the preview, confirm."""

import io
import re
from html import unescape

import pytest
import tablib
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import strip_tags
from openpyxl import load_workbook

from accounts.groups import HEAD_OF_UNIT
from cities.models import City, Contact, Term
from tests.access import sign_in, staff_in
from tests.factories import CityFactory, NetworkFactory, mayor_of, network_coordinator_of

pytestmark = pytest.mark.django_db
FORMATS = {"csv": "0", "xlsx": "1"}
HEADERS = ["slug", "name", "country", "population"]


@pytest.fixture(autouse=True)
def administrator(client):
    sign_in(client, staff_in(HEAD_OF_UNIT))


def address(model, page: str) -> str:
    return reverse(f"admin:cities_{model._meta.model_name}_{page}")


def export(client, model, kind: str) -> bytes:
    page = client.get(address(model, "export"))
    boxes = re.findall(rf'name="({model._meta.model_name}resource_\w+)"', page.text)
    answer = client.post(
        address(model, "export"), {"format": FORMATS[kind], "resource": "0", **dict.fromkeys(boxes, "on")}
    )
    assert answer.status_code == 200
    return answer.content


def preview(client, model, content: bytes, kind: str = "csv"):
    file = SimpleUploadedFile(f"table.{kind}", content)
    return client.post(address(model, "import"), {"import_file": file, "format": FORMATS[kind], "resource": "0"})


def confirm(client, model, page):
    assert "confirm_form" in page.context, said(page)
    return client.post(address(model, "process_import"), page.context["confirm_form"].initial, follow=True)


def said(page) -> str:
    return " ".join(unescape(strip_tags(page.text.partition("<body")[2])).split())


def table(*rows: list, headers: list[str] = HEADERS, kind: str = "csv") -> bytes:
    content = tablib.Dataset(*rows, headers=headers).export(kind)
    return content.encode() if isinstance(content, str) else content


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("model", [City, Contact, Term])
def test_what_was_exported_is_imported_and_nothing_changes(client, model, kind):
    oslo = CityFactory(name="Oslo", slug="oslo", population=717_710, latitude="59.91", longitude="10.75")
    mayor_of(oslo, name="Mayor's Office, Oslo", phone="+47 21 80 21 80")
    mayor_of(CityFactory(name="Łódź", country="PL", other_names="=Lodz"), language="fr")
    network_coordinator_of(NetworkFactory())
    before, versions = list(model.objects.order_by("pk").values()), model.history.count()

    page = confirm(client, model, preview(client, model, export(client, model, kind), kind))

    assert f"0 new, 0 updated, 0 deleted and {len(before)} skipped" in said(page)
    assert list(model.objects.order_by("pk").values()) == before
    assert model.history.count() == versions


@pytest.mark.parametrize("kind", FORMATS)
def test_what_was_previewed_is_saved_once(client, kind):
    CityFactory(name="Oslo", slug="oslo", population=1)
    page = preview(client, City, table(["oslo", "Oslo", "NO", 717710], ["evora", "Évora", "PT", ""], kind=kind), kind)
    assert City.objects.get().population == 1

    confirm(client, City, page)
    again = confirm(client, City, page)

    assert {city.slug: city.population for city in City.objects.all()} == {"oslo": 717_710, "evora": None}
    assert "This import was already done" in said(again)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("slug,name,country\nlodz,Łódź,PL\n".encode("utf-16"), "This file cannot be read"),
        ("slug,name,country\nevora,Évora,PT\n".encode("latin-1"), "This file cannot be read"),
        (b"name,country\nOslo,NO\n", "Add the column slug, which says what each row is about."),
        (b"slug,name,land\noslo,Oslo,NO\n", "These columns are not known: land."),
        (b"slug,name,country\noslo,Oslo,XX\n", "country: Value 'XX' is not a valid choice."),
        (b"slug,name,country\noslo,=1+1,NO\n", "name: “=1+1” is a formula. Write its result"),
        (b"slug,name,country,population\noslo,Oslo,NO,many\n", "population: “many” is not a number."),
        (b"slug,name,country\noslo,Oslo\n", "country: This field cannot be blank."),
        (b"", "The submitted file is empty."),
        (b"slug,name,country\n", "No valid data to import"),
    ],
)
def test_broken_file_gets_a_sentence_and_nothing_is_saved(client, content, sentence):
    page = preview(client, City, content)

    assert sentence in said(page)
    assert "confirm_form" not in page.context
    assert City.objects.count() == 0


def test_formula_in_a_workbook_is_refused_and_not_taken_for_its_result(client):
    book = load_workbook(io.BytesIO(table(["oslo", "Oslo", "NO", ""], kind="xlsx")))
    book.active["D2"] = "=700000+17710"
    file = io.BytesIO()
    book.save(file)

    page = preview(client, City, file.getvalue(), "xlsx")

    assert "population: “=700000+17710” is a formula." in said(page)
    assert City.objects.count() == 0


def test_a_file_that_is_no_workbook_is_refused(client):
    assert "This file cannot be read" in said(preview(client, City, b"slug,name,country\noslo,Oslo,NO\n", "xlsx"))


def test_three_bad_rows_of_ten_are_named_and_none_is_saved(client):
    rows = [[f"city-{n}", f"City {n}", "NO", n] for n in range(1, 11)]
    rows[1][2], rows[4][3], rows[8][0] = "Norway", "many", "not a slug"

    page = preview(client, City, table(*rows))

    assert {row.number: sorted(row.error_dict) for row in page.context["result"].invalid_rows} == {
        2: ["country"],
        5: ["population"],
        9: ["slug"],
    }
    assert "“many” is not a number." in said(page)
    assert City.objects.count() == 0
    refused = client.post(address(City, "process_import"), {"import_file_name": "x", "format": "0", "resource": "0"})
    assert refused.status_code in (200, 302) and City.objects.count() == 0


def test_rows_that_changed_since_the_preview_are_checked_once_more(client):
    """Between preview and confirmation somebody else took the mayor's office that the file fills."""
    oslo = CityFactory(name="Oslo", slug="oslo")
    contact = Contact.objects.create(name="New office", email="new@oslo.example")
    headers = ["office", "city", "network", "contact_email", "started_on"]
    page = preview(client, Term, table(["mayor", "oslo", "", contact.email, "2018-01-01"], headers=headers))
    mayor_of(oslo)

    answer = confirm(client, Term, page)

    assert "overlaps these dates" in said(answer)
    assert Term.objects.count() == 1
