"""Who gets what from every URL (tests/access.py), and what every page that opens must keep to."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.access import answer, make_people, pages, sign_in, table, url_names


def test_the_table_knows_every_url():
    names = {name for name in url_names() if not name.startswith("admin:")}

    assert (names - set(table()), set(table()) - names) == (set(), set())


@pytest.mark.django_db
def test_each_role_gets_what_the_table_says(walk):
    assert walk.answers == {name: row.answer(walk.role) for name, row in table().items()}


@pytest.mark.django_db
def test_a_page_needs_at_most_twelve_queries(walk):
    opened = {name: row for name, row in pages().items() if walk.role in row.opens_to()}

    assert walk.queries.keys() == opened.keys()
    assert {name: asked for name, asked in walk.queries.items() if len(asked) > opened[name].queries} == {}


@pytest.mark.django_db
def test_every_sentence_of_a_page_is_in_the_french_catalogue(walk):
    assert walk.english.keys() == walk.queries.keys()
    assert {name: sentences for name, sentences in walk.english.items() if sentences} == {}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["public", "official", "other", "network", "assessor"])
def test_the_administration_is_closed_to_all_but_staff(role):
    people = make_people()
    client = Client()
    sign_in(client, people.users[role])

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
