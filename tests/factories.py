"""Boring rows that many tests need: people, cities and their offices."""

from datetime import date

import factory
from allauth.account.models import EmailAddress
from factory.django import DjangoModelFactory

from accounts.models import User
from accounts.services import add_totp
from cities.models import City, Contact, MembershipStep, NationalNetwork, NetworkMembership, Office, PolicyArea, Term
from cities.models.membership import Step

PASSWORD = "correct horse battery"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"official{n}@city.example")
    name = factory.Sequence(lambda n: f"Office {n}")
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def verified(self, create, extracted, **kwargs):
        """The address counts as verified, as after an invitation."""
        if create and extracted is not False:
            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)


class StaffFactory(UserFactory):
    email = factory.Sequence(lambda n: f"staff{n}@unit.example")
    is_staff = True
    is_superuser = True

    @factory.post_generation
    def second_factor(self, create, extracted, **kwargs):
        """Without one the administration stays closed; `second_factor=False` for staff who have none yet."""
        if create and extracted is not False:
            add_totp(self, "JBSWY3DPEHPK3PXP")


class PolicyAreaFactory(DjangoModelFactory):
    class Meta:
        model = PolicyArea

    code = factory.Sequence(lambda n: f"area-{n}")
    name_en = factory.Sequence(lambda n: f"Area {n}")
    name_fr = factory.Sequence(lambda n: f"Domaine {n}")


class NetworkFactory(DjangoModelFactory):
    class Meta:
        model = NationalNetwork

    code = factory.Sequence(lambda n: f"net-{n}")
    name_en = factory.Sequence(lambda n: f"Network {n}")
    name_fr = factory.Sequence(lambda n: f"Réseau {n}")


class CityFactory(DjangoModelFactory):
    """A member city since 2016; `member=False` for one that is not."""

    class Meta:
        model = City
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"City {n}")
    slug = factory.Sequence(lambda n: f"city-{n}")
    country = "NO"

    @factory.post_generation
    def member(self, create, extracted, **kwargs):
        if create and extracted is not False:
            MembershipStep.objects.create(city=self, kind=Step.INTENT, on=extracted or date(2016, 1, 1))

    @factory.post_generation
    def network(self, create, extracted, **kwargs):
        if create and extracted:
            NetworkMembership.objects.create(city=self, network=extracted)


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    name = factory.Sequence(lambda n: f"Office {n}")
    email = factory.Sequence(lambda n: f"office{n}@city.example")
    salutation = "Dear Mayor"


class TermFactory(DjangoModelFactory):
    """An open term of a coordinator who has an account; `city` or, with a network office, `network`."""

    class Meta:
        model = Term

    contact = factory.SubFactory(ContactFactory)
    city = factory.SubFactory(CityFactory)
    office = Office.COORDINATOR
    started_on = date(2018, 1, 1)


def official_of(city: City, office: str = Office.COORDINATOR, **fields) -> User:
    """A user who acts for `city` through an open term."""
    user = UserFactory(**fields)
    TermFactory(city=city, office=office, contact=ContactFactory(user=user, name=user.name, email=user.email))
    return user


def mayor_of(city: City, **contact) -> Term:
    """The open term of the mayor of `city`."""
    return TermFactory(city=city, office=Office.MAYOR, contact=ContactFactory(**contact))


def network_coordinator_of(network: NationalNetwork) -> User:
    """A user who acts for all cities of `network`."""
    user = UserFactory()
    contact = ContactFactory(user=user, name=user.name, email=user.email)
    TermFactory(city=None, network=network, office=Office.NETWORK_COORDINATOR, contact=contact)
    return user
