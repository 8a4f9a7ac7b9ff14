"""The programme that the bench reports on: the real cities, as many again as asked for, people, a mayor for each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from copy import copy
from datetime import UTC, date, datetime

from accounts.models import User
from cities.models import City, Contact, IndexResult, IndexScore, MembershipStep, NetworkMembership, Office, Term

SINCE = date(2018, 1, 1)


def two_of_the_unit() -> tuple[User, User]:
    """Who writes and who approves."""
    author, approver = (User.objects.create_superuser(f"{name}@unit.example", name=name) for name in ("author", "head"))
    return author, approver


def official_of(slug: str) -> User:
    """The coordinator of a city, with an account."""
    user = User.objects.create_user(f"coordinator@{slug}.example", name="Coordinator")
    contact = Contact.objects.create(name=user.name, email=user.email, user=user)
    Term.objects.create(
        contact=contact,
        city=City.objects.get(slug=slug),
        office=Office.COORDINATOR,
        started_on=SINCE,
        confirmed_on=today(),
    )
    return user


def grow(size: int) -> None:
    """`size` member cities: copies of the real ones are added, with their steps, networks, Index results, and a mayor."""
    members = list(City.objects.members(today()).order_by("pk"))
    real = [city for city in members if "~" not in city.name]
    wanted = [(real[number % len(real)], number // len(real) + 1) for number in range(len(members), size)]
    new = City.objects.bulk_create(copy_of(city, number) for city, number in wanted)
    copies = defaultdict(list)
    for (city, _number), copied in zip(wanted, new, strict=True):
        copies[city.pk].append(copied)
    for model in (MembershipStep, NetworkMembership):
        model.objects.bulk_create(rows_again(model.objects.filter(city__in=copies), copies), batch_size=2000)
    for result in IndexResult.objects.filter(city__in=copies):
        scores = list(IndexScore.objects.filter(result=result))
        for again in IndexResult.objects.bulk_create(rows_again([result], copies)):
            for score in scores:
                score.pk, score.result = None, again
            IndexScore.objects.bulk_create(scores)
    appoint()


def copy_of(city: City, number: int) -> City:
    """ "Oslo ~2": the tilde marks what no source names."""
    new = copy(city)
    new.pk, new.name, new.slug = None, f"{city.name} ~{number}", f"{city.slug}-{number}"
    new._state = copy(city._state)
    return new


def rows_again(rows: Iterable, copies: dict[int, list[City]]) -> Iterator:
    """Each row once for each copy of its city, without its number; of a statement of intent, without its ordinal."""
    for row in rows:
        for city in copies[row.city_id]:
            new = copy(row)
            new._state = copy(row._state)
            new.pk, new.city = None, city
            if hasattr(new, "ordinal"):
                new.ordinal = None
            yield new


def appoint() -> None:
    """A mayor's office where there is none: every fifth reads French."""
    held = Term.objects.filter(office=Office.MAYOR).values("city")
    cities = list(City.objects.members(today()).exclude(pk__in=held))
    contacts = Contact.objects.bulk_create(
        Contact(
            name=f"Mayor's Office, {city}",
            email=f"mayor@{city.slug}.example",
            language="fr" if number % 5 == 0 else "en",
        )
        for number, city in enumerate(cities)
    )
    Term.objects.bulk_create(
        Term(contact=contact, city=city, office=Office.MAYOR, started_on=SINCE)
        for contact, city in zip(contacts, cities, strict=True)
    )


def today() -> date:
    return datetime.now(UTC).date()
