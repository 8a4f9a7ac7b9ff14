"""Self-service: colleagues are invited, their access ends, the coordination is handed over, nobody leaves silently."""

import re
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation, User
from accounts.services import accept_invitation
from cities import services
from cities.models import Contact, Term
from cities.permissions import may_edit_city, may_edit_contact, may_manage_people
from cities.services.colleagues import PAUSE
from common.exceptions import Refused
from mail.models import Message
from tests.factories import (
    CityFactory,
    ContactFactory,
    NetworkFactory,
    TermFactory,
    UserFactory,
    mayor_of,
    network_coordinator_of,
    official_of,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
PASSWORD = "a long enough password"


@pytest.fixture
def city():
    return CityFactory(name="Oslo", slug="oslo")


@pytest.fixture
def coordinator(city):
    return official_of(city)


def invite(city, by, email="kari@oslo.example", office="official", name="Kari Nor") -> Term:
    return services.invite_colleague(city, office, on=TODAY, by=by, name=name, email=email, language="fr")


def told() -> set[tuple[str, str]]:
    return {(m.template, m.to_address) for m in Message.objects.all()}


# Invite ----------------------------------------------------------------------------------------


def test_person_term_and_invitation_are_one_act(city, coordinator):
    term = invite(city, coordinator)

    sent = Invitation.objects.get()
    assert (term.office, term.contact.name, term.started_on) == ("official", "Kari Nor", TODAY)
    assert (sent.email, sent.language, sent.invited_by) == ("kari@oslo.example", "fr", coordinator)
    assert told() == {("account/invitation", "kari@oslo.example")}


def test_accepted_invitation_opens_the_city(city, coordinator):
    invite(city, coordinator)

    user = accept_invitation(Invitation.objects.get(), password=PASSWORD)

    assert may_edit_city(user, city, TODAY)
    assert not may_manage_people(user, city, TODAY)


def test_refused_invitation_leaves_nobody_in_the_list(city, coordinator):
    official_of(CityFactory(), email="kari@oslo.example", is_active=False)

    with pytest.raises(Refused, match="The account of .* is closed. Ask the unit to open it."):
        invite(city, coordinator)
    assert (city.terms.count(), Invitation.objects.count(), Message.objects.count()) == (1, 0, 0)


def test_colleague_with_an_account_needs_no_invitation_and_keeps_their_details(city, coordinator):
    colleague = official_of(CityFactory(), email="kari@bergen.example", name="Kari of Bergen")

    invite(city, coordinator, email="Kari@Bergen.example", name="Somebody Else")

    assert may_edit_city(colleague, city, TODAY)
    assert colleague.contact.name == "Kari of Bergen"
    assert told() == {("cities/access", "kari@bergen.example")}


def test_address_of_somebody_else_in_the_list_is_refused(city, coordinator):
    mayor_of(city, name="Mayor's Office", email="post@oslo.example")

    with pytest.raises(Refused, match=r"Mayor's Office \(Mayor\) is in the list with this address."):
        invite(city, coordinator, email="Post@oslo.example")


def test_invitation_is_sent_again_after_a_pause_and_the_first_link_is_dead(city, coordinator):
    term = invite(city, coordinator)
    first = Invitation.objects.get()
    with pytest.raises(Refused, match="sent a moment ago"):
        services.give_access(term, by=coordinator)

    services.give_access(term, by=coordinator, at=timezone.now() + PAUSE + timedelta(seconds=1))

    first.refresh_from_db()
    assert first.revoked_at is not None
    assert Invitation.objects.filter(revoked_at=None).count() == 1
    with pytest.raises(Refused, match="replaced or withdrawn"):
        accept_invitation(first, password=PASSWORD)


def test_withdrawn_invitation_cannot_be_accepted_nor_withdrawn_again(city, coordinator):
    term = invite(city, coordinator)
    services.withdraw_invitation(term.contact)

    with pytest.raises(Refused, match="replaced or withdrawn"):
        accept_invitation(Invitation.objects.get(), password=PASSWORD)
    with pytest.raises(Refused, match="There is no open invitation for Kari Nor."):
        services.withdraw_invitation(term.contact)


def test_replayed_and_expired_invitations_are_refused_on_their_page(client, city, coordinator):
    invite(city, coordinator)
    link = re.search(r"http\S+/invitation/[^\s>]+", Message.objects.get().body)[0].removeprefix(settings.PORTAL_URL)
    accept_invitation(Invitation.objects.get(), password=PASSWORD)
    replayed = client.get(link)
    Invitation.objects.update(accepted_at=None, accepted_by=None, expires_at=timezone.now())
    expired = client.get(link)

    assert (replayed.status_code, expired.status_code) == (410, 410)
    assert "déjà été utilisée" in replayed.content.decode()
    assert "a expiré le" in expired.content.decode()
    assert User.objects.filter(email="kari@oslo.example").count() == 1


def test_list_shows_the_state_of_each_invitation(client, city, coordinator):
    term = invite(city, coordinator)
    client.force_login(coordinator)

    def page() -> str:
        return client.get(reverse("cities:people", args=["oslo"])).content.decode()

    assert "Invitation sent on" in page() and "Withdraw the invitation" in page()
    Invitation.objects.update(expires_at=timezone.now())
    assert "Expired" in page() and "Withdraw the invitation" not in page()
    Invitation.objects.update(revoked_at=timezone.now())
    assert "Withdrawn" in page() and "Send the invitation again" in page()
    Term.objects.get(pk=term.pk)
    services.give_access(term, by=coordinator)
    accept_invitation(Invitation.objects.get(revoked_at=None), password=PASSWORD)
    assert page().count("Has an account") == 2


def test_pages_invite_send_again_and_withdraw(client, city, coordinator):
    client.force_login(coordinator)
    values = {
        "office": "deputy_coordinator", "name": "Kari Nor", "email": "Kari@oslo.example", "language": "en",
        "started_on": str(TODAY), "invites": "on",
    }  # fmt: skip
    client.post(reverse("cities:person_add", args=["oslo"]), values)
    term = Term.objects.get(office="deputy_coordinator")
    again = client.post(reverse("cities:invitation_send", args=["oslo", term.pk]), follow=True)
    client.post(reverse("cities:invitation_withdraw", args=["oslo", term.pk]))

    sent = Invitation.objects.get()
    assert "The invitation was sent a moment ago." in again.content.decode()
    assert (sent.email, sent.revoked_at is not None) == ("kari@oslo.example", True)


def test_deputy_mayor_is_entered_without_an_invitation(client, city, coordinator):
    client.force_login(coordinator)
    values = {
        "office": "deputy_mayor", "name": "Kari Nor", "email": "kari@oslo.example", "language": "en",
        "started_on": str(TODAY), "invites": "on",
    }  # fmt: skip

    client.post(reverse("cities:person_add", args=["oslo"]), values)

    assert Term.objects.filter(office="deputy_mayor").exists()
    assert Invitation.objects.count() == 0


# End access ------------------------------------------------------------------------------------


def test_ended_access_is_gone_at_the_next_request_of_every_session(client, city, coordinator):
    from django.test import Client

    colleague = official_of(city, "official")
    elsewhere = Client()
    elsewhere.force_login(colleague)
    assert elsewhere.get(reverse("cities:edit", args=["oslo"])).status_code == 200
    client.force_login(coordinator)

    term = Term.objects.get(contact__user=colleague)
    client.post(reverse("cities:term_end", args=["oslo", term.pk]), {"ended_on": str(TODAY)})

    assert elsewhere.get(reverse("cities:edit", args=["oslo"])).status_code == 403
    assert told() == {("cities/access_ended", colleague.email)}


def test_colleague_invited_today_and_ended_today_is_gone_with_the_invitation(city, coordinator):
    term = invite(city, coordinator)

    services.end_term(term, TODAY, coordinator)

    assert not Term.objects.filter(contact__name="Kari Nor").exists()
    assert Invitation.objects.get().revoked_at is not None


def test_official_ends_their_own_term_but_nobody_elses(client, city, coordinator):
    colleague = official_of(city, "official")
    client.force_login(colleague)
    own, other = Term.objects.get(contact__user=colleague), Term.objects.get(contact__user=coordinator)

    assert client.get(reverse("cities:term_end", args=["oslo", other.pk])).status_code == 403
    client.post(reverse("cities:term_end", args=["oslo", own.pk]), {"ended_on": str(TODAY)})

    own.refresh_from_db()
    assert (own.ended_on, Message.objects.count()) == (TODAY, 0)


# The last coordinator --------------------------------------------------------------------------


def test_last_coordinator_does_not_leave_without_a_reason(client, city, coordinator):
    client.force_login(coordinator)
    term = Term.objects.get()
    url = reverse("cities:term_end", args=["oslo", term.pk])

    page = client.post(url, {"ended_on": str(TODAY)}).content.decode()

    term.refresh_from_db()
    assert "Nobody would coordinate Oslo. Hand the coordination over to a colleague" in page
    assert (term.ended_on, Message.objects.count()) == (None, 0)


def test_loss_of_the_last_coordinator_is_a_task_for_the_unit_and_the_deputies(city, coordinator):
    deputy = official_of(city, "deputy_coordinator")
    official_of(city, "official")
    term = Term.objects.get(office="coordinator")

    services.end_term(term, TODAY, coordinator, reason="The post is cut.")

    term.refresh_from_db()
    assert (term.ended_on, term.end_reason) == (TODAY, "The post is cut.")
    assert told() == {
        ("cities/no_coordinator", settings.UNIT_EMAIL),
        ("cities/no_coordinator", deputy.email),
    }
    assert all("The post is cut." in body for body in Message.objects.values_list("body", flat=True))


def test_coordinator_with_a_successor_needs_no_reason(city, coordinator):
    services.appoint(city, "coordinator", ContactFactory(), TODAY + timedelta(days=9), UserFactory())
    term = Term.objects.open(TODAY).get(office="coordinator")

    with pytest.raises(Refused, match="Nobody would coordinate"):
        services.end_term(term, TODAY, coordinator)
    with pytest.raises(Refused, match="already"):
        services.end_term(term, TODAY + timedelta(days=9), coordinator)


# Hand over -------------------------------------------------------------------------------------


def test_hand_over_is_one_act_and_both_are_told(city, coordinator):
    deputy = official_of(city, "deputy_coordinator")

    services.hand_over(city, on=TODAY, by=coordinator, contact=deputy.contact)

    assert {t.office: t.contact.user for t in Term.objects.open(TODAY).filter(city=city)} == {"coordinator": deputy}
    assert told() == {
        ("cities/coordination_given", coordinator.email),
        ("cities/coordination_taken", deputy.email),
    }
    assert not may_edit_city(coordinator, city, TODAY)


def test_whoever_hands_over_may_stay_in_a_lesser_office(client, city, coordinator):
    deputy = official_of(city, "deputy_coordinator")
    running = Term.objects.get(office="coordinator")
    client.force_login(coordinator)

    client.post(
        reverse("cities:person_appoint", args=["oslo", "coordinator"]),
        {
            "contact": deputy.contact.pk, "started_on": str(TODAY), "stays_as": "official", "language": "en",
            "instead_of": running.pk,
        },
    )  # fmt: skip

    held = {t.contact.user: t.office for t in Term.objects.open(TODAY).filter(city=city)}
    assert held == {deputy: "coordinator", coordinator: "official"}


def test_hand_over_to_somebody_new_invites_them(city, coordinator):
    services.hand_over(
        city, on=TODAY, by=coordinator, name="Kari Nor", email="kari@oslo.example", language="en", stays_as=""
    )

    assert Invitation.objects.get().email == "kari@oslo.example"
    assert ("cities/coordination_taken", "kari@oslo.example") in told()


def test_hand_over_from_a_stale_page_is_refused_and_tells_who(city, coordinator):
    first = Term.objects.get()
    services.hand_over(city, on=TODAY, by=coordinator, name="Quick", email="quick@oslo.example", language="en")

    with pytest.raises(Refused, match="Somebody has entered Quick"):
        services.hand_over(city, on=TODAY, by=coordinator, contact=ContactFactory(), instead_of=first.pk, checks=True)


# Who may ---------------------------------------------------------------------------------------


def test_coordinators_deputies_and_network_coordinators_manage_people_officials_do_not(city, coordinator):
    network = NetworkFactory()
    city.network_memberships.create(network=network)

    assert may_manage_people(coordinator, city, TODAY)
    assert may_manage_people(official_of(city, "deputy_coordinator"), city, TODAY)
    assert may_manage_people(network_coordinator_of(network), city, TODAY)
    assert not may_manage_people(network_coordinator_of(NetworkFactory()), city, TODAY)
    assert not may_manage_people(official_of(city, "official"), city, TODAY)
    assert not may_manage_people(official_of(CityFactory()), city, TODAY)


def test_official_reads_the_people_and_confirms_but_changes_only_themselves(client, city, coordinator):
    colleague = official_of(city, "official")
    own, other = Term.objects.get(contact__user=colleague), Term.objects.get(contact__user=coordinator)
    client.force_login(colleague)

    page = client.get(reverse("cities:people", args=["oslo"])).content.decode()
    assert "Add or invite" not in page and "Hand over" not in page
    for name, arguments in {
        "person_add": [], "person_appoint": ["mayor"], "election": [], "term_correct": [other.pk], "person_edit": [other.pk],
    }.items():  # fmt: skip
        assert (name, client.get(reverse(f"cities:{name}", args=["oslo", *arguments])).status_code) == (name, 403)
    for name in ("term_cancel", "invitation_send", "invitation_withdraw"):
        assert (name, client.post(reverse(f"cities:{name}", args=["oslo", other.pk])).status_code) == (name, 403)
    assert client.get(reverse("cities:person_edit", args=["oslo", own.pk])).status_code == 200
    client.post(reverse("cities:confirm_all", args=["oslo"]))
    other.refresh_from_db()
    assert other.confirmed_on == TODAY


def test_details_of_somebody_who_serves_another_city_too_are_not_ours_to_change(client, city, coordinator):
    guest = official_of(CityFactory(), email="kari@bergen.example")
    term = invite(city, coordinator, email="kari@bergen.example")
    client.force_login(coordinator)

    response = client.post(reverse("cities:person_edit", args=["oslo", term.pk]), {"email": "mine@oslo.example"})

    assert response.status_code == 403
    assert Contact.objects.get(user=guest).email == "kari@bergen.example"
    assert may_edit_contact(guest, guest.contact, city, TODAY)


def test_list_of_people_takes_the_same_queries_for_one_and_for_many(
    client, city, coordinator, django_assert_max_num_queries
):
    client.force_login(coordinator)
    url = reverse("cities:people", args=["oslo"])
    for count in (0, 3):
        for number in range(count):
            TermFactory(
                city=city, office="official", contact=ContactFactory(name=f"P {number}"), started_on=date(2020, 1, 1)
            )
        with django_assert_max_num_queries(12):
            client.get(url)
