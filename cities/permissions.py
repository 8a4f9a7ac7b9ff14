"""Who may do what with cities and the people in them."""

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from accounts.models import User

from .models import City, Contact, NetworkMembership, Office, Term

MANAGING = [Office.COORDINATOR, Office.DEPUTY_COORDINATOR]


def may_edit_city(user: User | AnonymousUser, city: City, on: date) -> bool:
    """The officials of the city, the coordinator of a network it is in, and the unit."""
    if not isinstance(user, User):
        return False
    if user.is_staff and user.has_perm("cities.change_city"):
        return True
    return City.objects.of_official(user, on).filter(pk=city.pk).exists()


def may_manage_people(user: User | AnonymousUser, city: City, on: date) -> bool:
    """Who enters, invites and ends: coordinator and deputy of the city, the coordinator of its network, the unit."""
    if not isinstance(user, User):
        return False
    if user.is_staff and user.has_perm("cities.change_term"):
        return True
    networks = NetworkMembership.objects.on(on).filter(city=city).values("network")
    offices = Q(city=city, office__in=MANAGING) | Q(network__in=networks)
    return Term.objects.open(on).filter(offices, contact__user=user).exists()


def may_edit_contact(user: User, contact: Contact, city: City, on: date) -> bool:
    """Oneself; else whoever manages the people of the only city that this person serves.

    Otherwise the coordinator of one city could redirect the letters of another by inviting somebody there.
    """
    if contact.user_id == user.pk or (user.is_staff and user.has_perm("cities.change_contact")):
        return True
    return may_manage_people(user, city, on) and not serving_elsewhere([contact.pk], city, on)


def serving_elsewhere(contacts: Iterable[int], city: City, on: date) -> set[int]:
    """Which of these contacts hold, or will hold, an office outside `city`."""
    terms = Term.objects.filter(contact__in=contacts).exclude(ended_on__lte=on)
    return set(terms.filter(Q(network__isnull=False) | ~Q(city=city)).values_list("contact", flat=True))


def may_see_people(user: User | AnonymousUser, on: date) -> bool:
    """Whoever holds an office in the network sees the people who agreed to be listed; so does the unit."""
    if not isinstance(user, User):
        return False
    return user.is_staff or Term.objects.open(on).filter(contact__user=user).exists()


def may_write_to_colleagues(user: User | AnonymousUser, on: date) -> bool:
    """Whoever holds an office in a city or a network; the unit writes from the administration."""
    return isinstance(user, User) and not user.is_staff and may_see_people(user, on)


def may_read_documents(user: User | AnonymousUser, city: City, on: date) -> bool:
    """The papers of a membership: whoever acts for the city, and the unit."""
    if not isinstance(user, User):
        return False
    return (user.is_staff and user.has_perm("cities.view_membershipstep")) or may_edit_city(user, city, on)
