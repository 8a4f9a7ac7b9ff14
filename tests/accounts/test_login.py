"""Logging in: the same answers for everybody, a limit on guesses, a second factor for the administration."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts import groups, services
from accounts.models import User
from common.exceptions import Refused
from mail.models import Message
from tests.access import sign_in
from tests.factories import PASSWORD, StaffFactory, UserFactory

SECRET = "JBSWY3DPEHPK3PXP"
TOKENS = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')


def log_in(client, email: str, password: str = PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def plain(response, email: str) -> tuple[int, str, str]:
    body = TOKENS.sub("", response.content.decode()).replace(email, "ADDRESS")
    return response.status_code, response.get("Location", ""), body


def code_now(secret: str = SECRET) -> str:
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))


@pytest.mark.django_db
def test_one_logs_in_with_the_address_in_any_case_and_lands_in_ones_language(client):
    user = services.create_user("Office@City.example", PASSWORD, name="Office", language="fr")

    response = log_in(client, "OFFICE@city.example")

    assert (user.email, response.status_code, response["Location"]) == ("office@city.example", 302, "/fr/")


@pytest.mark.django_db
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer():
    UserFactory(email="known@city.example")

    known = plain(log_in(Client(), "known@city.example", "wrong password"), "known@city.example")
    unknown = plain(log_in(Client(), "nobody@city.example", "wrong password"), "nobody@city.example")

    assert known == unknown


@pytest.mark.django_db
def test_asking_for_a_new_password_answers_the_same_and_sends_one_mail_either_way():
    UserFactory(email="known@city.example")
    url = reverse("account_reset_password")

    answers, mails = [], []
    for email in ("known@city.example", "nobody@city.example"):
        client = Client()
        asked = client.post(url, {"email": email})
        answers.append((plain(asked, email), plain(client.get(asked["Location"]), email)))
        mails.append(list(Message.objects.filter(to_address=email).values_list("subject", "is_sensitive")))

    assert answers[0] == answers[1]
    assert mails[0] == mails[1] and len(mails[0]) == 1


@pytest.mark.django_db
def test_the_link_of_the_mail_sets_a_new_password(client):
    user = UserFactory(email="known@city.example", language="fr")
    client.post(reverse("account_reset_password"), {"email": user.email})
    message = Message.objects.get(to_address=user.email)
    path = re.search(r"http://[^/]+(/\S+?)>", message.body).group(1)

    form = client.get(path, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "another long word", "password2": "another long word"})

    user.refresh_from_db()
    assert (message.language, user.check_password("another long word")) == ("fr", True)


@pytest.mark.django_db
def test_after_five_wrong_passwords_the_right_one_has_to_wait(client):
    user = UserFactory()
    for _ in range(5):
        log_in(client, user.email, "wrong password")

    response = log_in(client, user.email)

    assert response.status_code == 200
    assert "Too many failed attempts" in response.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_too_many_requests_from_one_place_get_a_page_that_says_so(client):
    for _ in range(31):
        response = log_in(client, "nobody@city.example", "")

    assert response.status_code == 429
    assert "<main" in response.content.decode()


@pytest.mark.django_db
def test_nobody_signs_up_without_an_invitation(client):
    data = {"email": "new@city.example", "password1": "another long word"}

    response = client.post(reverse("account_signup"), data)

    assert (response.status_code, User.objects.count()) == (200, 0)


@pytest.mark.django_db
def test_a_changed_password_ends_the_other_sessions():
    user = UserFactory()
    here, there = Client(), Client()
    sign_in(here, user)
    sign_in(there, user)

    new = {"oldpassword": PASSWORD, "password1": "another long word", "password2": "another long word"}
    here.post(reverse("account_change_password"), new)

    assert here.get(reverse("accounts:preferences")).status_code == 200
    assert there.get(reverse("accounts:preferences")).status_code == 302


@pytest.mark.django_db
def test_a_second_factor_is_asked_for_after_the_password(client):
    user = services.create_user("staff@unit.example", PASSWORD, name="Unit", is_staff=True)
    services.add_totp(user, SECRET)

    asked = log_in(client, user.email)
    before = "_auth_user_id" in client.session
    client.post(asked["Location"], {"code": code_now()})

    assert (asked["Location"], before) == (reverse("mfa_authenticate"), False)
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.django_db
def test_the_secret_of_the_second_factor_is_not_stored_in_the_clear():
    user = StaffFactory(second_factor=False)

    services.add_totp(user, SECRET)

    assert SECRET not in str(Authenticator.objects.get().data)


# The administration ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_administration_sends_visitors_through_the_login_and_keeps_where_they_wanted_to_go(client):
    wanted = reverse("admin:accounts_user_changelist")

    response = client.get(wanted, follow=True)

    path, _ = response.redirect_chain[-1]
    assert path == f"{reverse('account_login')}?next={wanted}"


@pytest.mark.django_db(transaction=True)  # allauth tells of a new factor after the commit
def test_staff_without_a_second_factor_are_sent_to_set_one_up_and_get_a_way_back(client):
    sign_in(client, StaffFactory(second_factor=False))
    wanted = reverse("admin:accounts_user_changelist")

    sent = client.get(wanted, follow=True)
    client.get(reverse("mfa_activate_totp"))
    done = client.post(reverse("mfa_activate_totp"), {"code": code_now(client.session["mfa.totp.secret"])}, follow=True)

    assert sent.redirect_chain[-1][0] == reverse("mfa_index")
    assert "Set up a second factor first" in sent.content.decode()
    assert f'<a href="{wanted}">Continue to the administration</a>' in done.content.decode()
    assert client.get(wanted).status_code == 200


@pytest.mark.django_db
def test_recovery_codes_alone_do_not_open_the_administration(client):
    user = StaffFactory(second_factor=False)
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x", "used_mask": 0})
    sign_in(client, user)

    assert client.get(reverse("admin:index")).status_code == 302


@pytest.mark.django_db
def test_an_administrator_resets_the_second_factor_of_a_colleague_and_that_is_written_down(client):
    admin, colleague = StaffFactory(), StaffFactory()
    there = Client()
    sign_in(there, colleague)
    UserSession.objects.create(
        user=colleague, session_key=there.session.session_key, ip="127.0.0.1", user_agent="there"
    )
    sign_in(client, admin)

    client.post(reverse("admin:accounts_user_reset_second_factor", args=[colleague.pk]))

    assert not Authenticator.objects.filter(user=colleague).exists()
    assert there.get(reverse("accounts:preferences")).status_code == 302
    assert LogEntry.objects.get(object_id=str(colleague.pk)).change_message == "Reset the second factor."
    assert Message.objects.filter(to_address=colleague.email).count() == 1


@pytest.mark.django_db
def test_nobody_resets_their_own_second_factor():
    admin = StaffFactory()

    with pytest.raises(Refused, match="another unit administrator"):
        services.reset_second_factor(admin, by=admin)

    assert Authenticator.objects.filter(user=admin).exists()


@pytest.mark.django_db
def test_a_unit_administrator_does_not_make_superusers(client):
    head = StaffFactory(is_superuser=False)
    head.groups.add(Group.objects.get(name=groups.HEAD_OF_UNIT))
    sign_in(client, head)
    other = UserFactory(name="Office")
    url = reverse("admin:accounts_user_change", args=[other.pk])

    data = {"name": "Office", "language": "en", "time_zone": "Europe/Oslo", "is_active": "on", "is_superuser": "on"}
    response = client.post(url, data)

    other.refresh_from_db()
    assert (response.status_code, other.time_zone, other.is_superuser) == (302, "Europe/Oslo", False)
