"""Staff look at the portal as an official does: reading only, visibly, on record, for half an hour."""

from datetime import timedelta
from itertools import cycle

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, models, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation

from accounts.models import User, ViewedPage, Viewing
from common.exceptions import Refused
from icc_portal.see_as import services
from icc_portal.see_as.middleware import Writing, read_only
from tests.access import make_world, sign_in, staff_in, table, url_names, url_of
from tests.factories import CityFactory, StaffFactory, TermFactory, UserFactory, official_of

pytestmark = pytest.mark.django_db
BANNER = "You see the portal as"


@pytest.fixture
def city():
    return CityFactory(name="Oslo", slug="oslo")


@pytest.fixture
def official(city):
    return official_of(city, name="Kari of Oslo")


@pytest.fixture
def staff():
    return staff_in("Programme manager")


def look(client, staff, official, slug="oslo") -> Viewing:
    sign_in(client, staff)
    client.post(reverse("see_as_official", args=[slug]), {"official": official.pk})
    return Viewing.objects.get(ended_at=None)


def test_staff_see_what_the_official_sees_with_a_banner_on_the_page(client, staff, official):
    look(client, staff, official)

    page = client.get("/en/")

    assert page.context["user"] == official
    assert "Welcome, Kari of Oslo" in page.text
    assert f"{BANNER} <strong>Kari of Oslo</strong> (Oslo) does." in page.text
    with translation.override("fr"):
        assert "Vous voyez le portail comme" in client.get("/fr/").text
    assert page["Cache-Control"] == "private, no-store"


def test_the_page_of_a_city_asks_as_whom_when_it_has_several_officials(client, staff, city, official):
    second = official_of(city, "official")
    sign_in(client, staff)

    page = client.get(reverse("see_as_official", args=["oslo"]))

    assert set(page.context["officials"]) == {official, second}
    assert "Choose an answer for “As whom?”." in client.post(page.request["PATH_INFO"], {"official": ""}).text


def test_a_city_is_found_by_its_name_whatever_the_accents(client, staff):
    CityFactory(name="Łódź", slug="lodz", country="PL")
    sign_in(client, staff)

    assert reverse("see_as_official", args=["lodz"]) in client.get(reverse("see_as"), {"q": "lodz"}).text
    assert "Nothing found for" in client.get(reverse("see_as"), {"q": "xyz"}).text


def test_what_happened_is_on_record_and_can_be_read_but_not_deleted(client, staff, official):
    viewing = look(client, staff, official)
    client.get("/en/cities/oslo/")
    client.post("/en/cities/oslo/edit/", {})
    client.post(reverse("see_as_stop"))

    viewing.refresh_from_db()
    assert (viewing.staff, viewing.official, viewing.ended_at is not None) == (staff, official, True)
    assert list(viewing.pages.values_list("path", "is_refused")) == [
        ("/en/cities/oslo/", False),
        ("/en/cities/oslo/edit/", True),
    ]
    sign_in(client, StaffFactory())
    page = client.get(reverse("admin:accounts_viewing_change", args=[viewing.pk])).text
    assert "/en/cities/oslo/edit/" in page
    assert client.get(reverse("admin:accounts_viewing_delete", args=[viewing.pk])).status_code == 403
    with pytest.raises(models.ProtectedError):
        official.delete()


# Nothing is written ----------------------------------------------------------------------------


def counts() -> dict[str, int]:
    ours = {"accounts.ViewedPage", "sessions.Session"}
    return {m._meta.label: m._base_manager.count() for m in apps.get_models() if m._meta.label not in ours}


def addresses(world) -> dict[str, str]:
    """An address for every name of the URLconf."""
    found = {name: url_of(name, row, world) for name, row in table().items()}
    for name in url_names():
        for arguments in ([], [1], [1, 1], ["x"], ["accounts"], ["x", "x"]):
            if name not in found:
                try:
                    found[name] = reverse(name, args=arguments)
                except NoReverseMatch:
                    continue
    return found


