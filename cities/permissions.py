"""Who may do what with cities and the people in them."""

from datetime import date

from django.contrib.auth.models import AnonymousUser

from accounts.models import User

from .models import City, Term


def may_edit_city(user: User | AnonymousUser, city: City, on: date) -> bool:
    """The officials of the city, the coordinator of a network it is in, and the unit."""
    if not isinstance(user, User):
        return False
    if user.is_staff and user.has_perm("cities.change_city"):
        return True
    return City.objects.of_official(user, on).filter(pk=city.pk).exists()


def may_see_people(user: User | AnonymousUser, on: date) -> bool:
    """Whoever holds an office in the network sees the people who agreed to be listed; so does the unit."""
    if not isinstance(user, User):
        return False
    return user.is_staff or Term.objects.open(on).filter(contact__user=user).exists()


def may_read_documents(user: User | AnonymousUser, city: City, on: date) -> bool:
    """The papers of a membership: whoever acts for the city, and the unit."""
    if not isinstance(user, User):
        return False
    return (user.is_staff and user.has_perm("cities.view_membershipstep")) or may_edit_city(user, city, on)
