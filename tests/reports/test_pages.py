import io
import re

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from reports.models import Rendition
from tests import pdf_reading
from tests.factories import StaffFactory, UserFactory
from tests.reports.factories import approved, compiled, drafted, facts, programme

pytestmark = pytest.mark.django_db
DOCUMENTS = [("reports:pdf", "en"), ("reports:pdf", "fr"), ("reports:annex", "en"), ("reports:annex", "fr")]


def test_list_shows_published_reports_only(client):
    programme()
    compiled()

    assert b"Annual report 2020" not in client.get(reverse("reports:list")).content


def test_list_shows_an_approved_report_to_everybody(client):
    programme()
    approved()

    assert b"Annual report 2020" in client.get(reverse("reports:list")).content


def test_a_report_that_is_not_approved_is_not_there_for_the_public(client):
    programme()
    compiled()
    addresses = [reverse("reports:detail", args=[2020])] + [
        reverse(name, args=[2020, lang]) for name, lang in DOCUMENTS
    ]

    assert {client.get(address).status_code for address in addresses} == {404}


def test_documents_before_approval_need_the_permission(client):
    programme()
    compiled()
    client.force_login(UserFactory(is_staff=True))

    assert {client.get(reverse(name, args=[2020, lang])).status_code for name, lang in DOCUMENTS} == {403}


def test_documents_before_approval_open_for_staff(client):
    programme()
    compiled()
    client.force_login(StaffFactory())

    answers = [client.get(reverse(name, args=[2020, lang])) for name, lang in DOCUMENTS]

    assert {answer.status_code for answer in answers} == {200}
    assert {answer["Cache-Control"] for answer in answers} == {"private, no-cache"}


def test_documents_are_fetched_once_by_their_hash(client):
    programme()
    report = approved()
    address = reverse("reports:pdf", args=[2020, "en"])

    first = client.get(address)
    again = client.get(address, headers={"if-none-match": first["ETag"]})

    row = report.snapshot().renditions.get(kind=Rendition.Kind.REPORT, language="en")
    assert first["ETag"] == f'"{row.sha256}"'
    assert first["Content-Disposition"].startswith("attachment")
    assert (again.status_code, again.content) == (304, b"")


def test_a_language_that_does_not_exist_is_404(client):
    programme()
    approved()

    assert client.get(reverse("reports:pdf", args=[2020, "xx"])).status_code == 404


def test_letters_are_for_staff_only(client):
    programme()
    approved()
    address = reverse("reports:letter", args=[2020, "oslo"])

    assert client.get(address).status_code == 302
    client.force_login(UserFactory())
    assert client.get(address).status_code == 403
    client.force_login(StaffFactory())
    assert client.get(address).status_code == 200


def test_a_draft_says_that_its_facts_are_not_frozen(client):
    drafted()
    client.force_login(StaffFactory())

    assert b"not frozen yet" in client.get(reverse("reports:detail", args=[2020])).content


# The same numbers everywhere (R4)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_page_pdf_and_annex_show_the_same_figures(client, language):
    from reports.placeholders import number

    programme()
    report = approved()
    rows = facts(report)["figures"]

    page = client.get(f"/{language}/reports/2020/").content.decode()
    pdf = b"".join(client.get(reverse("reports:pdf", args=[2020, language])).streaming_content)
    book = load_workbook(
        io.BytesIO(b"".join(client.get(reverse("reports:annex", args=[2020, language])).streaming_content))
    )
    text = " ".join(pdf_reading.text(pdf).split())
    cells = {row[0]: row[1] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)}
    for row in rows:
        shown, label = number(row["value"], language, row["unit"]), row["label"][language]
        assert f'<td class="num strong">{shown}</td>' in page.replace("&#x27;", "'")
        assert float(cells[label]) == float(row["value"])
        assert " ".join(shown.split()) in text
    by_hand = "Entered by hand" if language == "en" else "Saisi à la main"
    notes = [cell for row in book.worksheets[0].iter_rows(values_only=True) for cell in row if cell]
    assert by_hand in page and by_hand in text and any(by_hand in str(cell) for cell in notes)
    on_page = re.findall(r'<span class="label">([^<]+)</span>', page)
    printed = [re.match(r"\S+ \d+\.", " ".join(tag.text.split())) for tag in pdf_reading.structure(pdf).all("Caption")]
    assert [" ".join(label.split()) for label in on_page] == list(dict.fromkeys(found[0] for found in printed if found))


def test_the_annex_neutralises_what_a_spreadsheet_would_run(client):
    programme()
    approved()
    content = b"".join(client.get(reverse("reports:annex", args=[2020, "en"])).streaming_content)

    cells = [
        cell for row in load_workbook(io.BytesIO(content))["Good practices"].iter_rows(values_only=True) for cell in row
    ]

    assert "'=SUM(1) is only a text here." in cells


def test_the_page_needs_few_queries(client, django_assert_max_num_queries):
    programme()
    approved()
    client.get(reverse("reports:detail", args=[2020]))

    with django_assert_max_num_queries(12):
        client.get(reverse("reports:detail", args=[2020]))