def test_every_unsafe_route_is_refused_with_a_page_that_says_so_and_nothing_changes():
    """POST to each address; the other methods, which the same line refuses, in turn."""
    world = make_world()
    client = Client()
    look(client, world.users["staff"], world.users["official"])
    urls = {n: u for n, u in addresses(world).items() if n not in ("account_logout", "see_as_stop") and "://" not in u}
    assert len(urls) > 150
    before = counts()

    answers = {name: client.post(url) for name, url in urls.items()}
    for method, (name, url) in zip(
        cycle([client.put, client.patch, client.delete]), list(urls.items())[::8], strict=False
    ):
        answers[f"{name} {method.__name__}"] = method(url)

    assert {n: r.status_code for n, r in answers.items() if r.status_code not in (403, 404)} == {}
    no_page = {
        n for n, r in answers.items() if r.status_code == 404
    }  # an address of the catch-all that resolves to nothing
    assert all(n.startswith("admin:") for n in no_page)
    assert all("Nothing was saved or sent" in r.text for r in answers.values() if r.status_code == 403)
    assert counts() == before


def test_no_page_that_an_official_opens_writes_anything_while_staff_look():
    """Each page of the table opens as for the official, with the banner, or is closed with a page that says so."""
    world = make_world()
    client = Client()
    look(client, world.users["staff"], world.users["official"])
    before = counts()

    wrong = {}
    for name, row in table().items():
        expected = row.answer("official")
        response = client.get(url_of(name, row, world))
        closed = response.status_code == 403 and "This page is closed while you look" in getattr(response, "text", "")
        if str(response.status_code) != expected and not closed:
            wrong[name] = (expected, response.status_code)
        elif expected == "200" and not closed and not row.why and BANNER not in response.text:
            wrong[name] = "no banner"

    assert wrong == {}
    assert counts() == before


@pytest.mark.parametrize(
    "name", ["accounts:preferences", "account_email", "mfa_index", "usersessions_list", "account_change_password"]
)
def test_the_account_of_the_official_stays_closed(client, staff, official, name):
    look(client, staff, official)

    page = client.get(reverse(name))

    assert (page.status_code, "This page is closed while you look" in page.text) == (403, True)


def test_addresses_for_one_person_stay_closed_and_hidden(client, staff, official):
    look(client, staff, official)

    assert "/activities/feed/" not in client.get(reverse("activities:list")).text
    for name in ("activities:feed", "accounts:accept", "correspondence:office"):
        assert client.get(reverse(name, args=["x"])).status_code == 403


def test_the_administration_is_closed_meanwhile_and_opens_afterwards(client, staff, official):
    look(client, staff, official)
    assert client.get(reverse("admin:index")).status_code == 403

    assert client.post(reverse("see_as_stop")).status_code == 302
    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_page_that_would_write_is_refused_even_when_it_is_only_opened(client, staff, official, monkeypatch):
    def writes(request):
        User.objects.filter(pk=official.pk).update(name="Changed")

    monkeypatch.setattr("icc_portal.city_page.detail_context", lambda request, slug: writes(request))
    look(client, staff, official)

    page = client.get("/en/cities/oslo/")

    official.refresh_from_db()
    assert (page.status_code, official.name) == (403, "Kari of Oslo")


@pytest.mark.parametrize("sql", ["INSERT INTO x", "update x", " DELETE FROM x", "WITH x AS (DELETE FROM y) SELECT 1"])
def test_the_guard_of_the_database_lets_reading_through_and_nothing_else(rf, sql):
    request = rf.get("/")
    request.viewing = object()
    guard = read_only(request)

    assert guard(lambda *a: "rows", "SELECT 1", None, False, {}) == "rows"
    with pytest.raises(Writing):
        guard(lambda *a: "rows", sql, None, False, {})


# Its end ---------------------------------------------------------------------------------------


def test_logging_out_ends_the_viewing_and_nothing_else(client, staff, official):
    viewing = look(client, staff, official)

    client.post(reverse("account_logout"))

    viewing.refresh_from_db()
    assert viewing.ended_at
    assert client.get("/en/").context["user"] == staff


