"""An official's day without JavaScript, by keyboard alone, on a page of 320 pixels, in both languages."""

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import expect

from activities.models import Registration
from tests.activities.factories import ActivityFactory
from tests.factories import PASSWORD, CityFactory, official_of

pytestmark = pytest.mark.django_db(transaction=True)
STOPS = 120  # more than any of the pages has


@pytest.fixture
def plain_page(browser, live_server):
    """A narrow page that runs no scripts."""
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 320, "height": 640}, base_url=live_server.url
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_log_in_write_the_profile_and_register_somebody(plain_page, language):
    page = plain_page
    city = CityFactory(name="Yokohama", slug="yokohama", country="JP")
    official = official_of(city, email="office@yokohama.example", language=language)
    activity = ActivityFactory(title_en="Welcome to schools", title_fr="Bienvenue à l’école")

    def say(text: str, **values) -> str:
        with translation.override(language):
            return gettext(text) % values

    def address(name: str, *args) -> str:
        with translation.override(language):
            return reverse(name, args=args)

    def reach(target) -> None:
        """Press Tab until the target has the focus; a page scrolled sideways would hide it."""
        expect(target).to_be_visible()
        for _stop in range(STOPS):
            page.keyboard.press("Tab")
            if target.evaluate("element => element === document.activeElement"):
                box = target.bounding_box()
                assert box["x"] >= 0 and box["x"] + box["width"] <= 320, target
                return
        pytest.fail(f"The keyboard does not reach {target} on {page.url}.")

    def write(field: str, words: str) -> None:
        reach(page.locator(f"main [name={field}]"))
        page.keyboard.press("Control+A")
        page.keyboard.type(words)

    def press(role: str, name: str) -> None:
        reach(page.get_by_role("main").get_by_role(role, name=name, exact=True).first)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    page.goto(address("account_login"))
    write("login", official.email)
    write("password", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page).to_have_url(address("home"))

    page.goto(address("cities:edit", city.slug))
    write(f"profile_{language}", "Neighbours meet in the port.")
    press("button", say("Save"))
    expect(page.get_by_role("main")).to_contain_text("Neighbours meet in the port.")
    expect(page.get_by_role("main")).to_contain_text(say("The profile is saved."))

    page.goto(address("activities:detail", activity.pk))
    press("link", say("Register a participant"))
    press("button", say("Register"))
    expect(page.get_by_role("alert")).to_contain_text(say("Name of the participant"))
    write("name", "Participant of the port")
    write("email", "port@yokohama.example")
    press("button", say("Register"))
    expect(page.get_by_role("main")).to_contain_text("Participant of the port")

    registration = Registration.objects.get()
    assert (registration.participant_email, registration.city) == ("port@yokohama.example", city)
