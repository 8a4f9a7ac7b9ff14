"""A joint application from the first title to the receipt: the lead city by keyboard, the partner with the mouse."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation
from django.utils.translation import gettext

from grants.models import Application
from mail.models import Message
from tests.factories import CityFactory, official_of
from tests.grants.factories import PROJECT, CallFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_joint_application_from_title_to_receipt(page, sign_in, axe, language):
    now = timezone.now()

    def say(text: str, **values) -> str:
        """What the page says in the language of the journey."""
        with translation.override(language):
            return gettext(text) % values

    call = CallFactory(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9))
    lead_city, partner_city = (
        CityFactory(name="Bilbao", slug="bilbao", country="ES"),
        CityFactory(name="Łódź", slug="lodz", country="PL"),
    )
    lead, partner = official_of(lead_city), official_of(partner_city)

    def press(role, name):
        """Reach it and use it by keyboard."""
        target = page.get_by_role(role, name=name, exact=True).first
        target.focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")

    def write(label, text):
        page.get_by_label(label, exact=True).first.focus()
        page.keyboard.type(text)

    sign_in(lead)
    page.goto(f"/{language}/grants/{call.pk}/")
    press("link", say("Start an application"))
    write(say("Title of the project"), PROJECT["title"])
    axe(page)
    press("button", say("Start"))

    press("link", say("Project"))
    for field in ("theme", "summary", "objectives", "activities"):
        page.locator(f"#id_{field}").focus()
        page.keyboard.type(PROJECT[field])
    axe(page)
    press("button", say("Save"))

    press("link", say("Consortium"))
    page.get_by_label(say("City to invite")).select_option(str(partner_city.pk))
    press("button", say("Invite"))
    axe(page)
    press("link", say("Back to the task list"))

    press("link", say("Budget"))
    press("link", say("Edit the budget of %(city)s", city="Bilbao"))
    page.get_by_label(say("Heading")).first.select_option("travel")
    write(say("What for"), "Study visit")
    page.get_by_label(say("Grant asked for, in euros")).first.fill("4500")
    page.locator("#id_lines-0-cofinancing").fill("500")
    axe(page)
    press("button", say("Save"))

    application = Application.objects.get()
    page.goto(f"/{language}/grants/applications/{application.pk}/check/")
    assert page.get_by_role("button", name=say("Submit the application")).count() == 0
    assert page.get_by_text(say("%(city)s has not confirmed yet that it takes part.", city="Łódź")).is_visible()

    sign_in(partner)
    answer_url = Message.objects.get(template="grants/invitation").body.split()[-1].partition("/grants/")[2]
    page.goto(f"/{language}/grants/{answer_url}")
    page.get_by_label(say("Yes, we take part as a partner")).check()
    axe(page)
    with page.expect_navigation():
        page.get_by_role("button", name=say("Send the answer")).click()

    sign_in(lead)
    page.goto(f"/{language}/grants/applications/{application.pk}/")
    press("link", say("Check and submit"))
    axe(page)
    press("button", say("Submit the application"))
    page.get_by_role(
        "link", name=say("Confirm that what is written here is accurate.")
    ).click()  # the error summary leads to the box
    page.keyboard.press("Space")
    press("button", say("Submit the application"))

    assert page.get_by_role("heading", name=say("Application submitted")).is_visible()
    application.refresh_from_db()
    assert page.get_by_text(application.reference).first.is_visible()
    axe(page)
    with page.expect_download() as download:
        page.get_by_role("link", name=say("Receipt with everything that was submitted")).click()
    assert download.value.suggested_filename == f"{application.reference}.pdf"
    assert Message.objects.filter(template="grants/receipt", to_address=lead.email).count() == 1