def run_out(viewing):
    earlier = timedelta(minutes=31)
    Viewing.objects.filter(pk=viewing.pk).update(
        started_at=viewing.started_at - earlier, expires_at=viewing.expires_at - earlier
    )


def test_it_is_over_after_half_an_hour(client, staff, official):
    viewing = look(client, staff, official)
    assert viewing.expires_at - viewing.started_at == timedelta(minutes=30)
    run_out(viewing)

    page = client.get("/en/cities/oslo/edit/", follow=True)

    viewing.refresh_from_db()
    assert viewing.ended_at == viewing.expires_at
    assert page.context["user"] == staff
    assert "you are yourself again" in page.text


def test_a_form_of_a_stale_tab_is_not_sent_as_the_member_of_staff(client, staff, official, city):
    viewing = look(client, staff, official)
    run_out(viewing)

    page = client.post("/en/cities/oslo/edit/", {"website": "https://wrong.example", "version": 1})

    city.refresh_from_db()
    assert (page.status_code, city.website) == (403, "")
    assert "Nothing was saved or sent" in page.text


@pytest.mark.parametrize("change", ["staff_groups", "official_active", "staff_active"])
def test_it_ends_when_either_side_loses_what_it_needs(client, staff, official, change):
    look(client, staff, official)
    if change == "staff_groups":
        staff.groups.clear()
    elif change == "official_active":
        User.objects.filter(pk=official.pk).update(is_active=False)
    else:
        User.objects.filter(pk=staff.pk).update(is_active=False)

    client.get("/en/")

    assert client.get("/en/").context["user"] != official


def test_a_second_viewing_ends_the_first(client, staff, official, city):
    first = look(client, staff, official)
    services.start(city, official_of(city, "official"), by=staff)

    first.refresh_from_db()
    assert first.ended_at
    assert Viewing.objects.filter(ended_at=None).count() == 1


def test_the_viewing_of_a_colleague_is_not_taken_over(client, staff, official):
    viewing = look(client, staff, official)
    other = Client()
    sign_in(other, StaffFactory())
    session = other.session
    session["viewing"] = viewing.pk
    session.save()

    other.get("/en/")

    assert other.get("/en/").context["user"] != official


# Who may ---------------------------------------------------------------------------------------


def test_nobody_looks_without_the_permission_or_the_second_factor(official, city):
    for user in (staff_in("Reader"), UserFactory(), StaffFactory(second_factor=False)):
        with pytest.raises(Refused, match="may not look"):
            services.start(city, official, by=user)


def test_nobody_looks_as_a_colleague_of_the_unit_or_as_an_official_of_another_city(staff, city):
    colleague = StaffFactory()
    TermFactory(city=city, office="official", contact__user=colleague)

    for user in (colleague, official_of(CityFactory())):
        with pytest.raises(Refused, match="no longer acts for Oslo"):
            services.start(city, user, by=staff)


def test_the_database_keeps_the_record_in_shape(staff, official, city):
    viewing = services.start(city, official, by=staff)
    for change in ({"official": staff}, {"ended_at": viewing.expires_at + timedelta(seconds=1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Viewing.objects.filter(pk=viewing.pk).update(**change)


def test_the_city_in_the_administration_leads_there_for_those_who_may(client, staff, city):
    url = reverse("admin:cities_city_change", args=[city.pk])
    sign_in(client, staff)
    assert "See as this city" in client.get(url).text

    sign_in(client, staff_in("Reader"))
    assert "See as this city" not in client.get(url).text


def test_sessions_and_pages_are_all_that_a_viewing_writes(client, staff, official):
    look(client, staff, official)
    with connection.execute_wrapper(_only_into({ViewedPage, Session})):
        assert client.get("/en/").status_code == 200


def _only_into(allowed):
    names = {model._meta.db_table for model in allowed}

    def check(execute, sql, params, many, context):
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            assert any(name in sql for name in names), sql
        return execute(sql, params, many, context)

    return check


def test_the_time_left_is_shown_in_whole_minutes(staff, official, city):
    viewing = services.start(city, official, by=staff, at=timezone.now() - timedelta(minutes=29, seconds=30))

    assert viewing.minutes_left == 1
