"""Offices and who holds them: dated terms, succession as one act, history kept."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common import formats
from common.exceptions import Refused

from ..models import City, Contact, Term
from ..models.people import SINGLE_OFFICES

CONTACT_FIELDS = ["name", "salutation", "email", "phone", "language", "is_listed"]


@transaction.atomic
def appoint(
    city: City,
    office: str,
    contact: Contact,
    on: date,
    by: User,
    *,
    instead_of: int | None = None,
    checks: bool = False,
) -> Term:
    """Open a term from `on`; an office for one person passes on, the running term closing on that day.

    With `checks`, `instead_of` is the running term the person saw (None: the office was free); another one is refused,
    so that of two people who appoint at once one wins and the other is told.
    """
    City.objects.select_for_update().get(pk=city.pk)
    terms = Term.objects.filter(city=city, office=office).select_related("contact")
    if office in SINGLE_OFFICES:
        running = terms.open(on).first()
        if checks and (running.pk if running else None) != instead_of:
            raise Refused([_meanwhile(running)])
        if later := terms.filter(started_on__gt=on).order_by("started_on").first():
            raise Refused([_meanwhile(later)])
        if running:
            _pass_on(running, contact, on, by)
    elif terms.open(on).filter(contact=contact).exists():
        raise Refused([_("%(name)s already holds this office.") % {"name": contact.name}])
    return _open_term(Term(contact=contact, city=city, office=office, started_on=on, confirmed_on=on), by)


def _meanwhile(running: Term | None) -> str:
    if running is None:
        return _("The running term was ended in the meantime. Look at the list of people, then decide.")
    return _("Somebody has entered %(name)s (%(office)s) from %(day)s. Look at the list of people, then decide.") % {
        "name": running.contact.name,
        "office": running.get_office_display(),
        "day": formats.day(running.started_on),
    }


def _pass_on(running: Term, contact: Contact, on: date, by: User) -> None:
    if running.contact_id == contact.pk:
        raise Refused([_("%(name)s already holds this office.") % {"name": contact.name}])
    if on <= running.started_on:
        raise Refused(
            [
                _("%(name)s has held this office since %(day)s. Choose a later day, or correct that term first.")
                % {"name": running.contact.name, "day": formats.day(running.started_on)}
            ]
        )
    running.ended_on = on
    running._history_user = by  # type: ignore[attr-defined]
    running.save(update_fields=["ended_on"])


def _open_term(term: Term, by: User) -> Term:
    term._history_user = by  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            term.save()
    except IntegrityError as error:
        if "at_a_time" not in str(error):
            raise
        raise Refused(
            [_("Another term of this office overlaps these dates. Look at the list of people and correct the dates.")]
        ) from None
    return term


@transaction.atomic
def change_office(
    city: City,
    office: str,
    *,
    on: date,
    by: User,
    contact: Contact | None = None,
    instead_of: int | None = None,
    checks: bool = False,
    **values: Any,
) -> Term:
    """Succession as one act: `contact`, or a new person with `values`, holds `office` from `on`; see `appoint`.

    Of somebody known, only the values that are written replace what the portal knows.
    """
    if contact is not None:
        values = {name: value for name, value in values.items() if value}
    contact = save_contact(contact or Contact(), by=by, **values)
    return appoint(city, office, contact, on, by, instead_of=instead_of, checks=checks)


@transaction.atomic
def save_contact(contact: Contact, /, *, by: User, **values: Any) -> Contact:
    """Write the `CONTACT_FIELDS` of a contact. A new address is tried again; consent to be listed is dated."""
    if contact.pk:
        contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if contact.email != values.get("email", contact.email):
        contact.is_bouncing = False
    for name in CONTACT_FIELDS:
        setattr(contact, name, values.get(name, getattr(contact, name)))
    if not contact.is_listed:
        contact.listed_at = None
    elif contact.listed_at is None:
        contact.listed_at = timezone.now()
    contact._history_user = by  # type: ignore[attr-defined]
    contact.save()
    return contact


@transaction.atomic
def confirm_term(term: Term, on: date, by: User) -> Term:
    """Say that the office is still held. Raises Refused for a term that does not run."""
    term = Term.objects.select_for_update().get(pk=term.pk)
    if not Term.objects.open(on).filter(pk=term.pk).exists():
        raise Refused([_("This term does not run today, so there is nothing to confirm.")])
    term.confirmed_on = on
    term._history_user = by  # type: ignore[attr-defined]
    term.save(update_fields=["confirmed_on"])
    return term


@transaction.atomic
def end_term(term: Term, on: date, by: User) -> Term:
    """End a running term; `on` is the first day without it."""
    term = Term.objects.select_for_update().get(pk=term.pk)
    if term.ended_on is not None:
        raise Refused([_("This term has already ended on %(day)s.") % {"day": formats.day(term.ended_on)}])
    if on <= term.started_on:
        raise Refused(
            [
                _("A term ends after it has started, on %(day)s. Choose a later day.")
                % {"day": formats.day(term.started_on)}
            ]
        )
    term.ended_on = on
    term._history_user = by  # type: ignore[attr-defined]
    term.save(update_fields=["ended_on"])
    return term


def link_contact(user: User) -> Contact | None:
    """Give a new user the contact with the same address, one with a running term first."""
    today = timezone.localdate()
    free = Contact.objects.filter(email__iexact=user.email, user=None)
    contact = free.filter(terms__in=Term.objects.open(today)).order_by("pk").first() or free.order_by("pk").first()
    if contact and not Contact.objects.filter(user=user).exists():
        contact.user = user
        contact.save(update_fields=["user"])
    return contact
