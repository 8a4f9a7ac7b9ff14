"""The programme that the bench reports on: the real cities, as many again as asked for, people, a mayor for each."""

from datetime import UTC, date, datetime

from accounts.models import User
from cities.models import City, Contact, IndexResult, IndexScore, MembershipStep, NetworkMembership, Office, Term

SINCE = date(2018, 1, 1)


def two_of_the_unit() -> tuple[User, User]:
    """Who writes and who approves."""
    author, approver = (User.objects.create_superuser(f"{name}@unit.example", name=name) for name in ("author", "head"))
    return author, approver


def grow(size: int) -> None:
    """`size` member cities: copies of the real ones are added, with their steps, networks, Index results, and a mayor."""
    members = list(City.objects.members(today()).order_by("pk"))
    real = [city for city in members if "~" not in city.name]
    for number in range(len(members), size):
        copy_of(real[number % len(real)], number // len(real) + 1)
    appoint()


def copy_of(city: City, number: int) -> None:
    """ "Oslo ~2": the tilde marks what no source names."""
    new = City.objects.get(pk=city.pk)
    new.pk, new.name, new.slug = None, f"{city.name} ~{number}", f"{city.slug}-{number}"
    new.save()
    for model in (MembershipStep, NetworkMembership):
        rows = list(model.objects.filter(city=city))
        for row in rows:
            row.pk, row.city = None, new
            if isinstance(row, MembershipStep):
                row.ordinal = None  # there is one of each
        model.objects.bulk_create(rows)
    for result in IndexResult.objects.filter(city=city):
        scores = list(IndexScore.objects.filter(result=result))
        result.pk, result.city = None, new
        result.save()
        for score in scores:
            score.pk, score.result = None, result
        IndexScore.objects.bulk_create(scores)


def appoint() -> None:
    """A mayor's office where there is none: every fifth reads French."""
    held = Term.objects.filter(office=Office.MAYOR).values("city")
    for number, city in enumerate(City.objects.members(today()).exclude(pk__in=held)):
        contact = Contact.objects.create(
            name=f"Mayor's Office, {city}",
            email=f"mayor@{city.slug}.example",
            language="fr" if number % 5 == 0 else "en",
        )
        Term.objects.create(contact=contact, city=city, office=Office.MAYOR, started_on=SINCE)


def today() -> date:
    return datetime.now(UTC).date()
