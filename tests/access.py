"""Every URL × every role, in one table (design: "Everywhere").

How to add your URLs, in `tests/<app>/access.py`, which this module finds by itself:

    from tests.access import Row

    def make(world):                       # optional: one object of each kind, so that arguments can be filled
        world.call = CallFactory()         # world.city, world.other_city, world.network and world.users are there

    ROWS = {
        #                        public official other network assessor staff head
        "grants:call":      Row("200    200      200   200     200      200   200", lambda w: [w.call.pk]),
        "grants:call_new":  Row("login  403      403   403     403      200   200"),
    }

What a GET answers: a status, or `login` for the redirect to the login page; 302 goes elsewhere, 405 takes only POST.
A URL under `grants:` that has no row fails tests/icc_portal/test_access.py. What opens with 200 is then also checked with
axe in English and French (tests/browser/test_axe.py), for French, and for its number of queries. `why` says why a page is
left out of those: `Row("…", why="a file")`. Roles: official, coordinator of `city`; other, coordinator of `other_city`;
network, coordinator of `network`, which `city` is in; assessor; staff, programme manager; head, unit administrator.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace

from django.contrib.auth.models import Group
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.groups import HEAD_OF_UNIT, PROGRAMME
from accounts.models import User
from tests.factories import CityFactory, NetworkFactory, StaffFactory, UserFactory, network_coordinator_of, official_of

ROLES = ("public", "official", "other", "network", "assessor", "staff", "head")
APPS = ("accounts", "cities", "correspondence", "activities", "grants", "library", "reports", "mail", "icc_portal")

World = SimpleNamespace


@dataclass(frozen=True)
class Row:
    answers: str
    arguments: Callable[[World], list] = lambda world: []
    why: str = ""  # why it is no page to look at, though it opens
    queries: int = 12  # at most; more only for a page that is not ours

    def answer(self, role: str) -> str:
        answers = self.answers.split()
        assert len(answers) == len(ROLES), f"one answer for each of {ROLES}: {self.answers}"
        return answers[ROLES.index(role)]

    def opens_to(self) -> list[str]:
        return [role for role in ROLES if self.answer(role) == "200"]


def _modules() -> Iterator:
    for app in APPS:
        if find_spec(f"tests.{app}.access"):
            yield import_module(f"tests.{app}.access")


def table() -> dict[str, Row]:
    """The rows of all apps."""
    return {name: row for module in _modules() for name, row in module.ROWS.items()}


def pages() -> dict[str, Row]:
    """Rows of pages that somebody can open."""
    return {name: row for name, row in table().items() if row.opens_to() and not row.why}


def make_people() -> World:
    """A city with its official, another with its own, a network, and one user per role."""
    world = World(network=NetworkFactory())
    world.city = CityFactory(name="Oslo", slug="oslo", network=world.network)
    world.other_city = CityFactory(name="Yokohama", slug="yokohama", country="JP")
    world.users = {
        "public": None,
        "official": official_of(world.city),
        "other": official_of(world.other_city),
        "network": network_coordinator_of(world.network),
        "assessor": UserFactory(is_assessor=True),
        "staff": staff_in(PROGRAMME),
        "head": staff_in(HEAD_OF_UNIT),
    }
    return world


def make_world() -> World:
    """The people, and one object of each kind."""
    world = make_people()
    for module in _modules():
        if hasattr(module, "make"):
            module.make(world)
    return world


def staff_in(group: str) -> User:
    user = StaffFactory(is_superuser=False)
    user.groups.add(Group.objects.get(name=group))
    return user


def url_names(patterns=None, namespace: str = "") -> Iterator[str]:
    """Every name in the URLconf, with its namespaces; a pattern without a name as its route."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from url_names(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or pattern.pattern}"


def url_of(name: str, row: Row, world: World) -> str:
    return reverse(name, args=row.arguments(world))


def answer(response) -> str:
    """What the table calls this response."""
    doors = (reverse("account_login"), reverse("admin:login"))
    if response.status_code == 302 and response["Location"].startswith(doors):
        return "login"
    return str(response.status_code)


def sign_in(client, user: User | None) -> None:
    """A session of `user` as after a log in just now: pages that ask for the password once more open."""
    if user is None:
        return
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
