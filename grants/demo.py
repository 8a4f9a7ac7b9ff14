"""A call and two applications, made up for the demonstration."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from cities.models import City, Term

from . import services
from .models import BudgetLine, Call, Partner, strasbourg_day

TITLE = "Inter-city grants: trust in diverse neighbourhoods (made up)"


@transaction.atomic
def make(at: datetime) -> None:
    """One open call, one draft and one submitted application; nothing when the call is there already."""
    if Call.objects.filter(title_en=TITLE).exists():
        return
    call = Call.objects.create(
        title_en=TITLE,
        title_fr="Subventions intervilles\u00a0: la confiance dans les quartiers divers (fictif)",
        year=at.year,
        summary_en="Joint projects of two or more member cities that build trust between residents.",
        summary_fr="Projets communs de deux villes membres ou plus qui renforcent la confiance entre habitants.",
        description_en=TEXT_EN,
        description_fr=TEXT_FR,
        opens_at=(at - timedelta(days=21)).replace(minute=0, second=0, microsecond=0),
        closes_at=(at + timedelta(days=45)).replace(hour=18, minute=0, second=0, microsecond=0),
        is_published=True,
        envelope=Decimal(60000),
        ceiling=Decimal(15000),
        min_cities=2,
        cofinancing_share=Decimal(10),
        is_made_up=True,
    )
    officials = _officials(at)
    if len(officials) < 3:
        return  # without people there is nobody to apply
    (first, first_user), (second, second_user), (third, third_user) = officials[:3]
    draft = services.start_application(
        call, first, title="Neighbourhood libraries as meeting places (made up)", by=first_user, at=at
    )
    services.save_project(
        draft,
        {
            "theme": "Public space",
            "summary": "Branch libraries invite residents who rarely meet. Made up for the demonstration.",
        },
        version=draft.version,
        by=first_user,
    )
    services.invite_partner(draft, second, by=first_user, at=at)
    services.save_budget(draft.partners.get(is_lead=True), LINES[:2], version=1, by=first_user)

    whole = services.start_application(
        call, second, title="Stories of arrival on the tram (made up)", by=second_user, at=at
    )
    services.save_project(
        whole,
        {
            "theme": "Alternative narratives",
            "summary": "Residents tell how they arrived in their city; trams carry the stories. Made up for the demonstration.",
            "objectives": "More residents know the story of a neighbour. Two surveys show the change.",
            "activities": "Spring: workshops. Summer: the trams run. Autumn: a joint evaluation in both cities.",
        },
        version=whole.version,
        by=second_user,
    )
    partner = services.invite_partner(whole, third, by=second_user, at=at)
    services.answer_invitation(partner, takes_part=True, by=third_user, at=at)
    lead = Partner.objects.get(application=whole, is_lead=True)
    services.save_budget(lead, LINES, version=lead.version, by=second_user)
    services.save_budget(partner, LINES[1:3], version=partner.version, by=second_user)
    services.submit_application(whole, by=second_user, at=at)


def _officials(at: datetime) -> list[tuple[City, User]]:
    """Member cities with a person who has an account and an open term there, one person for each city."""
    on, cities, people, found = strasbourg_day(at), set(), set(), []
    terms = Term.objects.open(on).filter(contact__user__isnull=False, city__in=City.objects.members(on))
    for term in terms.select_related("city", "contact__user").order_by("contact__user", "pk"):
        if term.city_id not in cities and term.contact.user_id not in people:
            cities.add(term.city_id)
            people.add(term.contact.user_id)
            found.append((term.city, term.contact.user))
    return found


LINES = [
    {"heading": BudgetLine.Heading.STAFF, "label": "Project coordinator, part time", "amount": Decimal("4200"), "cofinancing": Decimal("1800")},
    {"heading": BudgetLine.Heading.TRAVEL, "label": "Study visit between the cities", "amount": Decimal("1650.50"), "cofinancing": Decimal("0")},
    {"heading": BudgetLine.Heading.OTHER, "label": "Printing and translation", "amount": Decimal("2100"), "cofinancing": Decimal("400")},
]  # fmt: skip

TEXT_EN = """This call is **made up for the demonstration**.

## Who can apply

A lead city with at least one partner city. All must be member cities on the day of submission.

## What is funded

Joint activities that bring together residents who would not meet otherwise: exchanges, trainings, campaigns, guides.

## How it is assessed

Relevance and added value of working together (40), quality of the plan (30), budget (15), lasting effect (15).
"""

TEXT_FR = """Cet appel est **inventé pour la démonstration**.

## Qui peut déposer une demande

Une ville chef de file avec au moins une ville partenaire, toutes membres le jour de la soumission.

## Ce qui est financé

Des activités communes qui réunissent des habitants qui ne se rencontreraient pas autrement : échanges, formations,
campagnes, guides.

## Comment les demandes sont évaluées

Pertinence et valeur ajoutée du travail commun (40), qualité du projet (30), budget (15), effet durable (15).
"""
