"""Who may do what with calls and applications. `on` is a day in Strasbourg."""

from datetime import date

from django.db.models import QuerySet

from accounts.models import User
from cities.models import City, Term

from .models import Application, Assessment, Call, Partner


def may_apply(user: User, on: date) -> bool:
    return cities_that_may_lead(user, on).exists()


def cities_that_may_lead(user: User, on: date) -> QuerySet[City]:
    """Member cities for which `user` may act on the day `on`."""
    return City.objects.of_official(user, on).members(on)


def acts_for(user: User, city: City, on: date) -> bool:
    return City.objects.of_official(user, on).filter(pk=city.pk).exists()


def may_edit(user: User, application: Application, on: date) -> bool:
    """Officials of the lead city write the application while it is a draft."""
    if application.status != Application.Status.DRAFT:
        return False
    led = application.partners.filter(is_lead=True, city__in=City.objects.of_official(user, on))
    return led.exists()


def may_submit(user: User, application: Application, on: date) -> bool:
    """Officials of the lead city, also after submission, when they are told that it has happened."""
    return application.partners.filter(is_lead=True, city__in=City.objects.of_official(user, on)).exists()


def may_answer(user: User, partner: Partner, on: date) -> bool:
    """A partner answers through a person who holds an open term for that very city (G5)."""
    if partner.is_lead or partner.application.status != Application.Status.DRAFT:
        return False
    return Term.objects.open(on).filter(contact__user=user, city=partner.city_id).exists()


def may_assess(user: User, assessment: Assessment) -> bool:
    return user.is_assessor and assessment.assessor_id == user.pk


def may_decide(user: User, application: Application) -> bool:
    return user.is_staff and user.has_perm("grants.decide_application")


def may_release(user: User, call: Call) -> bool:
    return user.is_staff and user.has_perm("grants.release_call")
