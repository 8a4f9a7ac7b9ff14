"""The administration in a real browser: the annual report from an empty year to the mayors, by two people."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import expect

from accounts.groups import HEAD_OF_UNIT
from correspondence import services as correspondence
from mail.tasks import send_batch
from reports.models import AnnualReport, Chapter, Rendition
from reports.tasks import render_documents
from tests.access import staff_in
from tests.correspondence.factories import approved_mailing
from tests.factories import StaffFactory
from tests.reports.factories import frozen, programme

pytestmark = pytest.mark.django_db(transaction=True)
Status = AnnualReport.Status


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def ours_is_accessible(page) -> None:
    """axe finds nothing serious or critical between unfold's own menu and header."""
    found = Axe().run(page, context="#content").response["violations"]
    grave = [
        (rule["id"], [node["html"][:160] for node in rule["nodes"]])
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]
    assert not grave, f"{page.url}: {grave}"


def test_annual_report_from_an_empty_year_to_every_mayor(page, sign_in, mail_sink):
    programme()
    author, second = staff_in(HEAD_OF_UNIT), staff_in(HEAD_OF_UNIT)
    content = page.locator("#content")

    def choose(action: str) -> None:
        """Press the button above the form, then the one that answers the question."""
        page.get_by_role("link", name=action, exact=True).click()
        ours_is_accessible(page)
        with page.expect_navigation():
            content.get_by_role("button", name=action, exact=True).click()

    def save() -> None:
        with page.expect_navigation():
            page.get_by_role("button", name="Save", exact=True).click()

    sign_in(author)
    page.goto(reverse("admin:reports_annualreport_add"))
    page.locator("#id_year").focus()
    page.keyboard.type("2020")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    report = AnnualReport.objects.get(year=2020)

    page.goto(reverse("admin:reports_annualreport_change", args=[report.pk]))
    content.get_by_role("link", name="Write the chapters").click()
    content.get_by_role("link", name="Foreword").click()
    page.locator("#id_text_en").fill("In 2020, {{ figures.membres }} cities took part.")
    page.locator("#id_text_fr").fill("En 2020, {{ figures.members }} villes ont participé.")
    save()
    expect(content).to_contain_text(
        "Line 1: “{{ figures.membres }}” is not known. Did you mean “{{ figures.members }}”?"
    )
    expect(page.locator("#id_text_en")).to_have_value("In 2020, {{ figures.membres }} cities took part.")
    expect(page.locator("#id_text_fr")).to_have_value("En 2020, {{ figures.members }} villes ont participé.")
    page.locator("#id_text_en").fill("In 2020, {{ figures.members }} cities took part.")
    save()
    assert report.chapters.get(kind=Chapter.Kind.FOREWORD).text_fr.startswith("En 2020, {{ figures.members }} villes")

    page.goto(reverse("admin:reports_annualreport_change", args=[report.pk]))
    choose("Freeze the facts")
    choose("Compile")
    expect(content).to_contain_text("Workers are busy. This page loads again every few seconds.")
    expect(content).to_contain_text("0 of 8 done")
    render_documents(list(Rendition.objects.values_list("pk", flat=True)))
    expect(content).to_contain_text("8 of 8 done")  # the page has loaded again by itself
    expect(content).not_to_contain_text("Workers are busy")
    ours_is_accessible(page)

    page.goto(reverse("admin:reports_annualreport_change", args=[report.pk]))
    page.get_by_role("link", name="Go on without the cities", exact=True).click()
    page.get_by_label("Reason").fill("The cities saw their sheets at the meeting.")
    content.get_by_role("button", name="Go on without the cities", exact=True).click()
    expect(page.locator("#main")).to_contain_text("The reason is recorded.")
    choose("Approve")
    expect(page.locator("#main")).to_contain_text("You froze this report. Somebody else has to approve it.")
    report.refresh_from_db()
    assert report.status == Status.COMPILED

    sign_in(second)
    page.goto(reverse("admin:reports_annualreport_change", args=[report.pk]))
    choose("Approve")
    expect(page.locator("#main")).to_contain_text("The report is approved and public.")
    choose("Prepare the mailing")
    expect(page.locator("#main")).to_contain_text("Ready: 3 mails, 1 cities skipped with a reason")

    sign_in(author)
    page.goto(reverse("admin:reports_annualreport_change", args=[report.pk]))
    choose("Send to the mayors")
    send_batch()

    assert {received.recipients[0] for received in mail_sink.received} == {
        "maire@saint-denis.example",
        "mayor@lodz.example",
        "mayor@oslo.example",
    }
    page.goto(reverse("admin:reports_annualreport_change", args=[report.pk]))
    content.get_by_role("link", name="Each recipient").click()
    for office in ("mayor@oslo.example", "mayor@lodz.example", "maire@saint-denis.example"):
        expect(content.get_by_role("row").filter(has_text=office)).to_contain_text("Sent")
    report.refresh_from_db()
    page.goto(reverse("admin:correspondence_mailing_recipients", args=[report.mailing_id]))
    expect(content.get_by_role("row").filter(has_text="Kyōto")).to_contain_text("Nobody holds the office")
    ours_is_accessible(page)


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark")])
def test_our_pages_of_the_administration_have_nothing_grave_for_axe(page, sign_in, language, scheme):
    programme()
    report = frozen()
    Rendition.objects.filter(city__slug="oslo").update(state=Rendition.State.FAILED, error="ValueError: too wide")
    mailing = approved_mailing()
    correspondence.dispatch(mailing, by=StaffFactory())
    draft = approved_mailing()
    chapter = report.chapters.first()
    sign_in(staff_in(HEAD_OF_UNIT))
    page.emulate_media(color_scheme=scheme)
    with translation.override(language):
        urls = [
            reverse("admin:index"),
            reverse("admin:reports_annualreport_compile", args=[report.pk]),
            reverse("admin:reports_annualreport_watch", args=[report.pk]),
            reverse("admin:reports_annualreport_change", args=[report.pk]),
            reverse("admin:reports_chapter_change", args=[chapter.pk]),
            *(
                reverse(f"admin:reports_annualreport_{name}", args=[report.pk])
                for name in ("chapters", "figures", "verification", "compare")
            ),
            reverse("admin:correspondence_mailing_recipients", args=[mailing.pk]),
            reverse("admin:correspondence_mailing_send", args=[draft.pk]),
            reverse("admin:cities_city_import"),
        ]
    for url in urls:
        assert page.goto(url).status == 200, url
        ours_is_accessible(page)
