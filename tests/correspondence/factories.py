"""Mailings to made-up cities."""

from datetime import date
from typing import Any

from correspondence import services
from correspondence.models import Mailing
from mail.services import attach
from tests.factories import CityFactory, StaffFactory, mayor_of

DAY = date(2021, 2, 1)
SUBJECT = {"en": "News for {{ city }}", "fr": "Des nouvelles pour {{ city }}"}
BODY = {"en": "In {{ year }} we **continue**.", "fr": "En {{ year }}, nous **continuons**."}


def mailing_of(**fields: Any) -> Mailing:
    """A draft to all member cities, without a PDF of its own."""
    return services.create_mailing(
        **{
            "kind": Mailing.Kind.CALL,
            "title": "A mailing",
            "audience": Mailing.Audience.ALL,
            "subject": SUBJECT,
            "body": BODY,
            "dated_on": DAY,
            "by": fields.pop("by", None) or StaffFactory(),
            **fields,
        }
    )


def cities_with_mayors(count: int = 2, **contact: Any) -> list:
    """Member cities whose mayor can be written to."""
    cities = CityFactory.create_batch(count)
    for city in cities:
        mayor_of(city, **contact)
    return cities


def approved_mailing(**fields: Any) -> Mailing:
    """A mailing that a second person approved."""
    mailing = services.prepare(mailing_of(**fields))
    return services.approve(mailing, by=StaffFactory())


def enclosing(name: str = "report.pdf"):
    """A hook that gives each city the same file."""
    file = attach(name, b"%PDF-1.7 report")
    return lambda city, language: services.Enclosure([file])
