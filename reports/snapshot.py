"""The frozen facts of a report: one canonical JSON document from which everything is rendered (R1, R2).

In the stored document every text that depends on the language is `{"en": …, "fr": …}`. `in_language(data, "fr")` turns
each of these into the one text; templates, page and annex see this form (days are ISO strings, `shown` is a day as
exactly as it is known, amounts are strings such as "10000.00", a value that was not found is None):

    year 2020 · title "Annual report 2020" · frozen_on "2021-03-01" · frozen_shown "1 March 2021" · format 1
    signatory   {name, title, initials, image}  who signs the letters, None when nobody was chosen; `image` a data: URI or ""
    chapters    {kind: {title, text}}        text is Markdown with the figures filled in; kinds: `Chapter.Kind`
    figures     [{key, label, value, previous, difference, unit, note}]      in order; value "141" or "10000.00"
    members     [{name, slug, country, country_name, kind, since, since_year, ordinal, networks [name], latitude,
                  longitude, is_new}]        on 31 December, by name; `since` is a shown day, None when not found
    members_without_date 55
    countries   [{code, name, members}]      the most members first
    joined      [{name, country_name, since, ordinal}]   the year's new members in order
    left        [{name, country_name, what, on}]
    index       [{city, country_name, on, version, overall, sample_size}]
    visits      [{city, country_name, on, title}]        expert visits; city may be None, title may be empty
    activities  [{title, kind, kind_label, format, format_label, field_label, on, place, country_name, host, cities [name],
                  attended, source, is_made_up}]         by date; `cities` attended, as far as recorded
    by_kind     [{label, count}]   by_format [{label, count}]   by_month [{label, count}]
    grants      [{project, theme, lead, cities [name], amount, source}]      `cities` without the lead
    grants_without_amount 1
    networks    [{name, country_name, members, previous, cities [name]}]     the largest first
    publications [{title, kind_label, topic, languages, cities [name], source, is_made_up}]
    practices   [{city, country_name, title, summary, areas [name], is_made_up}]
    cities      {slug: sheet}                every member on the day of the freeze, who gets a letter and a sheet:
      name, slug, country_name, region, since, ordinal, years, networks [{name, members}], members_in_country, website,
      profile, steps [{label, on}], index {on, overall, sample_size, version, scores [{area, score, mean}]} or None,
      activities [{title, on, kind_label, part}], grants [{project, theme, part, partners [name], amount}],
      practices [{title, summary}], publications [{title, kind_label}],
      recipient {office, name, salutation, language} or None
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django_countries import countries

from activities.models import Activity
from cities.models import City, MembershipStep, Term
from cities.models.membership import Step
from common.dates import Precision, show
from common.formats import day
from correspondence import signatures
from correspondence.texts import salutation

from . import figures as facts
from .models import AnnualReport, Chapter
from .placeholders import filled

FORMAT = 1
LANGUAGES = ("en", "fr")
Data = dict[str, Any]


def canonical(data: Data) -> str:
    """Sorted keys, no spaces, UTF-8 as it is: equal facts give equal bytes."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def in_language(value: Any, language: str) -> Any:
    """The same document with each pair of texts replaced by the one in `language`."""
    if isinstance(value, dict):
        if value.keys() == {"en", "fr"}:
            return value[language]
        return {key: in_language(inner, language) for key, inner in value.items()}
    if isinstance(value, list):
        return [in_language(inner, language) for inner in value]
    return value


def both(text: Callable[[], Any]) -> dict[str, str]:
    """What `text` gives in each language."""
    said = {}
    for language in LANGUAGES:
        with translation.override(language):
            said[language] = str(text())
    return said


def build(report: AnnualReport, at: datetime) -> Data:
    """All facts of the report as they are recorded at `at`."""
    year, on = report.year, localdate(at)
    data: Data = {
        "format": FORMAT,
        "year": year,
        "title": both(lambda: _("Annual report %(year)s") % {"year": year}),
        "frozen_on": on.isoformat(),
        "frozen_shown": both(lambda: day(on)),
        "signatory": signatures.frozen(report.signatory),
        "figures": numbers(year),
    }
    data |= of_members(year)
    data |= of_activities(year)
    data |= {
        "grants": [of_award(award) for award in facts.awards(year)],
        "publications": [of_publication(row) for row in facts.publications(year)],
        "practices": [of_practice(row) for row in facts.practices(year)],
        "networks": of_networks(year),
    }
    data["grants_without_amount"] = sum(grant["amount"] is None for grant in data["grants"])
    data["cities"] = Sheets(year, on).all()
    data["chapters"] = of_chapters(report, data)
    return data


