"""People for the demonstration: offices instead of names, addresses under `.example`, each marked as made up.

A few cities cannot be reached on purpose, so that the portal shows whom it skips and why.
"""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from cities.models import City, Contact, NationalNetwork, Office, Term

SINCE = date(2020, 1, 1)
FRENCH_SPEAKING = {"FR", "LU", "MA"}
FRENCH_SPEAKING_CITIES = {"geneve", "neuchatel"}

MAYOR_WITHOUT_ADDRESS = {"pizzo"}
MAYOR_BOUNCING = {"larache"}
WITHOUT_MAYOR = {"zagarolo"}
WITHOUT_COORDINATOR = {"zagarolo", "kepez", "melton"}
OF_TWO_CITIES = ("kirklees", "calderdale")
NOT_LISTED_EVERY = 5
NOT_CONFIRMED_EVERY = 12

MAYOR = {
    "en": ("Mayor's Office, {}", "Dear Mayor,"),
    "fr": ("Cabinet du maire, {}", "Madame la Maire, Monsieur le Maire,"),
}
PRESIDENT = {
    "en": ("President's Office, {}", "Dear President,"),
    "fr": ("Cabinet de la présidence, {}", "Madame la Présidente, Monsieur le Président,"),
}
COORDINATOR = {
    "en": ("ICC Coordinator's Office, {}", "Dear coordinator,"),
    "fr": ("Bureau de la coordination ICC, {}", "Bonjour,"),
}
OFFICIAL = {"en": ("Joint Office, {}", "Dear colleague,")}
NETWORK = {"en": ("Coordination Office, {}", "Dear coordinator,"), "fr": ("Bureau de coordination, {}", "Bonjour,")}


def make_people(at: datetime | None = None) -> str:
    """A mayor's and a coordinator's office for each member city, one office that serves two, one for each national network.

    An office that a city has, or once had, is left alone, so this can run again. Returns a sentence.
    """
    at = at or timezone.now()
    today = timezone.localdate(at)
    before = Contact.objects.count()
    with transaction.atomic():
        held = set(Term.objects.filter(city__isnull=False).values_list("city_id", "office"))
        for position, city in enumerate(City.objects.members(today).order_by("slug"), start=1):
            confirmed_on = None if position % NOT_CONFIRMED_EVERY == 0 else today
            if (city.pk, Office.MAYOR) not in held and city.slug not in WITHOUT_MAYOR:
                _mayor(city, confirmed_on)
            if (city.pk, Office.COORDINATOR) not in held and city.slug not in WITHOUT_COORDINATOR:
                _coordinator(city, confirmed_on, listed_at=at if position % NOT_LISTED_EVERY else None)
        _of_two_cities(confirmed_on=today)
        for network in NationalNetwork.objects.filter(is_international=False, terms=None):
            language = "fr" if network.code in ("ma", "qc") else "en"
            contact = _contact(NETWORK, network.name, f"coordinator@{network.code}.example", language)
            Term.objects.create(contact=contact, network=network, office=Office.NETWORK_COORDINATOR, started_on=SINCE)
    return f"Made-up offices: {Contact.objects.count() - before} new."


def language_of(city: City) -> str:
    """The language the portal writes to this city in."""
    is_french = city.country.code in FRENCH_SPEAKING or city.slug in FRENCH_SPEAKING_CITIES or city.region == "Québec"
    return "fr" if is_french else "en"


def _mayor(city: City, confirmed_on: date | None) -> None:
    words = PRESIDENT if city.kind in (City.Kind.UNION, City.Kind.REGION) else MAYOR
    address = "" if city.slug in MAYOR_WITHOUT_ADDRESS else f"mayor@{city.slug}.example"
    contact = _contact(words, city.name, address, language_of(city), is_bouncing=city.slug in MAYOR_BOUNCING)
    Term.objects.create(contact=contact, city=city, office=Office.MAYOR, started_on=SINCE, confirmed_on=confirmed_on)


def _coordinator(city: City, confirmed_on: date | None, listed_at: datetime | None) -> None:
    contact = _contact(
        COORDINATOR,
        city.name,
        f"coordinator@{city.slug}.example",
        language_of(city),
        is_listed=listed_at is not None,
        listed_at=listed_at,
    )
    Term.objects.create(
        contact=contact, city=city, office=Office.COORDINATOR, started_on=SINCE, confirmed_on=confirmed_on
    )


def _of_two_cities(confirmed_on: date) -> None:
    address = f"official@{'-'.join(OF_TWO_CITIES)}.example"
    cities = City.objects.filter(slug__in=OF_TWO_CITIES)
    if Contact.objects.filter(email=address).exists() or not cities:
        return
    contact = _contact(OFFICIAL, " and ".join(city.name for city in cities.order_by("-slug")), address, "en")
    for city in cities:
        Term.objects.create(
            contact=contact, city=city, office=Office.OFFICIAL, started_on=SINCE, confirmed_on=confirmed_on
        )


def _contact(words: dict[str, tuple[str, str]], place: str, address: str, language: str, **fields) -> Contact:
    name, salutation = words[language]
    return Contact.objects.create(
        name=name.format(place), salutation=salutation, email=address, language=language, is_made_up=True, **fields
    )
