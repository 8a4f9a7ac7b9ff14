"""What the snapshot says of each member city: the sheet that goes with the letter to its mayor."""

from datetime import date

from django.utils.translation import gettext as _

from activities.models import Activity
from cities.models import City, Term
from common.formats import day
from correspondence.texts import salutation

from .. import figures
from .words import Data, both, country, day_of, day_of_activity, label


class Sheets:
    """The facts of each member city on the day `on` and of its year up to `end`, gathered with few queries."""

    def __init__(self, on: date, end: date) -> None:
        self.end = end
        self.cities = list(
            figures.members(on).prefetch_related("network_memberships__network", "steps", "index_results__scores__area")
        )
        self.since = figures.since(figures.members(on))
        self.mayors = figures.mayors(on)
        self.in_country = dict(figures.countries(end))
        self.in_network = {network.pk: len(cities) for network, cities in figures.networks(end)}
        self.activities = list(figures.activities(end))
        self.present = {pk: {city.pk for city in cities} for pk, cities in figures.taking_part(end).items()}
        self.awards = list(figures.awards(end))
        self.practices = list(figures.practices(end))
        self.publications = list(figures.publications(end))

    def all(self) -> Data:
        return {city.slug: self.sheet(city) for city in self.cities}

    def sheet(self, city: City) -> Data:
        step = self.since.get(city.pk)
        networks = sorted(
            (
                row.network
                for row in city.network_memberships.all()
                if (row.joined_on is None or row.joined_on <= self.end)
                and (row.left_on is None or row.left_on > self.end)
            ),
            key=lambda network: network.code,
        )
        return {
            "name": city.name,
            "slug": city.slug,
            "country_name": country(city.country.code),
            "region": city.region,
            "website": city.website,
            "profile": both(lambda: city.profile),
            "since": day_of(step),
            "ordinal": step.ordinal if step else None,
            "years": self.end.year - step.on.year if step and step.on else None,
            "networks": [
                {"name": both(lambda network=network: network.name), "members": self.in_network.get(network.pk, 0)}
                for network in networks
            ],
            "members_in_country": self.in_country.get(city.country.code, 0),
            "steps": [
                {"label": label(step), "on": day_of(step)}
                for step in city.steps.all()
                if step.on and step.on.year == self.end.year and step.on <= self.end
            ],
            "index": self.index(city),
            "activities": [
                {
                    "title": both(lambda activity=activity: activity.title),
                    "on": day_of_activity(activity),
                    "kind_label": both(activity.get_kind_display),
                    "part": part,
                }
                for activity in self.activities
                if (part := self.part(city, activity))
            ],
            "grants": [
                {
                    "project": award.project,
                    "theme": award.theme,
                    "part": both(
                        lambda award=award: _("Lead city") if award.lead_city_id == city.pk else _("Partner city")
                    ),
                    "partners": sorted(
                        {c.name for c in [award.lead_city, *award.cities.all()] if c and c.pk != city.pk}
                    ),
                    "amount": None if award.amount is None else str(award.amount),
                }
                for award in self.awards
                if award.lead_city_id == city.pk or city in award.cities.all()
            ],
            "practices": [
                {"title": row.title, "summary": row.summary} for row in self.practices if row.city_id == city.pk
            ],
            "publications": [
                {"title": row.title, "kind_label": both(row.get_kind_display)}
                for row in self.publications
                if city in row.cities.all()
            ],
            "recipient": recipient(self.mayors.get(city.pk)),
        }

    def part(self, city: City, activity: Activity) -> dict[str, str] | None:
        if activity.host_city_id == city.pk:
            return both(lambda: _("Host city"))
        if city.pk in self.present.get(activity.pk, ()):
            return both(lambda: _("Took part"))
        return None

    def index(self, city: City) -> Data | None:
        """The city's last result up to the end of the year; never without its sample."""
        for result in city.index_results.all():  # newest first
            if result.on <= self.end:
                return {
                    "on": both(lambda result=result: day(result.on)),
                    "overall": str(result.overall),
                    "sample_size": result.sample_size,
                    "version": result.version,
                    "scores": [
                        {
                            "area": both(lambda score=score: score.area.name),
                            "score": str(score.score),
                            "mean": None if score.sample_mean is None else str(score.sample_mean),
                        }
                        for score in result.scores.all()
                    ],
                }
        return None


def recipient(term: Term | None) -> Data | None:
    """Whom the letter addresses. The address for the mail itself is resolved when it is queued."""
    if term is None:
        return None
    contact = term.contact
    words = contact.salutation.rstrip(" ,") or salutation(contact.language, term.office)
    return {
        "office": both(term.get_office_display),
        "name": contact.name,
        "salutation": words,
        "language": contact.language,
    }