# Parts -----------------------------------------------------------------------------------------


def numbers(year: int) -> list[Data]:
    """The figures; a number that rests on records with holes says so."""
    labels = {}
    for language in LANGUAGES:
        with translation.override(language):
            labels[language] = {figure.key: figure.label for figure in facts.figures(year)}
    rows = []
    for figure in facts.figures(year):
        difference = None if figure.previous is None else figure.value - figure.previous
        rows.append(
            {
                "key": figure.key,
                "label": {language: str(labels[language][figure.key]) for language in LANGUAGES},
                "value": str(figure.value),
                "previous": None if figure.previous is None else str(figure.previous),
                "difference": None if difference is None else str(difference),
                "unit": figure.unit,
                "note": None,
            }
        )
    undated = sum(step.on is None for step in facts.since(facts.members(facts.last_day(year))).values())
    unknown = sum(award.amount is None for award in facts.awards(year))
    for row in rows:
        if row["key"] == "members" and undated:
            row["note"] = both(
                lambda: (
                    _("The joining date was not found for %(count)s of these cities; they are counted in both years.")
                    % {"count": undated}
                )
            )
        if row["key"] == "new_members" and undated:
            row["note"] = both(
                lambda: _("The joining date of %(count)s member cities was not found.") % {"count": undated}
            )
        if row["key"] == "grants_total" and unknown:
            row["note"] = both(lambda: _("The amount was not found for %(count)s of the grants.") % {"count": unknown})
    return rows


def of_chapters(report: AnnualReport, data: Data) -> Data:
    chapters = {}
    values = {row["key"]: (row["value"], row["unit"]) for row in data["figures"]}
    for chapter in report.chapters.all():
        texts = {
            language: filled(getattr(chapter, f"text_{language}") or "", values, report.year, language)
            for language in LANGUAGES
        }
        kind = Chapter.Kind(chapter.kind)
        chapters[chapter.kind] = {"title": both(lambda kind=kind: kind.label), "text": texts}
    return chapters


def of_members(year: int) -> Data:
    on = facts.last_day(year)
    members = facts.members(on).prefetch_related("network_memberships__network")
    joined = facts.joined(year)
    new = {step.city_id for step in joined}
    since = facts.since(facts.members(on))
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
        "left": [{**place(step.city), "what": label(step), "on": day_of(step)} for step in facts.left(year)],
        "index": [
            {
                **place(row.city),
                "on": both(lambda row=row: day(row.on)),
                "version": row.version,
                "overall": str(row.overall),
                "sample_size": row.sample_size,
            }
            for row in facts.index_results(year)
        ],
        "visits": [
            {
                "city": visit.city.name if visit.city else None,
                "country_name": country(visit.city.country.code) if visit.city else None,
                "title": visit.title,
                "on": both(lambda visit=visit: show(visit.on, visit.precision)),
            }
            for visit in facts.expert_visits(year)
        ],
    }


def of_activities(year: int) -> Data:
    present = facts.taking_part(year)
    rows, kinds, formats, months = [], Counter[str](), Counter[str](), Counter[int]()
    for activity in facts.activities(year):
        kind, form = Activity.Kind(activity.kind), Activity.Format(activity.format)
        kinds[kind] += 1
        formats[form] += 1
        months[localdate(activity.starts_at).month] += 1
        rows.append(
            {
                "title": both(lambda activity=activity: activity.title),
                "kind": activity.kind,
                "kind_label": both(lambda kind=kind: kind.label),
                "format": activity.format,
                "format_label": both(lambda form=form: form.label),
                "field_label": both(activity.get_field_display) if activity.field else None,
                "on": day_of_activity(activity),
                "place": activity.place,
                "country_name": country(activity.country.code) if activity.country else None,
                "host": activity.host_city.name if activity.host_city else None,
                "cities": [city.name for city in present.get(activity.pk, [])],
                "attended": activity.attended,
                "source": activity.source,
                "is_made_up": activity.is_made_up,
            }
        )
    return {
        "activities": rows,
        "by_kind": [
            {"label": both(lambda kind=kind: Activity.Kind(kind).label), "count": count}
            for kind, count in ranked(kinds)
        ],
        "by_format": [
            {"label": both(lambda form=form: Activity.Format(form).label), "count": count}
            for form, count in ranked(formats)
        ],
        "by_month": [
            {"label": both(lambda month=month: date_format(date(year, month, 1), "F")), "count": months[month]}
            for month in range(1, 13)
        ],
    }


