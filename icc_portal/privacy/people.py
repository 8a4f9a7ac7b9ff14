"""Who a request about personal data is about: the account, the contacts and the addresses that are this person's alone."""

from allauth.account.models import EmailAddress

from accounts.models import User
from cities.models import Contact

from .rules import Person


def person_of_user(user: User) -> Person:
    """The person with this account, and the contact that goes with it."""
    contact = Contact.objects.filter(user=user).first()
    return _person(user, contact)


def person_of_contact(contact: Contact) -> Person:
    """The person behind a contact, with the account if there is one."""
    return _person(contact.user, contact)


def _person(user: User | None, contact: Contact | None) -> Person:
    holder = user or contact
    assert holder
    addresses = {holder.email.lower()} if holder.email else set()
    if user:
        addresses |= {email.lower() for email in EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    if contact and contact.email:
        addresses.add(contact.email.lower())
    return Person(
        name=holder.name,
        language=holder.language,
        user=user,
        contacts=(contact.pk,) if contact else (),
        addresses=frozenset(address for address in addresses if not _is_shared(address, user, contact)),
    )


def _is_shared(address: str, user: User | None, contact: Contact | None) -> bool:
    """An office's address goes from holder to holder: what was sent there is not about one of them alone."""
    others = Contact.objects.filter(email__iexact=address).exclude(pk=contact.pk if contact else None)
    accounts = User.objects.filter(email__iexact=address).exclude(pk=user.pk if user else None)
    return others.exists() or accounts.exists()
