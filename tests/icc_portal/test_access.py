"""Who gets what from every URL (tests/access.py), and what every page that opens must keep to."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from tests.access import ROLES, make_world, pages, sign_in, table, url_names, url_of


def answer(response) -> str:
    doors = (reverse("account_login"), reverse("admin:login"))
    if response.status_code == 302 and response["Location"].startswith(doors):
        return "login"
    return str(response.status_code)


def test_the_table_knows_every_url():
    names = {name for name in url_names() if not name.startswith("admin:")}

    assert (names - set(table()), set(table()) - names) == (set(), set())


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_table_says(role):
    world = make_world()

    answers = {}
    for name, row in table().items():
        client = Client()  # a new session for each, so that no page changes what the next one says
        sign_in(client, world.users[role])
        answers[name] = answer(client.get(url_of(name, row, world)))

    assert answers == {name: row.answer(role) for name, row in table().items()}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_a_page_needs_at_most_twelve_queries(role):
    world = make_world()

    too_many = {}
    for name, row in pages().items():
        if role in row.opens_to():
            client = Client()
            sign_in(client, world.users[role])
            url = url_of(name, row, world)
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            asked = [q["sql"][:160] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
            if len(asked) > row.queries:
                too_many[name] = asked

    assert too_many == {}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["public", "official", "other", "network", "assessor"])
def test_the_administration_is_closed_to_all_but_staff(role):
    world = make_world()
    client = Client()
    sign_in(client, world.users[role])

    answers = {name: answer(client.get(admin_url(name))) for name in url_names() if name.startswith("admin:")}

    assert set(answers.values()) == {"login" if role == "public" else "403"}, answers


def admin_url(name: str) -> str:
    """The address of an admin URL, with 1 or `x` for whatever it asks."""
    if "<" in name or "(" in name:  # a pattern without a name: the catch-all, the old change URL
        return reverse("admin:index") + "nothing-here/"
    for arguments in ([], [1], [1, 1], ["x"], ["accounts"]):
        try:
            return reverse(name, args=arguments)
        except NoReverseMatch:
            continue
    raise AssertionError(f"How is {name} called?")
