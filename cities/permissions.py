"""Who may do what with cities and the people in them."""

from datetime import date

from .models import City, Term


def may_edit_city(user, city: City, on: date) -> bool:
    """The officials of the city, the coordinator of a network it is in, and the unit."""
    if not user.is_authenticated:
        return False
    if user.is_staff and user.has_perm("cities.change_city"):
        return True
    return City.objects.of_official(user, on).filter(pk=city.pk).exists()


def may_see_people(user, on: date) -> bool:
    """Whoever holds an office in the network sees the people who agreed to be listed; so does the unit."""
    if not user.is_authenticated:
        return False
    return user.is_staff or Term.objects.open(on).filter(contact__user=user).exists()
