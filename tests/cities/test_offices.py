"""The unit's list of offices: what each city lacks, and the act that mends it one click away."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.groups import READER
from cities import gaps
from cities.gaps import Gap
from cities.models import City, MembershipStep, Term
from cities.models.membership import Step
from mail.models import Message
from tests.access import staff_in
from tests.factories import CityFactory, StaffFactory, TermFactory, mayor_of, official_of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
LIST = "admin:cities_cityoffices_changelist"


@pytest.fixture
def staff(client):
    user = StaffFactory()
    client.force_login(user)
    return user


def lacking(gap: Gap) -> list[str]:
    return [city.name for city in gaps.with_gap(City.objects.members(TODAY), gap, TODAY)]


@pytest.mark.parametrize(
    ("election", "confirmed", "is_expected"),
    [
        (timedelta(days=92), None, True),
        (timedelta(days=93), None, False),
        (timedelta(0), timedelta(0), True),
        (timedelta(days=-1), timedelta(0), False),
        (timedelta(days=-30), timedelta(days=-31), True),
    ],
)
def test_election_is_expected_until_the_mayor_is_confirmed_after_its_day(election, confirmed, is_expected):
    city = CityFactory(name="Oslo", election_on=TODAY + election)
    mayor_of(city)
    if confirmed is not None:
        Term.objects.update(confirmed_on=TODAY + confirmed)

    assert lacking(Gap.ELECTION) == (["Oslo"] if is_expected else [])


def test_mayor_in_office_since_the_election_settles_it_and_a_future_one_does_not():
    city = CityFactory(name="Oslo", election_on=TODAY - timedelta(days=10))
    TermFactory(city=city, office="mayor", started_on=TODAY + timedelta(days=5), confirmed_on=TODAY)
    assert lacking(Gap.ELECTION) == ["Oslo"]

    TermFactory(city=city, office="mayor", started_on=TODAY - timedelta(days=3), ended_on=TODAY + timedelta(days=5))
    assert lacking(Gap.ELECTION) == []


@pytest.mark.parametrize("how", ["mailbox", "address", "account"])
def test_coordinator_whom_nothing_reaches_is_missing(how):
    city = CityFactory(name="Oslo")
    user = official_of(city)
    assert lacking(Gap.COORDINATOR) == []

    if how == "account":
        type(user).objects.update(is_active=False)
    else:
        user.contact.is_bouncing, user.contact.email = how == "mailbox", "" if how == "address" else user.email
        user.contact.save()

    assert lacking(Gap.COORDINATOR) == ["Oslo"]


def test_city_without_a_known_election_expects_none():
    CityFactory()

    assert lacking(Gap.ELECTION) == []


@pytest.mark.parametrize("gap", Gap)
def test_list_shows_the_members_with_each_gap(client, staff, gap):
    CityFactory(name="Bare", election_on=TODAY)
    TermFactory(city=City.objects.get(), office="official")
    left = CityFactory(name="Left", election_on=TODAY)
    MembershipStep.objects.create(city=left, kind=Step.WITHDRAWN, on=TODAY - timedelta(days=1))

    page = client.get(reverse(LIST), {"gap": gap.value})

    assert [city.name for city in page.context["cl"].result_list] == ["Bare"]


def test_list_takes_the_same_queries_however_many_cities(client, staff, django_assert_max_num_queries):
    counts = []
    for _round in range(2):
        for _i in range(3):
            mayor_of(CityFactory())
        with django_assert_max_num_queries(40) as queries:
            client.get(reverse(LIST))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_each_row_leads_to_the_acts(client, staff):
    city = CityFactory()

    page = client.get(reverse(LIST)).content.decode()

    for act in ("change_mayor", "change_coordinator", "confirm_offices"):
        url = reverse(f"admin:cities_cityoffices_{act}", args=[city.pk])
        assert url in page and client.get(url).status_code == 200
    for name in ("change", "history"):
        assert client.get(reverse(f"admin:cities_cityoffices_{name}", args=[city.pk])).status_code == 200


def test_reader_sees_what_is_missing_but_no_act(client):
    city = CityFactory()
    client.force_login(staff_in(READER))

    page = client.get(reverse(LIST)).content.decode()

    assert "No profile" in page and "change_mayor" not in page
    assert client.get(reverse("admin:cities_cityoffices_change_mayor", args=[city.pk])).status_code == 403


def test_staff_change_the_mayor_with_the_address_of_the_office_carried_over(client, staff):
    city = CityFactory(name="Oslo")
    old = mayor_of(city, name="Anna Berg", email="mayor@oslo.example")
    url = reverse("admin:cities_cityoffices_change_mayor", args=[city.pk])
    form = client.get(url).context["form"]
    offered = {name: form[name].value() for name in ("email", "salutation", "instead_of", "language")}
    assert offered["email"] == "mayor@oslo.example"

    client.post(url, offered | {"name": "Kari Nor", "started_on": str(TODAY)})

    old.refresh_from_db()
    new = Term.objects.get(city=city, ended_on=None)
    assert (old.ended_on, new.contact.name, new.contact.email) == (TODAY, "Kari Nor", "mayor@oslo.example")
    assert new.history.first().history_user == staff
    stale = client.post(url, offered | {"name": "Somebody Else", "started_on": str(TODAY + timedelta(days=1))})
    assert "Somebody has entered Kari Nor (Mayor) from" in stale.content.decode()


def test_staff_hand_over_the_coordination_and_both_are_told(client, staff):
    city = CityFactory(name="Oslo")
    user = official_of(city)
    running = Term.objects.get()
    values = {
        "name": "Kari Nor", "email": "kari@oslo.example", "language": "en", "started_on": str(TODAY),
        "instead_of": running.pk, "invites": "on",
    }  # fmt: skip

    client.post(reverse("admin:cities_city_change_coordinator", args=[city.pk]), values)

    assert set(Message.objects.values_list("to_address", flat=True)) == {user.email, "kari@oslo.example"}


def test_staff_confirm_all_offices_and_note_an_election(client, staff):
    city = CityFactory()
    mayor_of(city)

    client.post(reverse("admin:cities_cityoffices_confirm_offices", args=[city.pk]))
    client.post(reverse("admin:cities_cityoffices_change", args=[city.pk]), {"election_on": "2027-05-23"})

    city.refresh_from_db()
    assert Term.objects.get().confirmed_on == TODAY
    assert str(city.election_on) == "2027-05-23"
    assert city.history.first().history_user == staff


@pytest.mark.parametrize(
    "dates",
    [
        {"started_on": "2018-01-01", "ended_on": str(TODAY)},
        {"started_on": "2018-01-01", "ended_on": str(TODAY + timedelta(days=30))},
        {"started_on": str(TODAY + timedelta(days=1)), "ended_on": ""},
    ],
)
def test_running_term_is_not_ended_by_editing_its_dates(client, staff, dates):
    term = TermFactory()

    page = client.post(reverse("admin:cities_term_change", args=[term.pk]), dates)

    assert reverse("admin:cities_term_end_now", args=[term.pk]) in str(page.context["adminform"].form.errors)
    assert list(Term.objects.values_list("started_on", "ended_on")) == [(term.started_on, None)]


def test_running_term_is_not_ended_on_the_page_of_its_city_nor_deleted(client, staff):
    term = TermFactory()
    url, city = reverse("admin:cities_term_delete", args=[term.pk]), term.city
    form = client.get(reverse("admin:cities_city_change", args=[city.pk]))
    (terms,) = (f.formset for f in form.context["inline_admin_formsets"] if f.formset.model is Term)
    (row,) = terms.initial_forms

    assert terms.can_delete is False
    assert {name for name, field in row.fields.items() if field.disabled} == {"contact", "office"}
    assert client.post(url, {"post": "yes"}).status_code == 403


def test_term_that_is_over_is_put_right_without_a_word(client, staff):
    term = TermFactory(ended_on=date(2020, 1, 1))

    client.post(
        reverse("admin:cities_term_change", args=[term.pk]), {"started_on": "2018-01-01", "ended_on": "2019-12-01"}
    )

    term.refresh_from_db()
    assert (term.ended_on, Message.objects.count()) == (date(2019, 12, 1), 0)


def test_staff_end_the_last_coordination_only_with_a_reason(client, staff):
    city = CityFactory(name="Oslo")
    official_of(city)
    term = Term.objects.get()
    url = reverse("admin:cities_term_end_now", args=[term.pk])

    refused = client.post(url, {"ended_on": str(TODAY), "reason": ""})
    client.post(url, {"ended_on": str(TODAY), "reason": "The post is cut."})

    term.refresh_from_db()
    assert "Nobody would coordinate Oslo." in refused.content.decode()
    assert (term.ended_on, term.end_reason) == (TODAY, "The post is cut.")
