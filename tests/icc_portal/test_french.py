"""No English is left on a French page: every sentence that a page of the table asks for has its translation."""

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation.trans_real import DjangoTranslation

from tests.access import ROLES, make_world, pages, sign_in, url_of

# Words that are the same in both languages, so that a translation equal to the original is no oversight.
SAME = set()


@pytest.fixture
def asked_for(monkeypatch) -> set[str]:
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

    monkeypatch.setattr(DjangoTranslation, "gettext", recorded(DjangoTranslation.gettext, False))
    monkeypatch.setattr(DjangoTranslation, "ngettext", recorded(DjangoTranslation.ngettext, True))
    return missing


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_every_sentence_of_a_page_is_in_the_french_catalogue(role, asked_for):
    world = make_world()

    left = {}
    for name, row in pages().items():
        if role in row.opens_to():
            client = Client()
            sign_in(client, world.users[role])
            with translation.override("fr"):
                url = url_of(name, row, world)
            asked_for.clear()
            client.get(url)
            if asked_for - SAME:
                left[name] = sorted(asked_for - SAME)

    assert left == {}
