"""Charts of the network's composition, from the records."""

from collections import Counter
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from activities.models import Activity
from cities.models import City, MembershipStep, NetworkMembership
from cities.models.membership import Step
from common import charts
from common.dates import Precision

TOP = 12


def composition(on: date) -> dict:
    """Rows and charts of the members on the day `on`: by country, network and year of joining."""
    members = list(City.objects.members(on).only("id", "name", "country"))
    ids = {city.pk for city in members}
    countries = _sorted(Counter(city.country.name for city in members))
    memberships = NetworkMembership.objects.on(on).filter(city__in=ids).select_related("network")
    networks = _sorted(Counter(m.network.name for m in memberships))
    joined = MembershipStep.objects.filter(city__in=ids, kind=Step.INTENT)
    years = Counter(step.on.year for step in joined if step.on)
    past = Activity.objects.exclude(status=Activity.Status.DRAFT).filter(is_made_up=False)
    activities = Counter(activity.starts_at.year for activity in past.only("starts_at"))
    return {
        "members": len(members),
        "countries": len(countries),
        "undated": joined.filter(precision=Precision.UNKNOWN).count(),
        "sections": [
            _section("countries", _("Member cities by country"), _("Country"), countries, charts.bar_chart, TOP),
            _section("networks", _("Member cities by network"), _("Network"), networks, charts.bar_chart),
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


def _sorted(counter: Counter) -> list[tuple[str, int]]:
    return sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))


def _by_year(counter: Counter) -> list[tuple[str, int]]:
    """Every year from the first to the last, the empty ones too."""
    return [(str(year), counter[year]) for year in range(min(counter), max(counter) + 1)] if counter else []
