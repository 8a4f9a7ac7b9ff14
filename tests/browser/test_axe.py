"""axe-core finds nothing on any page of the table, for any role, in English and French (WCAG 2.2 AA)."""

import re

import pytest
from django.test import Client
from django.utils import translation

from tests.access import ROLES, make_world, pages, sign_in, url_of

pytestmark = pytest.mark.django_db(transaction=True)
PARTS = 4  # so that the workers share the pages
CONTENT = re.compile(rb'>[^<]*\S[^<]*<|(?<=[ "])(?:href|value|content|src|action|datetime|title|d|id|for|name)="[^"]*"')


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_has_anything_for_axe_to_find(page, context, live_server, axe, language, part):
    world = make_world()
    seen, problems = set(), []
    for role in ROLES:
        context.clear_cookies()
        client = Client()
        sign_in(client, world.users[role])
        for cookie in client.cookies.values():
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        for number, (name, row) in enumerate(pages().items()):
            if role not in row.opens_to() or number % PARTS != part:
                continue
            with translation.override(language):
                url = url_of(name, row, world)
            structure = name, CONTENT.sub(lambda found: found[0][:1], client.get(url).content)
            if structure in seen:  # the page of another role, but for its words
                continue
            seen.add(structure)
            page.goto(url)
            try:
                axe(page)
            except AssertionError as found:
                problems.append(f"{role} {found}")

    assert not problems, "\n".join(problems)
