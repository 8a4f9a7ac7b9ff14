"""The member cities, networks and policy areas that the portal starts from (data/README.md says how each is known).

Only what is missing is created: what the unit changed afterwards stays as it is.
"""

from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils.text import slugify

from common.dates import Precision
from common.tables import Row, known, read_table
from common.text import fold

from .languages import CODES
from .models import City, MembershipStep, NationalNetwork, NetworkMembership, PolicyArea
from .models.membership import Step

# Code, names, country. PL, JP and IL in the file only group by country: no formal network was found there.
NETWORKS = {
    "CDD": ("Città del Dialogo (Italian network)", "Città del Dialogo (réseau italien)", "IT"),
    "RECI": (
        "RECI (Spanish network of intercultural cities)",
        "RECI (réseau espagnol des cités interculturelles)",
        "ES",
    ),
    "RPCI": (
        "RPCI (Portuguese network of intercultural cities)",
        "RPCI (réseau portugais des cités interculturelles)",
        "PT",
    ),
    "ICC-UA": ("ICC-UA (Ukrainian network)", "ICC-UA (réseau ukrainien)", "UA"),
    "MA": ("Moroccan network of intercultural cities", "Réseau marocain des cités interculturelles", "MA"),
    "NO": ("Norwegian network of intercultural cities", "Réseau norvégien des cités interculturelles", "NO"),
    "UK": ("United Kingdom network of intercultural cities", "Réseau britannique des cités interculturelles", "GB"),
    "QC": ("RÉMIRI (Québec network)", "RÉMIRI (réseau du Québec)", "CA"),
    "AU": ("ICANN (Australian network)", "ICANN (réseau australien)", "AU"),
    "INT": ("International network", "Réseau international", ""),
}
NO_NETWORK = ("PL", "JP", "IL")

# The areas of the Intercultural Cities Index; the last two are optional chapters of its questionnaire.
AREAS = [
    ("commitment", "Commitment", "Engagement"),
    ("education", "Education", "Éducation"),
    ("neighbourhoods", "Neighbourhoods", "Quartiers"),
    ("public-services", "Public services", "Services publics"),
    ("business", "Business and the labour market", "Entreprises et marché du travail"),
    ("cultural-life", "Cultural and social life", "Vie culturelle et sociale"),
    ("public-space", "Public space", "Espace public"),
    ("mediation", "Mediation and conflict resolution", "Médiation et résolution des conflits"),
    ("language", "Language", "Langues"),
    ("media", "Media and communication", "Médias et communication"),
    ("international", "International outlook", "Ouverture internationale"),
    ("competence", "Intercultural intelligence and competence", "Intelligence et compétence interculturelles"),
    ("welcoming", "Welcoming newcomers", "Accueil des nouveaux arrivants"),
    ("leadership", "Leadership and citizenship", "Leadership et citoyenneté"),
    ("anti-discrimination", "Anti-discrimination", "Lutte contre les discriminations"),
    ("participation", "Participation", "Participation"),
    ("interaction", "Interaction", "Interaction"),
]
OPTIONAL_AREAS = ("participation", "interaction")

UNIONS = ("Unione dei Comuni del Rubicone", "Unione dei Comuni Terre dei Castelli")
REGIONS = ("Tenerife",)
BOROUGHS = (
    "London Borough of Lewisham", "London Borough of Camden", "Berlin-Neukölln", "Amsterdam Zuidoost", "Guro",
)  # fmt: skip

POINTS = {
    "populated place": ("the populated place", "la localité"),
    "seat of the authority": ("the seat of the authority", "le siège de la collectivité"),
    "same-named suburb or district, not the whole authority": (
        "a suburb or district of the same name, not the whole authority",
        "un quartier ou un district du même nom, et non toute la collectivité",
    ),
    "no match": ("", ""),
}
POPULATIONS = {
    "GeoNames populated place": (
        "GeoNames: the populated place, not the municipality; it may be far from the municipality's own figure",
        "GeoNames : la localité, et non la commune ; l'écart avec le chiffre de la commune peut être grand",
    ),
    "municipality, https://cidadesinterculturais.pt/cidades-aderentes-2/": (
        "the municipality: https://cidadesinterculturais.pt/cidades-aderentes-2/",
        "la commune : https://cidadesinterculturais.pt/cidades-aderentes-2/",
    ),
    "2010, Intercultural Profile, https://docslib.org/doc/13164268/botkryka-first-expert-reportx": (
        "2010, intercultural profile: https://docslib.org/doc/13164268/botkryka-first-expert-reportx",
        "2010, profil interculturel : https://docslib.org/doc/13164268/botkryka-first-expert-reportx",
    ),
}

CITIES = "icc_member_cities.csv"
EVIDENCE = "icc_member_cities_evidence.csv"
NAMES = "icc_city_names.csv"
CITY_COLUMNS = [
    "name", "country_iso2", "network", "admin_region", "latitude", "longitude", "population", "joined_year", "website",
    "source",
]  # fmt: skip
NAMES_COLUMNS = ["name", "country_iso2", "other_names", "languages"]
EVIDENCE_COLUMNS = [
    "name", "country_iso2", "evidence", "joined_source", "geonames_name", "coordinate_basis", "population_basis", "note",
]  # fmt: skip


