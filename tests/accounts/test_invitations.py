"""Invitations: one link, one account, and a clear sentence whenever the link no longer works."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import Invitation, User
from accounts.signals import invitation_accepted
from common.exceptions import Refused
from mail.models import Message
from tests.factories import StaffFactory, UserFactory

NEW_PASSWORD = "a bridge over the Ill"


def invite(email="Office@New.example", **kwargs) -> Invitation:
    return services.invite(email, name="Mayor's Office", language="fr", by=StaffFactory(), **kwargs)


def path_of(invitation) -> str:
    return services.invitation_link(invitation).removeprefix(settings.PORTAL_URL)


def accept(client, path, **data):
    return client.post(path, {"name": "Mayor's Office", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD, **data})


@pytest.mark.django_db
def test_an_invitation_is_a_sensitive_mail_in_the_language_of_the_invited():
    invitation = invite()

    message = Message.objects.get()
    assert (message.to_address, message.language, message.is_sensitive) == ("office@new.example", "fr", True)
    assert path_of(invitation).startswith("/fr/")
    assert path_of(invitation) in message.body


@pytest.mark.django_db
def test_accepting_creates_an_account_with_a_verified_address_and_logs_in(client):
    invitation = invite()

    response = accept(client, path_of(invitation))

    user = User.objects.get(email="office@new.example")
    assert (response.status_code, response["Location"]) == (302, "/fr/")
    assert (user.language, user.check_password(NEW_PASSWORD)) == ("fr", True)
    assert list(EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary")) == [
        ("office@new.example", True, True)
    ]
    assert client.session["_auth_user_id"] == str(user.pk)
    invitation.refresh_from_db()
    assert invitation.accepted_by == user


@pytest.mark.django_db
def test_other_apps_hear_of_an_accepted_invitation():
    heard = []

    def listener(sender, user, invitation, **kwargs):
        heard.append((user.email, invitation.pk))

    invitation_accepted.connect(listener)
    invitation = invite()
    services.accept_invitation(invitation, password=NEW_PASSWORD)
    invitation_accepted.disconnect(listener)

    assert heard == [("office@new.example", invitation.pk)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("spoil", "status", "sentence"),
    [
        (lambda i: services.accept_invitation(i, password=NEW_PASSWORD), 410, "already used"),
        (lambda i: services.revoke(i), 410, "replaced or withdrawn"),
        (lambda i: invite(), 410, "replaced or withdrawn"),
        (lambda i: Invitation.objects.update(expires_at=timezone.now()), 410, "expired on"),
    ],
    ids=["replayed", "revoked", "invited again", "expired"],
)
def test_a_link_that_no_longer_works_says_why_and_what_to_do(client, spoil, status, sentence):
    invitation = invite()
    path = path_of(invitation).replace("/fr/", "/en/")
    spoil(invitation)

    for response in (client.get(path), accept(client, path)):
        assert response.status_code == status
        assert sentence in response.content.decode()
    assert settings.UNIT_EMAIL in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: "9" + t, lambda t: t + "x"], ids=["cut", "other", "longer"]
)
def test_a_tampered_link_is_not_read(client, change):
    token = services.SIGNER.sign(invite().pk)

    response = client.get(reverse("accounts:accept", args=[change(token)]))

    assert response.status_code == 404
    assert "Copy the whole link" in response.content.decode()
    assert not User.objects.filter(email="office@new.example").exists()


@pytest.mark.django_db
def test_an_invitation_expires_at_the_instant_it_says():
    invitation = invite()
    last = invitation.expires_at

    assert list(services.obstacles(invitation, last - timedelta(seconds=1))) == []
    assert len(list(services.obstacles(invitation, last))) == 1
    with pytest.raises(Refused, match="expired"):
        services.accept_invitation(invitation, password=NEW_PASSWORD, at=last)


@pytest.mark.django_db
def test_somebody_with_an_account_is_not_invited():
    UserFactory(email="office@new.example")

    with pytest.raises(Refused, match="already an account"):
        invite()

    assert Message.objects.count() == 0


@pytest.mark.django_db
def test_a_weak_password_is_refused_and_the_name_is_kept(client):
    invitation = invite()

    response = accept(client, path_of(invitation), name="Cabinet du maire", password1="short", password2="short")

    assert response.status_code == 200
    assert "Cabinet du maire" in response.content.decode()
    invitation.refresh_from_db()
    assert invitation.accepted_at is None


@pytest.mark.django_db
def test_somebody_else_who_is_logged_in_is_told_to_log_out_first(client):
    client.force_login(UserFactory())

    response = client.get(path_of(invite()).replace("/fr/", "/en/"))

    assert "Log out first" in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_accept_at_once_one_gets_the_account():
    invitation = invite()
    start = Barrier(8)

    def race(_) -> bool:
        try:
            start.wait()
            services.accept_invitation(Invitation.objects.get(pk=invitation.pk), password=NEW_PASSWORD)
            return True
        except Refused:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(race, range(8)))

    assert (won.count(True), User.objects.filter(email="office@new.example").count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_invite_at_once_one_invitation_stays_open():
    by = StaffFactory()
    start = Barrier(2)

    def race(_) -> None:
        try:
            start.wait()
            services.invite("office@new.example", name="Office", language="en", by=by)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(race, range(2)))

    assert Invitation.objects.open(timezone.now()).count() == 1
