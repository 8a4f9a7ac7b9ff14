"""One walk of each role through the table of URLs (tests/access.py), which several tests judge."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation.trans_real import DjangoTranslation

from tests.access import ROLES, World, answer, make_world, pages, sign_in, table, url_of


@dataclass
class Walk:
    """What `role` got, by the name of the URL; of the pages that open to it, also what they took and lacked."""

    role: str
    answers: dict[str, str] = field(default_factory=dict)  # as in the table
    queries: dict[str, list[str]] = field(default_factory=dict)  # of the second visit in one session
    english: dict[str, list[str]] = field(default_factory=dict)  # sentences of the French page without a translation


@pytest.fixture(scope="session", params=ROLES)
def walk(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker) -> Walk:
    """English and French each find the world as it was made; nothing of it is left for other tests."""
    walk = Walk(request.param)
    with django_db_blocker.unblock(), transaction.atomic():
        with translation.override("en"):
            world = make_world()
        for visit in (visit_in_english, visit_in_french):
            cache.clear()
            untouched = transaction.savepoint()
            visit(world, walk)
            transaction.savepoint_rollback(untouched)
        transaction.set_rollback(True)
    return walk


def visit_in_english(world: World, walk: Walk) -> None:
    for name, row in table().items():
        client = session_of(walk.role, world)
        with translation.override("en"):
            url = url_of(name, row, world)
        walk.answers[name] = answer(client.get(url))
        if name in pages() and walk.role in row.opens_to():
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            asked = [query["sql"][:160] for query in queries]
            walk.queries[name] = [sql for sql in asked if not sql.startswith(("SAVEPOINT", "RELEASE"))]


def visit_in_french(world: World, walk: Walk) -> None:
    for name, row in pages().items():
        if walk.role in row.opens_to():
            client = session_of(walk.role, world)
            with translation.override("fr"):
                url = url_of(name, row, world)
            with untranslated() as missing:
                client.get(url)
            walk.english[name] = sorted(missing)


def session_of(role: str, world: World) -> Client:
    """A new session for each URL, so that no page changes what the next one says."""
    client = Client()
    sign_in(client, world.users[role])
    return client


@contextmanager
def untranslated() -> Iterator[set[str]]:
    """The sentences that were asked for in French and are not in the catalogue, or are in it in English."""
    missing = set()

    def recorded(method, plural: bool):
        def ask(self, *args):
            msgid = args[0]
            if self.language() == "fr" and msgid:
                try:
                    self._catalog.plural(msgid, 2) if plural else self._catalog[msgid]
                except KeyError:
                    missing.add(msgid)
            return method(self, *args)

        return ask

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DjangoTranslation, "gettext", recorded(DjangoTranslation.gettext, False))
        patch.setattr(DjangoTranslation, "ngettext", recorded(DjangoTranslation.ngettext, True))
        yield missing