@transaction.atomic
def load(folder: Path) -> str:
    """Create the missing networks, policy areas and member cities. Raises BrokenTable."""
    load_areas()
    networks = load_networks()
    evidence = {(row["name"], row["country_iso2"]): row for row in read_table(folder / EVIDENCE, EVIDENCE_COLUMNS)}
    names = {(row["name"], row["country_iso2"]): row for row in read_table(folder / NAMES, NAMES_COLUMNS)}
    rows, new = read_table(folder / CITIES, CITY_COLUMNS), 0
    for row in rows:
        if (found := evidence.get((row["name"], row["country_iso2"]))) is None:
            raise row.broken(f"“{row['name']}” has no row in {EVIDENCE}. Add one.")
        if not known(City, slug=_slug(row)):
            _create(row, found, names.get((row["name"], row["country_iso2"])), networks)
            new += 1
    return f"Member cities: {len(rows)} in the file, {new} new; {len(networks)} networks; {len(AREAS)} policy areas."


def load_areas() -> None:
    for position, (code, english, french) in enumerate(AREAS, start=1):
        PolicyArea.objects.get_or_create(
            code=code,
            defaults={
                "name_en": english,
                "name_fr": french,
                "position": position,
                "is_optional": code in OPTIONAL_AREAS,
            },
        )


def load_networks() -> dict[str, NationalNetwork]:
    """The networks by the code of the file."""
    networks = {}
    for code, (english, french, country) in NETWORKS.items():
        networks[code], _created = NationalNetwork.objects.get_or_create(
            code=code.lower(),
            defaults={"name_en": english, "name_fr": french, "country": country, "is_international": code == "INT"},
        )
    return networks


def _slug(row: Row) -> str:
    return slugify(fold(row.required("name")).replace("/", "-"))


def _create(row: Row, evidence: Row, names: Row | None, networks: dict[str, NationalNetwork]) -> City:
    """One city with its network and its statement of intent."""
    from django_countries import countries

    if (country := row["country_iso2"]) not in dict(countries):
        raise row.broken(f"“{country}” in “country_iso2” is not an ISO 3166-1 code of two letters.")
    latitude, longitude = row.decimal("latitude", -90, 90), row.decimal("longitude", -180, 180)
    if (latitude is None) != (longitude is None):
        raise row.broken("one of “latitude” and “longitude” is empty. Give both, or none.")
    network = row.choice("network", {**networks, **dict.fromkeys(NO_NETWORK)})
    point = evidence.choice("coordinate_basis", POINTS)
    population = row.integer("population", 1, 40_000_000)
    basis = evidence["population_basis"] if population else ""
    city = City.objects.create(
        name=row["name"],
        other_names=_other_names(row, evidence, names),
        languages=names.codes("languages", CODES) if names else [],
        slug=_slug(row),
        kind=_kind(row["name"]),
        country=country,
        region=row["admin_region"],
        latitude=latitude,
        longitude=longitude,
        coordinate_basis_en=point[0],
        coordinate_basis_fr=point[1],
        population=population,
        population_basis_en=POPULATIONS.get(basis, (basis, basis))[0],
        population_basis_fr=POPULATIONS.get(basis, (basis, basis))[1],
        website=row["website"],
        source=row["source"],
        evidence_note=_note(evidence),
    )
    if network:
        NetworkMembership.objects.create(city=city, network=network, precision=Precision.UNKNOWN)
    year = row.integer("joined_year", 1990, 2100)
    MembershipStep.objects.create(
        city=city,
        kind=Step.INTENT,
        on=date(year, 1, 1) if year else None,
        precision=Precision.YEAR if year else Precision.UNKNOWN,
        source=evidence["joined_source"] if year else row["source"],
        ordinal=_ordinal(evidence["note"]),
    )
    return city


def _kind(name: str) -> str:
    if name in UNIONS:
        return City.Kind.UNION
    if name in REGIONS:
        return City.Kind.REGION
    return City.Kind.BOROUGH if name in BOROUGHS else City.Kind.CITY


def _other_names(row: Row, evidence: Row, names: Row | None) -> str:
    """The GeoNames name where the match is the place itself and is called otherwise there; names in other scripts."""
    others = [evidence["geonames_name"]] if evidence["coordinate_basis"] == "populated place" else []
    others += names["other_names"].split(",") if names else []
    return ", ".join(dict.fromkeys(name for each in others if (name := each.strip()) not in ("", row["name"])))


def _note(evidence: Row) -> str:
    probable = evidence.choice("evidence", {"member": "", "probable": "Membership is probable, not stated."})
    return " ".join(filter(None, [probable, evidence["note"]]))


def _ordinal(note: str) -> int | None:
    """145 of "145th member"."""
    words = note.split()
    return int(words[0].rstrip("stndrh")) if words[1:] == ["member"] and words[0][:1].isdigit() else None