def of_award(award) -> Data:
    lead = award.lead_city
    return {
        "project": award.project,
        "theme": award.theme,
        "lead": lead.name if lead else None,
        "cities": sorted(city.name for city in award.cities.all() if city != lead),
        "amount": None if award.amount is None else str(award.amount),
        "source": award.source,
    }


def of_publication(row) -> Data:
    return {
        "title": row.title,
        "kind_label": both(row.get_kind_display),
        "topic": row.topic,
        "languages": row.languages.replace("|", ", "),
        "cities": sorted(city.name for city in row.cities.all()),
        "source": row.source,
        "is_made_up": row.is_made_up,
    }


def of_practice(row) -> Data:
    return {
        **place(row.city),
        "title": row.title,
        "summary": row.summary,
        "areas": [both(lambda area=area: area.name) for area in row.policy_areas.all()],
        "is_made_up": row.is_made_up,
    }


def of_networks(year: int) -> list[Data]:
    before = {network.pk: len(cities) for network, cities in facts.networks(facts.last_day(year - 1))}
    return [
        {
            "name": both(lambda network=network: network.name),
            "country_name": country(network.country.code) if network.country else None,
            "members": len(cities),
            "previous": before.get(network.pk, 0),
            "cities": [city.name for city in cities],
        }
        for network, cities in facts.networks(facts.last_day(year))
    ]


class Sheets:
    """The facts of each member city on the day `on`, gathered with few queries."""

    def __init__(self, year: int, on: date) -> None:
        self.year, self.on = year, on
        self.cities = list(
            facts.members(on).prefetch_related("network_memberships__network", "steps", "index_results__scores__area")
        )
        self.since = facts.since(facts.members(on))
        self.mayors = facts.mayors(on)
        self.in_country = Counter(city.country.code for city in self.cities)
        self.in_network = {network.pk: len(cities) for network, cities in facts.networks(facts.last_day(year))}
        self.activities = list(facts.activities(year))
        self.present = {pk: {city.pk for city in cities} for pk, cities in facts.taking_part(year).items()}
        self.awards = list(facts.awards(year))
        self.practices = list(facts.practices(year))
        self.publications = list(facts.publications(year))

    def all(self) -> Data:
        return {city.slug: self.sheet(city) for city in self.cities}

    def sheet(self, city: City) -> Data:
        step = self.since.get(city.pk)
        end = facts.last_day(self.year)
        networks = sorted(
            (
                row.network
                for row in city.network_memberships.all()
                if (row.joined_on is None or row.joined_on <= end) and (row.left_on is None or row.left_on > end)
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
            "years": self.year - step.on.year if step and step.on else None,
            "networks": [
                {"name": both(lambda network=network: network.name), "members": self.in_network.get(network.pk, 0)}
                for network in networks
            ],
            "members_in_country": self.in_country[city.country.code],
            "steps": [
                {"label": label(step), "on": day_of(step)}
                for step in city.steps.all()
                if step.on and step.on.year == self.year
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
            if result.on <= facts.last_day(self.year):
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


# Small things ----------------------------------------------------------------------------------


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


def place(city: City) -> Data:
    return {"city": city.name, "country_name": country(city.country.code)}


def country(code: str) -> dict[str, str]:
    return both(lambda: countries.name(code))


def label(step: MembershipStep) -> dict[str, str]:
    return both(lambda: Step(step.kind).label)


def day_of(step: MembershipStep | None) -> dict[str, str] | None:
    """The day as exactly as it is known, None when it was not found."""
    if step is None or step.on is None or step.precision == Precision.UNKNOWN:
        return None
    return both(lambda: show(step.on, step.precision))


def day_of_activity(activity: Activity) -> dict[str, str]:
    begin, end = localdate(activity.starts_at), localdate(activity.ends_at)

    def shown() -> str:
        if activity.precision in (Precision.MONTH, Precision.YEAR) or begin == end:
            return show(begin, activity.precision)
        if (begin.year, begin.month) == (end.year, end.month):
            return f"{day(begin).split()[0]}–{day(end)}"  # 12–14 October 2020, 12–14 octobre 2020
        return _("%(begin)s to %(end)s") % {"begin": show(begin, Precision.DAY), "end": show(end, Precision.DAY)}

    return both(shown)


def ranked(counts: Counter) -> Iterable[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
