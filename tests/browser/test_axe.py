"""axe-core finds nothing on any page of the table, for any role, in English and French (WCAG 2.2 AA).

English is looked at in light colours, French in dark ones. What differs from a page already looked at in its words
alone is not looked at again; neither is a page whose frame (mast, menus, foot) and content were both seen before.
"""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import translation

from tests.access import ROLES, make_world, pages, sign_in, url_of

pytestmark = pytest.mark.django_db(transaction=True)
PARTS = 2  # so that two workers share the pages; what both see, both look at
MAIN = re.compile(r"<main.*</main>", re.DOTALL)
LOOKS = {"class", "role", "type", "lang", "scope", "rows", "hidden", "open"}  # attributes whose value axe may judge


class Skeleton(HTMLParser):
    """The tags of a page with the names of their attributes; words and addresses left out."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        kept = sorted(f"{name}={value}" if name in LOOKS else name for name, value in attrs if name != "aria-current")
        self.tags.append(" ".join([tag, *kept]))

    def handle_endtag(self, tag):
        self.tags.append(f"/{tag}")


def structure(html: str) -> set[str]:
    """The frame of a page, wherever in the menu it stands, and its content; both without their words."""
    content = MAIN.search(html)
    pieces = [MAIN.sub("", html), content[0]] if content else [html]
    return {"\n".join(Skeleton(piece).tags) for piece in pieces}


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_has_anything_for_axe_to_find(page, context, live_server, axe, language, part):
    world = make_world()
    page.emulate_media(color_scheme="dark" if language == "fr" else "light")
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
            pieces = structure(client.get(url).content.decode())
            if pieces <= seen:
                continue
            seen |= pieces
            page.goto(url)
            try:
                axe(page)
            except AssertionError as found:
                problems.append(f"{role} {found}")

    assert not problems, "\n".join(problems)
