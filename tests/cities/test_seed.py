"""The data the portal starts from: what is loaded, how exactly it is known, and what a broken file says."""

import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

import library.seed
from activities.models import Activity
from cities.models import City, MembershipStep, NationalNetwork, NetworkMembership, PolicyArea
from common.dates import Precision
from common.tables import BrokenTable
from grants.models import Award
from library.models import Publication

DATA = settings.BASE_DIR / "data"
STRASBOURG = ZoneInfo("Europe/Paris")
FEW = ("Arezzo,", "Bari,", "Bilbao,", "Castellón", "Donostia", "Tenerife,", "Melitopol,", "Ballarat,", "Lublin,")


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of the data with a few cities, to be broken."""
    copy = Path(shutil.copytree(DATA, tmp_path / "data"))
    for name in ("icc_member_cities.csv", "icc_member_cities_evidence.csv"):
        lines = (copy / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (copy / name).write_text(
            "".join(lines[:1] + [line for line in lines if line.startswith(FEW)]), encoding="utf-8"
        )
    grants = copy / "icc_grants_past.csv"
    grants.write_text("".join(grants.read_text(encoding="utf-8").splitlines(keepends=True)[:3]), encoding="utf-8")
    return copy


def replace(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def counts() -> dict[str, int]:
    models = [City, Activity, Award, Publication, MembershipStep, NetworkMembership, NationalNetwork, PolicyArea]
    return {model.__name__: model.objects.count() for model in models}


@pytest.mark.django_db
def test_load_data_creates_every_row_once(capsys):
    call_command("load_data")
    first = counts()
    call_command("load_data")

    assert (first["City"], first["Activity"], first["Award"], first["Publication"]) == (147, 28, 9, 97)
    assert (first["MembershipStep"], first["NationalNetwork"], first["PolicyArea"]) == (147, 10, 17)
    assert first["NetworkMembership"] == 147 - 5  # PL, JP and IL have no network
    assert counts() == first
    assert "147 in the file, 147 new" in capsys.readouterr().out


@pytest.mark.django_db
def test_load_data_leaves_what_people_changed():
    call_command("load_data")
    City.objects.filter(slug="oslo").update(population=700_000)
    for row in [Activity.objects.first(), Publication.objects.first(), Award.objects.first()]:
        setattr(row, "project" if isinstance(row, Award) else "title", "Renamed by the unit")
        row.save()
    bilbao = City.objects.get(slug="bilbao")
    bilbao.name = "Bilbo"
    bilbao.save()
    bilbao.steps.all().delete()
    before = counts()

    call_command("load_data")

    bilbao.refresh_from_db()
    assert counts() == before
    assert (bilbao.name, City.objects.get(slug="oslo").population) == ("Bilbo", 700_000)
    assert Activity.objects.filter(title="Renamed by the unit").count() == 1


@pytest.mark.django_db
def test_loaded_facts_are_as_exact_as_their_source():
    call_command("load_data")

    oslo, guro, camden = (City.objects.get(slug=s) for s in ("oslo", "guro", "london-borough-of-camden"))
    step = oslo.steps.get()
    assert (step.kind, step.on, step.precision) == ("intent", date(2008, 1, 1), Precision.YEAR)
    assert step.source.startswith("http")
    assert (guro.latitude, guro.population, guro.kind) == (None, None, "borough")
    assert (guro.steps.get().on, guro.steps.get().precision) == (None, Precision.UNKNOWN)
    assert camden.coordinate_basis_en.startswith("a suburb") and camden.coordinate_basis_fr.startswith("un quartier")
    assert oslo.population_basis_en.startswith("GeoNames: the populated place, not the municipality")
    assert City.objects.get(slug="osmangazi").population_basis.startswith("about 813,262 in 2014")
    assert City.objects.filter(kind="union").count() == 2
    assert City.objects.get(kind="region").name == "Tenerife"
    assert City.objects.filter(evidence_note__startswith="Membership is probable").count() == 3
    assert MembershipStep.objects.filter(precision=Precision.YEAR).count() == 92
    assert MembershipStep.objects.get(ordinal=144).city.name == "Kraków"


@pytest.mark.django_db
def test_loaded_activities_say_how_exactly_their_date_is_known():
    call_command("load_data")

    month = Activity.objects.get(title="Expert visit to Neumarkt in der Oberpfalz")
    interval = Activity.objects.get(title="First expert visit to the city of Loures")
    guest = Activity.objects.get(title="ICC study visit to Pontevedra")
    assert (month.precision, month.starts_at) == (Precision.MONTH, datetime(2021, 10, 1, tzinfo=STRASBOURG))
    assert month.ends_at == datetime(2021, 10, 31, 23, 59, tzinfo=STRASBOURG)
    assert month.host_city.slug == "neumarkt-in-der-oberpfalz"
    assert interval.precision == Precision.DAY
    assert interval.starts_at == datetime(2020, 10, 12, tzinfo=STRASBOURG)
    assert interval.ends_at == datetime(2020, 10, 14, 23, 59, tzinfo=STRASBOURG)
    assert (guest.host_city, guest.place, guest.country.code) == (None, "Pontevedra", "ES")
    assert Activity.objects.filter(is_made_up=True).count() == 0


@pytest.mark.django_db
def test_loaded_awards_and_publications_keep_their_links():
    call_command("load_data")

    bilbao = Award.objects.get(lead_city__slug="bilbao")
    assert bilbao.amount == Decimal("10000")
    assert bilbao.cities.count() == 4
    assert Award.objects.filter(amount=None).count() == 7
    assert Award.objects.get(project__startswith="Cities of Reciprocity").year is None
    copenhagen = City.objects.get(slug="kobenhavn")
    assert copenhagen.publications.count() == 2
    assert Publication.objects.filter(policy_areas__code="public-space").count() == 6
    assert Publication.objects.get(kind="strategy").policy_areas.count() == 0
    assert Publication.objects.filter(source="").count() == 0


BROKEN = [
    ("icc_member_cities.csv", "name,country_iso2", "nom,country_iso2", "icc_member_cities.csv has no column “name”."),
    ("icc_member_cities.csv", "43.46276", "43°27'", "icc_member_cities.csv, line 2: “43°27'” in “latitude” is not a number from -90 to 90."),
    ("icc_member_cities.csv", "43.46276", "143.4", "line 2: “143.4” in “latitude” is not a number from -90 to 90."),
    ("icc_member_cities.csv", "43.46276", "", "line 2: one of “latitude” and “longitude” is empty."),
    ("icc_member_cities.csv", "100734", "100 734", "line 2: “100 734” in “population” is not a whole number"),
    ("icc_member_cities.csv", "Arezzo,IT,CDD", "Arezzo,IT,DDC", "line 2: “DDC” in “network” is not one of: CDD, RECI"),
    ("icc_member_cities.csv", "Arezzo,IT", "Arezzo,ITA", "line 2: “Arezzo” has no row in icc_member_cities_evidence.csv."),
    ("icc_member_cities.csv", "Arezzo,IT,CDD,", "Arezzo,IT,", "line 2: 9 values for 10 columns."),
    ("icc_member_cities.csv", "Bari,IT", ",IT", "line 3: “” has no row in icc_member_cities_evidence.csv."),
    ("icc_city_names.csv", "Arezzo,IT,,it", "Arezzo,IT,,xx", "icc_city_names.csv, line 2: “xx” in “languages” is not one of: ar, az"),
    ("icc_activities_2020_2023.csv", "2020-07-07", "7.7.2020", "line 2: “7.7.2020” is not a date. Write it like 2020-09-24."),
    ("icc_activities_2020_2023.csv", "2020-09-29/2020-09-30", "2020-09-29/2020-09-28", "ends before it starts"),
    ("icc_activities_2020_2023.csv", ",webinar,", ",webinair,", "line 2: “webinair” in “type” is not one of: webinar"),
    ("icc_grants_past.csv", "Melitopol", "Melitopil", "line 2: “Melitopil” is not a city of the portal."),
    ("icc_grants_past.csv", "10000", "ten", "line 3: “ten” in “amount_eur” is not a number"),
    ("icc_publications.csv", ",manual,", ",handbook,", "line 2: “handbook” in “kind” is not one of: policy brief"),
    ("icc_publications.csv", "title,kind", "title,kind,kind2", "line 2: 6 values for 7 columns."),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("file", "old", "new", "sentence"), BROKEN)
def test_broken_file_is_refused_with_a_sentence_and_nothing_is_loaded(folder, file, old, new, sentence):
    replace(folder, file, old, new)

    with pytest.raises(CommandError) as refusal:
        call_command("load_data", folder=folder)

    assert sentence in str(refusal.value)
    assert str(refusal.value).endswith("Nothing was loaded.")
    assert set(counts().values()) == {0}


@pytest.mark.django_db
def test_file_in_another_encoding_is_refused(folder):
    path = folder / "icc_member_cities.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))

    with pytest.raises(CommandError, match="icc_member_cities.csv is not UTF-8 .*Save it again as “CSV UTF-8”"):
        call_command("load_data", folder=folder)


@pytest.mark.django_db
def test_missing_file_and_folder_are_named(folder, tmp_path):
    (folder / "icc_activities_2020_2023.csv").unlink()

    with pytest.raises(CommandError, match="icc_activities_2020_2023.csv is not in .*Nothing was loaded"):
        call_command("load_data", folder=folder)
    with pytest.raises(CommandError, match="icc_member_cities_evidence.csv is not in"):
        call_command("load_data", folder=tmp_path / "nowhere")


@pytest.mark.django_db
def test_file_cut_off_inside_a_quote_is_refused(folder):
    path = folder / "icc_publications.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.rindex('"')], encoding="utf-8")

    with pytest.raises(BrokenTable, match="icc_publications.csv is not a CSV file"):
        library.seed.load(folder)


@pytest.mark.django_db
def test_loaded_names_and_languages_find_cities_in_their_own_script():
    call_command("load_data")

    found = {text: [city.name for city in City.objects.search(text)] for text in ("одеса", "חיפה", "浜松", "πάτρα")}
    assert found == {"одеса": ["Odesa"], "חיפה": ["Haifa"], "浜松": ["Hamamatsu"], "πάτρα": ["Patras"]}
    assert City.objects.get(slug="bilbao").languages == ["eu", "es"]
    assert City.objects.get(slug="kobenhavn").other_names == "Copenhagen, Copenhague"
