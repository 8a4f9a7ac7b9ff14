"""People reach each other: a city and the unit, staff in the place of an official, one city and another, a network."""

import re

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import expect

from accounts.groups import PROGRAMME
from accounts.models import Viewing
from cities.models import Office, Term
from correspondence.models import EntryFile, Thread
from mail.models import Message
from tests.access import staff_in
from tests.factories import (
    CityFactory,
    ContactFactory,
    NetworkFactory,
    TermFactory,
    mayor_of,
    network_coordinator_of,
    official_of,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.parametrize("language", ["en", "fr"])]
PDF = {"name": "minutes.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 minutes"}
NO_PDF = {**PDF, "buffer": b"MZ a program"}


@pytest.fixture
def say(language):
    def say(text: str, **values) -> str:
        with translation.override(language):
            return gettext(text) % values

    return say


@pytest.fixture
def address(language):
    def address(name: str, *args) -> str:
        with translation.override(language):
            return reverse(name, args=args)

    return address


def test_a_city_asks_the_unit_answers_and_the_city_reads(page, sign_in, say, address, axe):
    official = official_of(CityFactory(name="Yokohama", slug="yokohama", country="JP"))
    sign_in(official)
    page.goto(address("exchanges:new"))
    page.get_by_label(say("Subject")).fill("The Index")
    page.get_by_label(say("Message"), exact=True).fill("When is the next round?\nThank you.")
    page.locator("[name=files]").set_input_files([NO_PDF])
    page.get_by_role("main").get_by_role("button", name=say("Send"), exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("minutes.pdf")
    expect(page.locator("[name=text]")).to_have_value("When is the next round?\nThank you.")
    axe(page)
    page.locator("[name=files]").set_input_files([PDF])
    page.wait_for_timeout(2100)  # within two seconds a second click is taken for a double one
    page.get_by_role("main").get_by_role("button", name=say("Send"), exact=True).click()
    expect(page.get_by_role("heading", name="The Index")).to_be_visible()
    thread = Thread.objects.get()
    assert EntryFile.objects.get().entry.thread == thread

    staff = staff_in(PROGRAMME)
    sign_in(staff)
    page.goto(address("admin:correspondence_thread_change", thread.pk))
    expect(page.locator("#content")).to_contain_text("When is the next round?")
    page.locator("[name=text]").fill("In spring.")
    page.get_by_role("button", name=say("Send the answer")).click()
    expect(page.locator("#content")).to_contain_text("In spring.")

    sign_in(official)
    page.goto(address("home"))
    page.get_by_role("main").get_by_role("link", name=re.compile("The Index")).click()
    expect(page.get_by_role("main")).to_contain_text("In spring.")
    axe(page)
    page.goto(address("home"))
    expect(page.get_by_role("main").get_by_role("link", name=re.compile("The Index"))).to_have_count(0)
    assert Message.objects.filter(to_address=official.email, template="exchanges/answer").count() == 1


def test_staff_look_as_the_city_and_cannot_save(page, sign_in, say, address, axe):
    city = CityFactory(name="Oslo", slug="oslo", profile_en="Before", profile_fr="Avant")
    official_of(city, name="Kari of Oslo")
    sign_in(staff_in(PROGRAMME))
    page.goto(address("see_as_official", "oslo"))
    axe(page)
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_role("main")).to_contain_text("Kari of Oslo")

    page.goto(address("cities:edit", "oslo"))
    page.locator("[name=profile_en]").fill("Written by the unit")
    page.get_by_role("main").get_by_role("button", name=say("Save"), exact=True).click()
    expect(page.get_by_role("main")).to_contain_text(say("You only look"))
    axe(page)

    page.goto(address("city", "oslo"))
    page.get_by_role("button", name=say("Stop"), exact=True).click()
    expect(page).to_have_url(re.compile(f"/admin/cities/city/{city.pk}/change/"))
    city.refresh_from_db()
    assert (city.profile_en, Viewing.objects.get().ended_at is not None) == ("Before", True)


def test_an_official_finds_cities_compares_them_and_writes_to_a_colleague(page, sign_in, say, address, axe):
    own = CityFactory(name="Bilbao", slug="bilbao", country="ES")
    lodz = CityFactory(name="Łódź", slug="lodz", country="PL", population=670_000)
    CityFactory(name="Lublin", slug="lublin", country="PL", population=340_000)
    colleague = ContactFactory(name="Office of Łódź", email="lodz@city.example")
    TermFactory(city=lodz, contact=colleague)
    official = official_of(own)

    def press(target) -> None:
        target.focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")

    sign_in(official)
    page.goto(address("cities:list"))
    page.get_by_label(say("Name, country or region")).focus()
    page.keyboard.type("LODZ")
    expect(page.locator("#count")).to_contain_text("1")
    expect(page.get_by_role("link", name="Łódź", exact=True)).to_be_visible()
    page.goto(address("cities:list") + "?country=PL")
    expect(page.locator("#count")).to_contain_text("2")
    for slug in ("lodz", "lublin"):
        page.locator(f"#compare-{slug}").focus()
        page.keyboard.press("Space")
    press(page.get_by_role("button", name=say("Compare the ticked cities")))
    expect(page.get_by_role("main")).to_contain_text("Lublin")
    axe(page)

    press(page.get_by_role("main").get_by_role("link", name="Łódź").first)
    expect(page.get_by_role("main")).not_to_contain_text("lodz@city.example")
    press(page.get_by_role("main").get_by_role("link", name=say("Write to the coordinator of the city")))
    page.get_by_label(say("Subject")).focus()
    page.keyboard.type("Mediators")
    page.get_by_label(say("Message"), exact=True).focus()
    page.keyboard.type("May we visit you?")
    axe(page)
    press(page.get_by_role("main").get_by_role("button", name=say("Send"), exact=True))
    expect(page.get_by_role("main")).to_contain_text(
        say("Your message is on its way. The answer comes to %(address)s.", address=official.email)
    )
    message = Message.objects.get(template="cities/introduction")
    assert (message.to_address, message.reply_to) == ("lodz@city.example", official.email)


def test_the_coordinator_of_a_network_acts_for_a_city_and_enters_its_new_mayor(page, sign_in, say, address, axe):
    network = NetworkFactory()
    bergen = CityFactory(name="Bergen", slug="bergen", network=network)
    CityFactory(name="Oslo", slug="oslo", network=network)
    before = mayor_of(bergen, name="Old mayor", email="mayor@bergen.example")
    sign_in(network_coordinator_of(network))

    page.goto(address("cities:mine"))
    expect(page.get_by_role("main")).to_contain_text("Oslo")
    axe(page)
    page.get_by_role("button", name=say("Act for %(name)s", name="Bergen")).click()
    expect(page.locator("body")).to_contain_text(say("You act for"))
    page.goto(address("cities:person_appoint", "bergen", "mayor"))
    page.locator("[name=name]").fill("New mayor")
    page.locator("main form [name=email]").fill("new@bergen.example")
    page.get_by_role("main").get_by_role("button", name=say("Save"), exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("New mayor")

    before.refresh_from_db()
    running = Term.objects.get(city=bergen, office=Office.MAYOR, ended_on=None)
    assert (running.contact.email, before.ended_on) == ("new@bergen.example", running.started_on)
