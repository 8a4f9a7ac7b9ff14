"""The made-up offices and accounts of the demonstration."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

import cities.demo
from accounts.models import User
from cities.demo import AREAS, MEASURED, TWICE
from cities.gaps import reached_mayors
from cities.models import City, Contact, IndexResult, Term
from cities.permissions import may_edit_city
from icc_portal.demo_accounts import ACCOUNTS, PASSWORD, TOTP_SECRET, current_code, make_accounts
from icc_portal.demo_people import make_people


@pytest.fixture
def people(db):
    call_command("load_data")
    make_people()
    make_accounts()


def test_people_are_offices_under_example_and_marked(people):
    assert make_people() == "Made-up offices: 0 new."
    assert make_accounts() == "Demo accounts: 10, 0 new."

    today = timezone.localdate()
    assert Contact.objects.filter(is_made_up=False).count() == 0
    assert Contact.objects.exclude(email="").exclude(email__endswith=".example").count() == 0
    assert reached_mayors(today).count() == 144
    paris, bilbao = (Term.objects.get(city__slug=slug, office="mayor").contact for slug in ("paris", "bilbao"))
    assert (paris.name, paris.salutation, paris.language) == (
        "Cabinet du maire, Paris",
        "Madame la Maire, Monsieur le Maire,",
        "fr",
    )
    assert (bilbao.name, bilbao.salutation, bilbao.email) == (
        "Mayor's Office, Bilbao",
        "Dear Mayor,",
        "mayor@bilbao.example",
    )
    assert {t.contact.language for t in Term.objects.filter(city__region="Québec")} == {"fr"}

    bilbao, oslo, madrid = (City.objects.get(slug=slug) for slug in ("bilbao", "oslo", "madrid"))
    official, reci = (User.objects.get(email=f"coordinator@{place}.example") for place in ("bilbao", "reci"))
    assert [may_edit_city(official, city, today) for city in (bilbao, oslo, madrid)] == [True, False, False]
    assert [may_edit_city(reci, city, today) for city in (bilbao, oslo, madrid)] == [True, False, True]

    two = User.objects.get(email="official@kirklees-calderdale.example")
    assert {city.slug for city in City.objects.of_official(two, today)} == {"kirklees", "calderdale"}

    for account in ACCOUNTS:
        user = User.objects.get(email=account.email)
        assert user.check_password(PASSWORD)
        assert (user.is_staff, user.is_assessor) == (account.is_staff, account.is_assessor)
        assert list(user.groups.values_list("name", flat=True)) == [account.group] * account.is_staff
        if account.is_staff:
            authenticator = Authenticator.objects.get(user=user, type="totp")
            assert TOTP(authenticator).validate_code(current_code()[0])


def test_results_of_the_index_are_marked_as_made_up_and_none_is_of_the_year_of_the_report(people, client):
    for _again in range(2):
        cities.demo.make(timezone.now())

    results = IndexResult.objects.all()
    assert [result.city.slug for result in results.order_by("city__slug", "on")] == sorted([*MEASURED, TWICE])
    assert all(result.is_made_up and result.scores.count() == AREAS for result in results)
    assert not results.filter(on__year__lte=2020).exists()
    for address in (City.objects.get(slug=TWICE).get_absolute_url(), "/en/cities/compare/?city=bilbao&city=oslo"):
        assert "ade up for the demonstration" in client.get(address).content.decode()


def test_code_of_the_second_step_follows_the_clock():
    assert current_code(0)[1] == 30
    assert current_code(29)[1] == 1
    assert current_code(0)[0] == current_code(29)[0] != current_code(30)[0]


@pytest.mark.django_db
def test_demo_page_is_there_in_the_demo_only(client, settings):
    assert client.get(reverse("demo")).status_code == 404

    settings.DEMO = True
    page = client.get("/en/demo/").content.decode()

    assert PASSWORD in page and TOTP_SECRET in page
    assert all(account.email in page for account in ACCOUNTS)
