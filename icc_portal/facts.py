"""Charts of the network's composition, from the records."""

from collections import Counter
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_countries import countries as names

from activities.models import Activity
from cities.catalogue import SIZE_LABELS, size_of
from cities.models import City
from common import charts

TOP = 12


def composition(on: date) -> dict:
    """Rows and charts of the members on the day `on`: by country, network, size and year of joining."""
    members = City.objects.members(on)
    countries = [(str(names.name(code)), count) for code, count in members.by_country().items()]
    networks = [(network.name, count) for network, count in members.by_network(on).items()]
    sizes = Counter(map(size_of, members.order_by().values_list("population", flat=True)))
    years = members.by_year_of_joining()
    undated = years.pop(None, 0)
    past = Activity.objects.exclude(status=Activity.Status.DRAFT).filter(is_made_up=False)
    activities = Counter(activity.starts_at.year for activity in past.only("starts_at"))
    return {
        "members": sum(count for _country, count in countries),
        "countries": len(countries),
        "undated": undated,
        "sections": [
            _section(
                "countries", _("Member cities by country"), _("Country"), _sorted(countries), charts.bar_chart, TOP
            ),
            _section("networks", _("Member cities by network"), _("Network"), _sorted(networks), charts.bar_chart),
            _section(
                "sizes",
                _("Member cities by size"),
                _("Size"),
                [(str(label), sizes[code]) for code, label in SIZE_LABELS.items() if sizes[code]],
                charts.bar_chart,
            ),
            _section("years", _("Member cities by year of joining"), _("Year"), _by_year(years), charts.column_chart),
            _section(
                "activities", _("Activities on record by year"), _("Year"), _by_year(activities), charts.column_chart
            ),
        ],
    }


def _section(key: str, title: str, label: str, rows: list[tuple[str, int]], chart, limit: int | None = None) -> dict:
    """A chart with its rows as a table; the chart shows the first `limit`."""
    drawn = chart(rows[:limit], title, language=get_language()) if rows else ""
    return {"key": key, "title": title, "label": label, "rows": rows, "chart": drawn, "limit": limit}


def _sorted(rows: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(rows, key=lambda pair: (-pair[1], pair[0]))


def _by_year(counter: dict[int, int]) -> list[tuple[str, int]]:
    """Every year from the first to the last, the empty ones too."""
    return [(str(year), counter.get(year, 0)) for year in range(min(counter), max(counter) + 1)] if counter else []
