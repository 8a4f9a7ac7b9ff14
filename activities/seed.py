"""Past activities that public pages name; an incomplete sample (data/README.md)."""

from calendar import monthrange
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from cities.models import City
from common.dates import Precision
from common.tables import Row, known, read_table

from .models import Activity

FILE = "icc_activities_2020_2023.csv"
COLUMNS = ["date", "title", "type", "format", "host_city", "country", "source"]
STRASBOURG = ZoneInfo("Europe/Paris")

Kind, Format = Activity.Kind, Activity.Format
KINDS = {
    "webinar": Kind.WEBINAR,
    "thematic seminar": Kind.SEMINAR,
    "study visit": Kind.STUDY_VISIT,
    "expert visit": Kind.EXPERT_VISIT,
    "training course": Kind.TRAINING,
    "academy": Kind.ACADEMY,
    "campaign": Kind.CAMPAIGN,
    "coordinators meeting": Kind.COORDINATORS_MEETING,
    "network meeting": Kind.NETWORK_MEETING,
    "network activity": Kind.NETWORK_MEETING,
    "thematic meeting": Kind.MEETING,
    "project meeting": Kind.MEETING,
    "intergovernmental meeting": Kind.MEETING,
    "advisory group meeting": Kind.MEETING,
    "public event": Kind.MEETING,
    "conference": Kind.MEETING,
}
FORMATS = {"online": Format.ONLINE, "in person": Format.IN_PERSON, "hybrid": Format.HYBRID, "": Format.UNKNOWN}


@transaction.atomic
def load(folder: Path) -> str:
    """Create the missing activities. Raises BrokenTable."""
    cities = {(city.name, city.country.code): city for city in City.objects.all()}
    rows, new = read_table(folder / FILE, COLUMNS), 0
    for row in rows:
        first, last, precision = days(row)
        starts_at = datetime.combine(first, time(0), STRASBOURG)
        if known(Activity, title_en=row.required("title"), starts_at=starts_at):
            continue
        host = cities.get((row["host_city"], row["country"]))
        Activity.objects.create(
            title_en=row["title"],
            kind=row.choice("type", KINDS),
            format=row.choice("format", FORMATS),
            status=Activity.Status.PUBLISHED,
            starts_at=starts_at,
            ends_at=datetime.combine(last, time(23, 59), STRASBOURG),
            precision=precision,
            host_city=host,
            place="" if host else row["host_city"],
            country=row["country"],
            source=row["source"],
        )
        new += 1
    return f"Activities: {len(rows)} in the file, {new} new."


def days(row: Row) -> tuple[date, date, str]:
    """First and last day in Strasbourg, and how exactly they are known: "2020-09-29/2020-09-30", "2020-09-24", "2021-10"."""
    text = row.required("date")
    if len(text) == 7:
        first = row.day(f"{text}-01")
        return first, first.replace(day=monthrange(first.year, first.month)[1]), Precision.MONTH
    begin, _slash, end = text.partition("/")
    first, last = row.day(begin), row.day(end or begin)
    if last < first:
        raise row.broken(f"“{text}” ends before it starts.")
    return first, last, Precision.DAY
