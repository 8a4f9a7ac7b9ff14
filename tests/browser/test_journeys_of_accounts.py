"""Setting up and using a second factor in a real browser: codes from an app, and a passkey."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from playwright.sync_api import expect

from accounts import services
from tests.accounts.test_login import code_now
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff():
    return services.create_user(
        "unit@unit.example", PASSWORD, name="Unit", is_staff=True, groups=["Unit administrator"]
    )


@pytest.fixture
def at_localhost(live_server) -> str:
    """Passkeys belong to a name; a bare address has none."""
    return live_server.url.replace("127.0.0.1", "localhost")


def log_in(page, root: str, user) -> None:
    page.goto(root + reverse("account_login") + "?next=" + reverse("admin:index"))
    page.locator("[name=login]").fill(user.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form:has([name=password]) button[type=submit]").first.click()


def confirm_password(page) -> None:
    if page.locator("[name=password]").count():
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("form:has([name=password]) button[type=submit]").first.click()


def test_staff_set_up_codes_from_an_app_and_the_administration_opens(page, live_server, staff):
    log_in(page, live_server.url, staff)
    expect(page.locator("main")).to_contain_text("Set up a second factor first")

    page.goto(live_server.url + reverse("mfa_activate_totp"))
    confirm_password(page)
    shown = page.locator("main").evaluate(
        "main => main.innerText + [...main.querySelectorAll('input')].map(i => i.value)"
    )
    secret = re.search(r"\b[A-Z2-7]{32}\b", shown).group()
    page.locator("[name=code]").fill(code_now(secret))
    page.locator("form:has([name=code]) button[type=submit]").first.click()

    page.get_by_role("link", name="Continue to the administration").click()
    expect(page).to_have_url(re.compile(r"/en/admin/$"))


def test_a_passkey_is_added_and_logs_in_without_a_password(page, context, at_localhost, staff):
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    log_in(page, at_localhost, staff)
    page.goto(at_localhost + reverse("mfa_add_webauthn"))
    confirm_password(page)
    page.locator("[name=name]").fill("Key of the unit")
    if page.locator("[name=passwordless]").count():
        page.locator("[name=passwordless]").check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda url: "webauthn/add" not in url and "keys/add" not in url)
    assert Authenticator.objects.filter(user=staff, type=Authenticator.Type.WEBAUTHN).count() == 1

    context.clear_cookies()
    page.goto(at_localhost + reverse("account_login") + "?next=" + reverse("accounts:preferences"))
    page.locator("#passkey_login").click()
    expect(page).to_have_url(re.compile(r"/account/preferences/$"))
