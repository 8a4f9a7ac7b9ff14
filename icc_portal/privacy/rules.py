"""What a rule about personal data says, so that the table, the page, the night's work, export and erasure read the same.

A rule names the fields of one model, whose data they are, why they are kept, for how long, and what stands there afterwards.
It holds for the model's history too: the columns of the same name in its historical table.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User

NOBODY = Q(pk__in=[])
LAW = gettext_lazy("As long as the file of the grant: the financial rules of the Council of Europe ask for it.")
RECORD = gettext_lazy("As long as the programme: it is the record of the institution.")
BOTH = gettext_lazy("What was written stays with the city and the unit until then, even after a request for erasure.")
PROOF = gettext_lazy("The proof of what was sent stays until then, even after a request for erasure.")
YEAR = 365  # days


@dataclass(frozen=True)
class Person:
    """Somebody whom the portal knows: an account, contacts (one for each office address), and addresses that are theirs alone."""

    name: str
    language: str = "en"
    user: User | None = None
    contacts: tuple[int, ...] = ()
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Put:
    """What stands in a field afterwards, where it is not the same text in every row; `done` tells rows that have it."""

    value: Any
    done: Callable[[str], Q]


ERASED_DOMAIN = "@erased.invalid"
ADDRESS = Put(
    Concat(Value("erased-"), Cast(F("pk"), models.CharField()), Value(ERASED_DOMAIN), output_field=models.CharField()),
    lambda name: Q(**{name: ""}) | Q(**{f"{name}__endswith": ERASED_DOMAIN}),
)


def words(english: str, french: str) -> Put:
    """A name to stand for a person, in the language of the row."""
    return Put(
        Case(When(language="fr", then=Value(french)), default=Value(english)),
        lambda name: Q(**{f"{name}__in": [english, french]}),
    )


FORMER = words("Former holder of the office", "Personne ayant exercé cette fonction")
PARTICIPANT = words("A participant", "Une personne participante")
GONE = "–"


class Whose(models.TextChoices):
    """The parts of the privacy page."""

    ACCOUNT = "account", gettext_lazy("People with an account")
    OFFICE = "office", gettext_lazy("Holders of offices in the cities")
    EXCHANGE = "exchange", gettext_lazy("Whoever writes to the unit or hears from it")
    ACTIVITY = "activity", gettext_lazy("Participants in activities")
    GRANT = "grant", gettext_lazy("Applicants and assessors of grants")
    PUBLISHED = "published", gettext_lazy("People named in what is published")
    TRAIL = "trail", gettext_lazy("Traces that protect everybody’s data")


@dataclass(frozen=True, kw_only=True)
class Rule:
    model: str
    whose: Whose
    what: Any  # a phrase: "Name and address"
    why: Any
    fields: Mapping[str, Any] = field(default_factory=dict)  # name → what stands there afterwards: a value or a Put
    deletes: bool = False  # the row goes as a whole
    days: int | None = None  # how long, from `since`; None: no end of its own, `keeps` says why
    over: Callable[[datetime], Q] | None = None  # the rows whose time is over, where `since` is not one field
    since: str = ""
    since_words: Any = ""
    keeps: Any = ""  # why a request for erasure leaves these rows until their time is over
    rows: Q = field(default_factory=Q)  # the part of the table that the rule is about
    of: Callable[[Person], Q] = lambda person: NOBODY
    also: tuple[str, ...] = ()  # what an export shows with it
    secret: tuple[str, ...] = ()  # never exported: keys and passwords
    then: Any = ""  # what happens then, where it is more than emptying

    def tables(self) -> Iterator[type[models.Model]]:
        """The model, and its history."""
        model = apps.get_model(self.model)
        yield model
        if name := getattr(model._meta, "simple_history_manager_attribute", None):
            yield getattr(model, name).model

    def over_at(self, at: datetime) -> Q | None:
        """The rows whose time is over at `at`; None when the rule has no end of its own."""
        if self.days is None:
            return None
        limit = at - timedelta(days=self.days)
        return self.over(limit) if self.over else Q(**{f"{self.since}__lt": limit})

    @property
    def period(self) -> str:
        """How long, in words."""
        if self.days is None:
            return str(self.keeps)
        if self.days == 0:
            return str(self.since_words)
        count, years = self.days, self.days // YEAR
        if years and self.days % YEAR == 0:
            length = ngettext("%(count)s year", "%(count)s years", years) % {"count": years}
        else:
            length = ngettext("%(count)s day", "%(count)s days", count) % {"count": count}
        return f"{length} {self.since_words}"

    @property
    def outcome(self) -> str:
        """What happens then, in words."""
        if self.then:
            return str(self.then)
        if self.days is None:
            return _("Nothing is removed automatically.")
        return (
            _("The record is deleted.")
            if self.deletes
            else _("These details are removed; the rest of the record stays.")
        )


def pending(model: type[models.Model], fields: Mapping[str, Any]) -> Q:
    """The rows in which something of `fields` still stands."""
    todo = Q()
    for name, value in fields.items():
        if isinstance(value, Put):
            todo |= ~value.done(name)
        elif value is None:
            todo |= Q(**{f"{name}__isnull": False})
        else:
            todo |= ~Q(**{name: value})
    return todo


def values(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.value if isinstance(value, Put) else value for name, value in fields.items()}


def columns(model: type[models.Model], names: Mapping[str, Any] | tuple[str, ...]) -> list[str]:
    """Those of `names` that this table has, a field in two languages as its two columns too."""
    own = {f.name for f in model._meta.concrete_fields}
    return [n for name in names for n in (name, f"{name}_en", f"{name}_fr") if n in own]


# Whose row it is -------------------------------------------------------------------------------


def by_user(*paths: str) -> Callable[[Person], Q]:
    def of(person: Person) -> Q:
        found = NOBODY
        for path in paths:
            found |= Q(**{path: person.user.pk}) if person.user else NOBODY
        return found

    return of


def by_contact(path: str) -> Callable[[Person], Q]:
    return lambda person: Q(**{f"{path}__in": person.contacts}) if person.contacts else NOBODY


def by_address(path: str) -> Callable[[Person], Q]:
    def of(person: Person) -> Q:
        found = NOBODY
        for address in person.addresses:
            found |= Q(**{f"{path}__iexact": address})
        return found

    return of


def either(*ways: Callable[[Person], Q]) -> Callable[[Person], Q]:
    def of(person: Person) -> Q:
        found = NOBODY
        for way in ways:
            found |= way(person)
        return found

    return of
