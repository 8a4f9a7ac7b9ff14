"""Publications of the programme that public pages name; links to the sources, no files (data/README.md)."""

from pathlib import Path

from django.db import transaction

from cities.models import City, PolicyArea
from common.tables import Row, known, read_table
from common.text import fold

from .models import Publication

FILE = "icc_publications.csv"
COLUMNS = ["title", "kind", "year", "language", "topic", "source_url"]

# Headings of the programme's page that are areas of the Index; “General”, “Index” and “Anti-rumours” are none.
AREAS = {
    "Anti-discrimination, Equality and Human Rights": "anti-discrimination",
    "Business and Employment": "business",
    "Cultural and social life": "cultural-life",
    "Education": "education",
    "Intelligence and competence": "competence",
    "Language": "language",
    "Mediation and conflict resolution": "mediation",
    "Neighbourhoods": "neighbourhoods",
    "Participation": "participation",
    "Public services": "public-services",
    "Public space": "public-space",
    "Welcoming newcomers": "welcoming",
}
ABOUT_ONE_CITY = (Publication.Kind.INDEX_REPORT, Publication.Kind.PROFILE)


@transaction.atomic
def load(folder: Path) -> str:
    """Create the missing publications. Raises BrokenTable."""
    areas = {area.code: area for area in PolicyArea.objects.all()}
    cities = {
        fold(name): city for city in City.objects.all() for name in [city.name, *city.other_names.split(",")] if name
    }
    rows, new = read_table(folder / FILE, COLUMNS), 0
    for row in rows:
        year = row.integer("year", 1990, 2100)
        if known(Publication, title=row.required("title"), year=year):
            continue
        publication = Publication.objects.create(
            title=row["title"],
            kind=row.choice("kind", {kind.value: kind for kind in Publication.Kind}),
            year=year,
            topic=row["topic"],
            languages=row["language"],
            source=row["source_url"],
        )
        if area := areas.get(AREAS.get(row["topic"], "")):
            publication.policy_areas.add(area)
        if city := _subject(row, publication.kind, cities):
            publication.cities.add(city)
        new += 1
    return f"Publications: {len(rows)} in the file, {new} new."


def _subject(row: Row, kind: str, cities: dict[str, City]) -> City | None:
    """The city whose Index report or profile this is, where the title begins with its name: "Rijeka: results of …"."""
    return cities.get(fold(row["title"].partition(":")[0])) if kind in ABOUT_ONE_CITY else None
