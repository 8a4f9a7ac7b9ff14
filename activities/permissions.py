from datetime import date

from accounts.models import User
from cities.models import City

from .models import Registration


def may_register(user: User, city: City, on: date) -> bool:
    """Officials register participants of the cities they act for."""
    return City.objects.of_official(user, on).filter(pk=city.pk).exists()


def may_change_registration(user: User, registration: Registration, on: date) -> bool:
    return may_register(user, registration.city, on)
