"""Members, those who joined or left, Index, expert visits, networks."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from common.dates import show
from common.formats import day

from .. import figures
from ..models import AnnualReport, NetworkSection
from ..placeholders import filled
from .words import LANGUAGES, Data, both, country, day_of, label, place


def of_members(on: date) -> Data:
    members = figures.members(on).prefetch_related("network_memberships__network")
    joined = figures.joined(on)
    new = {step.city_id for step in joined}
    since = figures.since(figures.members(on))
    rows = []
    for city in members:
        step = since.get(city.pk)
        rows.append(
            {
                "name": city.name,
                "slug": city.slug,
                "kind": city.kind,
                "country": city.country.code,
                "country_name": country(city.country.code),
                "since": day_of(step),
                "since_year": step.on.year if step and step.on else None,
                "ordinal": step.ordinal if step else None,
                "networks": [
                    both(lambda row=row: row.network.name)
                    for row in sorted(city.network_memberships.all(), key=lambda row: row.network.code)
                    if (row.joined_on is None or row.joined_on <= on) and (row.left_on is None or row.left_on > on)
                ],
                "latitude": None if city.latitude is None else str(city.latitude),
                "longitude": None if city.longitude is None else str(city.longitude),
                "is_new": city.pk in new,
            }
        )
    counts = Counter(row["country"] for row in rows)
    return {
        "members": rows,
        "members_without_date": sum(row["since"] is None for row in rows),
        "countries": [
            {"code": code, "name": country(code), "members": count}
            for code, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        ],
        "joined": [
            {
                "name": step.city.name,
                "country_name": country(step.city.country.code),
                "since": day_of(step),
                "ordinal": step.ordinal,
            }
            for step in joined
        ],
        "left": [{**place(step.city), "what": label(step), "on": day_of(step)} for step in figures.left(on)],
        "index": [
            {
                **place(row.city),
                "on": both(lambda row=row: day(row.on)),
                "version": row.version,
                "overall": str(row.overall),
                "sample_size": row.sample_size,
            }
            for row in figures.index_results(on)
        ],
        "visits": [
            {
                "city": visit.city.name if visit.city else None,
                "country_name": country(visit.city.country.code) if visit.city else None,
                "title": visit.title,
                "on": both(lambda visit=visit: show(visit.on, visit.precision)),
            }
            for visit in figures.expert_visits(on)
        ],
    }


def of_networks(report: AnnualReport, end: date, values: Mapping[str, tuple[str, str]]) -> list[Data]:
    year = report.year
    before = {network.pk: len(cities) for network, cities in figures.networks(figures.last_day(year - 1))}
    accepted = report.sections.filter(status=NetworkSection.Status.ACCEPTED)
    sections = {section.network_id: section for section in accepted}
    return [
        {
            "name": both(lambda network=network: network.name),
            "country_name": country(network.country.code) if network.country else None,
            "members": len(cities),
            "previous": before.get(network.pk, 0),
            "cities": [city.name for city in cities],
            **of_section(sections.get(network.pk), values, year),
        }
        for network, cities in figures.networks(end)
    ]


def of_section(section: NetworkSection | None, values: Mapping[str, tuple[str, str]], year: int) -> Data:
    """The text of a network in each language; where it wrote one language only, that one stands in both."""
    if section is None:
        return {"text": None, "text_language": None}
    written = {language: (getattr(section, f"text_{language}") or "").strip() for language in LANGUAGES}
    other = {"en": "fr", "fr": "en"}
    chosen = {language: language if written[language] else other[language] for language in LANGUAGES}
    return {
        "text": {language: filled(written[code], values, year, code) for language, code in chosen.items()},
        "text_language": chosen,
    }
