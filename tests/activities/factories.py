from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from activities.models import Activity, Registration
from activities.services import Participant
from tests.factories import CityFactory


class ActivityFactory(DjangoModelFactory):
    """A published webinar in 30 days, registration open, 10 seats."""

    class Meta:
        model = Activity

    title_en = factory.Sequence(lambda n: f"Webinar {n}")
    title_fr = factory.Sequence(lambda n: f"Webinaire {n}")
    kind = Activity.Kind.WEBINAR
    format = Activity.Format.ONLINE
    status = Activity.Status.PUBLISHED
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))
    ends_at = factory.LazyAttribute(lambda a: a.starts_at + timedelta(hours=2))
    has_registration = True
    capacity = 10
    registration_opens_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))
    registration_closes_at = factory.LazyAttribute(lambda a: a.starts_at - timedelta(days=1))


class RegistrationFactory(DjangoModelFactory):
    class Meta:
        model = Registration

    activity = factory.SubFactory(ActivityFactory)
    city = factory.SubFactory(CityFactory)
    participant_name = factory.Sequence(lambda n: f"Participant {n}")
    participant_email = factory.Sequence(lambda n: f"participant{n}@city.example")
    status = Registration.Status.CONFIRMED
    requested_at = factory.LazyFunction(timezone.now)
    confirmed_at = factory.LazyAttribute(lambda r: r.requested_at if r.status == "confirmed" else None)


_count = iter(range(10_000))


def someone(**fields) -> Participant:
    n = next(_count)
    return Participant(**{"name": f"Participant {n}", "email": f"someone{n}@city.example", **fields})
