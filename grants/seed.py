"""Joint projects of member cities that public pages name, for the public register of awards (data/README.md)."""

from pathlib import Path

from django.db import transaction
from django.utils import timezone

from cities.models import City
from common.tables import Row, known, read_table

from .models import Award

FILE = "icc_grants_past.csv"
COLUMNS = ["year", "project", "lead_city", "partner_cities", "theme", "amount_eur", "source"]


@transaction.atomic
def load(folder: Path) -> str:
    """Create the missing awards; an amount that was not found stays empty. Raises BrokenTable."""
    cities = {city.name: city for city in City.objects.all()}
    rows, new = read_table(folder / FILE, COLUMNS), 0
    for row in rows:
        year = row.integer("year", 1990, 2100)
        if known(Award, project=row.required("project"), year=year):
            continue
        lead = _city(row, row["lead_city"], cities) if row["lead_city"] else None
        partners = [_city(row, name.strip(), cities) for name in row["partner_cities"].split(";") if name.strip()]
        award = Award.objects.create(
            project=row["project"],
            year=year,
            theme=row["theme"],
            lead_city=lead,
            amount=row.decimal("amount_eur", 1, 1_000_000),
            source=row["source"],
            published_at=timezone.now(),
        )
        award.cities.add(*filter(None, [lead, *partners]))
        new += 1
    return f"Awards: {len(rows)} in the file, {new} new."


def _city(row: Row, name: str, cities: dict[str, City]) -> City:
    if name not in cities:
        raise row.broken(f"“{name}” is not a city of the portal. Load the cities first, and write the name as there.")
    return cities[name]
