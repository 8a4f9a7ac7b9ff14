"""Who gets a mailing on a day, and who does not and why. Reads only; `services` keeps the result as letters."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from cities.models import City, MembershipStep, NetworkMembership, Term
from cities.models.city import CityQuerySet
from cities.models.membership import Step
from common.text import fold, spellings

from .models import Letter, Mailing
from .texts import LANGUAGES, salutation


@dataclass(frozen=True)
class Recipient:
    """One city's office on a day. `skip` is a `Letter.Skip`, or nothing when there is somebody to write to."""

    city: City
    term: Term | None = None
    addressee: str = ""
    address: str = ""
    language: str = "en"
    salutation: str = ""
    skip: str = ""

    def is_still(self, letter: Letter) -> bool:
        """Whether the letter would be addressed to the same person at the same address."""
        return (letter.addressee, letter.address, letter.language, letter.salutation) == (
            self.addressee, self.address, self.language, self.salutation,
        )  # fmt: skip


def cities_of(mailing: Mailing, on: date) -> CityQuerySet:
    """The cities that the mailing is about on the day `on`, members or not. An empty filter means none (M5)."""
    joined = Exists(MembershipStep.objects.filter(city=OuterRef("pk"), kind__in=Step.joining()))
    match mailing.audience:
        case Mailing.Audience.ALL:
            return City.objects.filter(joined)
        case Mailing.Audience.NETWORK if mailing.network_id:
            inside = NetworkMembership.objects.on(on).filter(network=mailing.network_id)
            return City.objects.filter(joined, pk__in=inside.values("city"))
        case Mailing.Audience.COUNTRY if mailing.country:
            return City.objects.filter(joined, country=mailing.country)
        case Mailing.Audience.LIST:
            return City.objects.filter(pk__in=mailing.cities.values("pk"))
    return City.objects.none()


def cities_named(text: str) -> tuple[list[City], list[str]]:
    """The cities of a list that somebody wrote or pasted, and a sentence for each name that is not that of one city.

    A name may be in any of its languages, without accents, and on a line of its own or behind a comma.
    """
    by_name: dict[str, list[City]] = defaultdict(list)
    for city in City.objects.only("name", "country", "search"):
        for name in city.search.partition("\t")[0].splitlines():
            by_name[name].append(city)
    cities, problems = [], []
    for name in filter(None, (part.strip() for part in re.split(r"[\n\t,;]", text))):
        found = list(dict.fromkeys(city for spelling in spellings(name) for city in by_name.get(spelling, ())))
        if len(found) == 1:
            cities += found
        elif found:
            places = ", ".join(f"{city} ({city.country.name})" for city in found)
            problems.append(
                _("“%(name)s” may be each of: %(cities)s. Choose it above.") % {"name": name, "cities": places}
            )
        else:
            problems.append(_not_found(name, list(by_name), by_name))
    return cities, problems


def _not_found(name: str, known: list[str], by_name: dict[str, list[City]]) -> str:
    if near := get_close_matches(fold(name), known, 1, cutoff=0.75):
        values = {"name": name, "near": by_name[near[0]][0]}
        return _("“%(name)s” is not in the directory. Did you mean “%(near)s”?") % values
    return _("“%(name)s” is not in the directory. Write it as the directory does, or take it away.") % {"name": name}


def languages_of(mailing: Mailing) -> list[str]:
    """The languages in which the mailing has both a subject and a text."""
    return [
        language
        for language in LANGUAGES
        if getattr(mailing, f"subject_{language}") and getattr(mailing, f"body_{language}")
    ]


def recipients(mailing: Mailing, on: date) -> list[Recipient]:
    """Every city of the audience, in the order of the directory: who is written to, or why not."""
    cities = list(cities_of(mailing, on))
    members = set(City.objects.members(on).filter(pk__in=[c.pk for c in cities]).values_list("pk", flat=True))
    terms = {
        term.city_id: term  # of several holders, the one in office last
        for term in Term.objects.open(on)
        .filter(city__in=cities, office=mailing.office)
        .select_related("contact")
        .order_by("started_on", "pk")
    }
    languages = languages_of(mailing)
    return [_recipient(city, city.pk in members, terms.get(city.pk), languages, mailing.office) for city in cities]


def _recipient(city: City, is_member: bool, term: Term | None, languages: Iterable[str], office: str) -> Recipient:
    if not is_member:
        return Recipient(city, skip=Letter.Skip.NOT_MEMBER)
    if term is None:
        return Recipient(city, skip=Letter.Skip.NO_TERM)
    contact = term.contact
    if not contact.email:
        return Recipient(city, term, contact.name, skip=Letter.Skip.NO_ADDRESS)
    if contact.is_bouncing:
        return Recipient(city, term, contact.name, skip=Letter.Skip.RETURNED)
    language = contact.language if contact.language in languages else next(iter(languages), "en")
    words = contact.salutation if language == contact.language else ""
    return Recipient(
        city, term, contact.name, contact.email, language, words.rstrip(" ,") or salutation(language, office)
    )
