"""A call, applications at each stage of their journey, and awards."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from cities.models import Office
from grants import services
from grants.models import Application, Award, Call, Partner
from tests.factories import CityFactory, UserFactory, official_of

AT = datetime(2026, 4, 20, 12, tzinfo=UTC)  # while the call of these factories is open
LATER = AT + timedelta(days=40)  # after it has closed
PROJECT = {
    "title": "Stories of arrival",
    "theme": "Alternative narratives",
    "summary": "Residents tell how they arrived.",
    "objectives": "More people know the story of a neighbour.",
    "activities": "Workshops in spring.",
}
LINE = {"heading": "travel", "label": "Study visit", "amount": Decimal("4500.00"), "cofinancing": Decimal("500.00")}


class CallFactory(DjangoModelFactory):
    class Meta:
        model = Call

    title_en = factory.Sequence(lambda n: f"Call {n}")
    title_fr = factory.Sequence(lambda n: f"Appel {n}")
    year = 2026
    opens_at = AT - timedelta(days=30)
    closes_at = AT + timedelta(days=30)
    is_published = True
    envelope = Decimal(30000)
    ceiling = Decimal(15000)
    cofinancing_share = Decimal(10)


class AwardFactory(DjangoModelFactory):
    class Meta:
        model = Award

    project = factory.Sequence(lambda n: f"Project {n}")
    year = 2021
    theme = "Employment"
    published_at = AT


class AssessorFactory(UserFactory):
    is_assessor = True


def draft(call: Call | None = None, *, partners: int = 1, complete: bool = True, at: datetime = AT) -> Application:
    """An application ready to be submitted; `.lead_user` and `.partner_users` are its people."""
    call = call or CallFactory()
    lead_city = CityFactory()
    lead_user = official_of(lead_city)
    application = services.start_application(call, lead_city, title=PROJECT["title"], by=lead_user, at=at)
    application.lead_user, application.partner_users = lead_user, []
    for _number in range(partners):
        city = CityFactory()
        user = official_of(city)
        application.partner_users.append(user)
        partner = services.invite_partner(application, city, by=lead_user, at=at)
        if complete:
            services.answer_invitation(partner, takes_part=True, by=user, at=at)
    if complete:
        services.save_project(application, PROJECT, version=1, by=lead_user)
        lead = Partner.objects.get(application=application, is_lead=True)
        services.save_budget(lead, [LINE], version=1, by=lead_user)
    people = application.lead_user, application.partner_users
    application = Application.objects.get(pk=application.pk)
    application.lead_user, application.partner_users = people
    return application


def submitted(call: Call | None = None, **kwargs) -> Application:
    application = draft(call, **kwargs)
    done = services.submit_application(application, by=application.lead_user, at=kwargs.get("at", AT))
    done.lead_user, done.partner_users = application.lead_user, application.partner_users
    return done


def deputy_of(city):
    return official_of(city, office=Office.DEPUTY_COORDINATOR)
