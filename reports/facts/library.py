"""Grants, publications and good practices."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from grants.models import Award

from .. import figures
from .words import Data, both, place


def of_library(end: date) -> Data:
    awards = list(figures.awards(end))
    return {
        "grants": [of_award(award) for award in awards],
        "grants_without_amount": sum(award.amount is None for award in awards),
        "grants_by_call": by_call(awards),
        "publications": [of_publication(row) for row in figures.publications(end)],
        "practices": [of_practice(row) for row in figures.practices(end)],
    }


def by_call(awards: list[Award]) -> list[Data]:
    """Awards under the call they answer; those of the public register name none."""
    grouped: dict = {}
    for award in awards:
        grouped.setdefault(award.application and award.application.call, []).append(award)
    calls = sorted(grouped, key=lambda call: (call is None, call and -call.pk))
    return [
        {
            "label": both(lambda call=call: call.title if call else _("Call not recorded")),
            "count": len(grouped[call]),
            "cities": len({city for award in grouped[call] for city in [award.lead_city, *award.cities.all()] if city}),
            "amount": str(sum((award.amount for award in grouped[call] if award.amount), Decimal(0))),
            "without_amount": sum(award.amount is None for award in grouped[call]),
        }
        for call in calls
    ]


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
