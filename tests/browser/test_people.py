"""A coordinator who invites a colleague and ends their access, and staff who change a mayor, each in a real browser."""

import re

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from playwright.sync_api import expect

from accounts.models import User
from cities.models import Term
from mail.models import Message
from tests.factories import CityFactory, StaffFactory, mayor_of, official_of

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long enough password"


def test_coordinator_invites_a_colleague_who_accepts_in_french_and_whose_access_ends(
    page, context, live_server, sign_in
):
    city = CityFactory(name="Oslo", slug="oslo")
    coordinator = official_of(city)
    sign_in(coordinator)
    page.goto(reverse("cities:people", args=["oslo"]))
    page.get_by_role("link", name="Add or invite a colleague").click()
    page.get_by_label("Office", exact=True).select_option("official")
    page.locator("[name=name]").fill("Kari Nor")
    page.locator("[name=email]").fill("kari@oslo.example")
    page.locator("[name=language][value=fr]").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("the invitation is on its way")

    body = Message.objects.get(template="account/invitation").body
    link = re.search(r"http\S+/invitation/[^\s>]+", body)[0].replace(settings.PORTAL_URL, live_server.url)
    context.clear_cookies()
    page.goto(link)
    for name in ("password1", "password2"):
        page.locator(f"[name={name}]").fill(PASSWORD)
    page.locator("main form button").first.click()
    expect(page.locator(".acting")).to_contain_text("Vous agissez pour Oslo")

    sign_in(coordinator)
    page.goto(reverse("cities:people", args=["oslo"]))
    page.get_by_role("link", name="End the term of Kari Nor").click()
    page.get_by_role("button", name="End the term").click()
    expect(page.get_by_role("status").first).to_contain_text("The term of Kari Nor is ended.")

    sign_in(User.objects.get(email="kari@oslo.example"))
    with translation.override("fr"):
        answer = page.goto(reverse("cities:people", args=["oslo"]))
    assert answer.status == 403
    expect(page.locator(".acting")).to_have_count(0)


def test_staff_change_a_mayor_from_the_list_of_what_is_missing(page, sign_in):
    city = CityFactory(name="Oslo", slug="oslo", election_on=timezone.localdate())
    old = mayor_of(city, name="Anna Berg", email="mayor@oslo.example")
    sign_in(StaffFactory())
    page.goto(reverse("admin:cities_cityoffices_changelist") + "?gap=election")
    page.get_by_role("link", name="Change of mayor: Oslo").click()
    expect(page.get_by_label("E-mail")).to_have_value("mayor@oslo.example")

    page.get_by_role("button", name="Change of mayor").click()
    expect(page.locator("main, body").first).to_contain_text("Write the name, or choose somebody in the list.")
    page.get_by_label("Name").fill("Kari Nor")
    page.get_by_role("button", name="Change of mayor").click()
    expect(page.locator("body")).to_contain_text("The mayor is changed.")

    new = Term.objects.get(city=city, ended_on=None)
    old.refresh_from_db()
    assert (old.ended_on, new.contact.name, new.contact.email) == (
        timezone.localdate(), "Kari Nor", "mayor@oslo.example",
    )  # fmt: skip
