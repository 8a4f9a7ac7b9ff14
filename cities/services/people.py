"""Offices and who holds them: dated terms, succession as one act, history kept."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common import formats
from common.exceptions import Refused

from ..models import ChangeRequest, City, Contact, Term
from ..models.people import SINGLE_OFFICES
from . import farewell

CONTACT_FIELDS = ["name", "salutation", "email", "phone", "language", "is_listed"]


# Succession ------------------------------------------------------------------------------------


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
    """Open a term from `on`, which may be a day to come; an office for one person passes on, the running term closing then.

    With `checks`, `instead_of` is the running term the person saw (None: the office was free); another one is refused,
    so that of two people who appoint at once one wins and the other is told.
    """
    City.objects.select_for_update().get(pk=city.pk)
    terms = Term.objects.filter(city=city, office=office).select_related("contact")
    if office in SINGLE_OFFICES:
        running = terms.open(on).first()
        if later := terms.filter(started_on__gt=on).order_by("started_on").first():
            raise Refused([_in_the_way(later)])
        if checks and (running.pk if running else None) != instead_of:
            raise Refused([_meanwhile(running)])
        if running:
            _pass_on(running, contact, on, by)
    elif terms.filter(contact=contact, started_on__gt=on).exists() or terms.open(on).filter(contact=contact).exists():
        raise Refused([_("%(name)s already holds this office.") % {"name": contact.name}])
    today = timezone.localdate()
    if on <= today:
        _settle_address(city.pk, office, by)
    return _open_term(Term(contact=contact, city=city, office=office, started_on=on, confirmed_on=today), by)


def settle_addresses(contact: Contact, by: User) -> None:
    """The address of `contact` is corrected: so are those of the offices they hold."""
    for term in Term.objects.open(timezone.localdate()).filter(contact=contact.pk, city__isnull=False):
        _settle_address(term.city_id or 0, term.office, by)


def _settle_address(city: int, office: str, by: User) -> None:
    """A new address, or a new holder of the office, is what an open request to correct the address asked for."""
    requests = ChangeRequest.objects.filter(city=city, kind="address", office=office, state="open")
    for request in requests.select_for_update():
        request.state, request.decided_by, request.decided_at = ChangeRequest.State.ACCEPTED, by, timezone.now()
        request._history_user = by  # type: ignore[attr-defined]
        request.save()


def _words_of(term: Term) -> dict[str, str]:
    return {
        "name": term.contact.name,
        "office": term.get_office_display(),
        "day": formats.day(term.started_on),
    }


def _meanwhile(running: Term | None) -> str:
    if running is None:
        return _("The running term was ended in the meantime. Look at the list of people, then decide.")
    return _(
        "Somebody has entered %(name)s (%(office)s) from %(day)s. Look at the list of people, then decide."
    ) % _words_of(running)


def _in_the_way(later: Term) -> str:
    return _(
        "Somebody has entered %(name)s (%(office)s) from %(day)s. To enter another person before that day, correct or cancel that term first, in the list of people."
    ) % _words_of(later)


def _pass_on(running: Term, contact: Contact, on: date, by: User) -> None:
    if running.contact_id == contact.pk:
        raise Refused([_("%(name)s already holds this office.") % {"name": contact.name}])
    if on <= running.started_on:
        raise Refused(
            [
                _("%(name)s has held this office since %(day)s. Choose a later day, or correct that term first.")
                % _words_of(running)
            ]
        )
    running.ended_on = on
    _write(running, by, "ended_on")


def _write(term: Term, by: User, *fields: str) -> None:
    """Save `fields` of a term; dates that overlap another term are a sentence."""
    term._history_user = by  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            term.save(update_fields=fields or None)
    except IntegrityError as error:
        if "at_a_time" not in str(error):
            raise
        raise Refused(
            [_("Another term of this office overlaps these dates. Look at the list of people and correct the dates.")]
        ) from None


def _open_term(term: Term, by: User) -> Term:
    _write(term, by)
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
    if contact is None:
        contact = save_contact(Contact(), by=by, **values)
    elif written := {name: value for name, value in values.items() if value}:
        contact = save_contact(contact, by=by, **written)
    return appoint(city, office, contact, on, by, instead_of=instead_of, checks=checks)


# What becomes of a term ------------------------------------------------------------------------


def _lock(term: Term) -> Term:
    """The term as it stands, under the lock of everything that changes the offices of its city."""
    if term.city_id:
        City.objects.select_for_update().get(pk=term.city_id)
    found = (
        Term.objects.select_for_update(of=("self",)).select_related("contact__user", "city").filter(pk=term.pk).first()
    )
    if found is None:
        raise Refused([_("This term was cancelled in the meantime. Look at the list of people.")])
    return found


def _before(term: Term) -> Term | None:
    """The term of the same office for one person that ends on the day this one begins."""
    if term.office not in SINGLE_OFFICES:
        return None
    return Term.objects.filter(
        city=term.city_id, network=term.network_id, office=term.office, ended_on=term.started_on
    ).first()


@transaction.atomic
def correct_start(term: Term, on: date, by: User) -> Term:
    """Let a term begin on another day; the term before it, if it ends there, ends on the new day too."""
    term, before = _lock(term), _before(term)
    if term.ended_on is not None and on >= term.ended_on:
        raise Refused(
            [_("This term ends on %(day)s. Choose an earlier day.") % {"day": formats.day(term.ended_on)}],
        )
    if before and on <= before.started_on:
        raise Refused(
            [
                _("%(name)s has held this office since %(day)s. Choose a later day, or correct that term first.")
                % _words_of(before)
            ]
        )
    later_first = [(term, "started_on", on), *([(before, "ended_on", on)] if before else [])]
    for row, field, value in later_first if on > term.started_on else reversed(later_first):
        setattr(row, field, value)
        _write(row, by, field)
    return term


@transaction.atomic
def cancel_term(term: Term, by: User) -> None:
    """Take back a term that has not begun before today; the term before it goes on as if nothing had been entered."""
    term = _lock(term)
    if term.started_on < timezone.localdate():
        raise Refused(
            [_("This term has run since %(day)s. End it instead.") % {"day": formats.day(term.started_on)}],
        )
    before, ended_on = _before(term), term.ended_on
    close(term, term.started_on, by)
    farewell.tell_person(term, by, term.started_on)
    if before:
        before.ended_on = ended_on
        _write(before, by, "ended_on")


@transaction.atomic
def confirm_term(term: Term, on: date, by: User) -> Term:
    """Say that the office is still held. Raises Refused for a term that does not run."""
    term = _lock(term)
    if not term.runs(on):
        raise Refused([_("This term does not run today, so there is nothing to confirm.")])
    term.confirmed_on = on
    _write(term, by, "confirmed_on")
    return term


@transaction.atomic
def confirm_all(city: City, on: date, by: User) -> int:
    """Say that every office of the city is still held as it stands; gives how many."""
    City.objects.select_for_update().get(pk=city.pk)
    terms = list(Term.objects.open(on).filter(city=city))
    if not terms:
        raise Refused([_("No office of this city is entered, so there is nothing to confirm.")])
    for term in terms:
        term.confirmed_on = on
        _write(term, by, "confirmed_on")
    return len(terms)


@transaction.atomic
def end_term(term: Term, on: date, by: User, *, reason: str = "") -> Term:
    """End a term; `on` is the first day without it, and access ends with it. One that began today is taken back.

    Whoever ends the coordination without a successor says why: the unit and the deputies are told (invariant G11).
    """
    term, today = _lock(term), timezone.localdate()
    if term.ended_on is not None and term.ended_on <= on:
        if term.ended_on > today:
            sentence = _("This term ends on %(day)s already. Choose an earlier day.")
        else:
            sentence = _("This term has already ended on %(day)s.")
        raise Refused([sentence % {"day": formats.day(term.ended_on)}])
    if on < term.started_on or (on == term.started_on and on < today):
        raise Refused(
            [
                _("A term ends after it has started, on %(day)s. Choose a later day.")
                % {"day": formats.day(term.started_on)}
            ]
        )
    farewell.check(term, on, reason)
    close(term, on, by, reason=reason)
    farewell.tell_person(term, by, on)
    farewell.tell_unit(term, by, on, reason)
    return term


def close(term: Term, on: date, by: User, *, reason: str = "") -> None:
    """Write the end of a term; one that would end as it begins never was, and only the history knows it."""
    if on <= term.started_on:
        key, term.end_reason, term._history_user = term.pk, reason.strip(), by  # type: ignore[attr-defined]
        term.delete()
        term.pk = key
    else:
        term.ended_on, term.end_reason = on, reason.strip()
        _write(term, by, "ended_on", "end_reason")


# People ----------------------------------------------------------------------------------------


@transaction.atomic
def save_contact(contact: Contact, /, *, by: User, **values: Any) -> Contact:
    """Write the `CONTACT_FIELDS` of a contact. A new address is tried again; consent to be listed is dated."""
    if contact.pk:
        contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if contact.email != values.get("email", contact.email):
        contact.is_bouncing = False
        settle_addresses(contact, by)
    for name in CONTACT_FIELDS:
        setattr(contact, name, values.get(name, getattr(contact, name)))
    if not contact.is_listed:
        contact.listed_at = contact.listed_wording = None
    elif contact.listed_at is None:
        contact.listed_at = timezone.now()
    contact._history_user = by  # type: ignore[attr-defined]
    contact.save()
    return contact


def link_contact(user: User) -> Contact | None:
    """Give a new user the contact with the same address: one with a running term first, then one of the same name."""
    if Contact.objects.filter(user=user).exists():
        return None
    free = Contact.objects.filter(email__iexact=user.email, user=None).order_by("pk")
    wanted = free.filter(terms__in=Term.objects.open(timezone.localdate()))
    contact = wanted.filter(name=user.name).first() or wanted.first() or free.first()
    if contact:
        contact.user = user
        contact.save(update_fields=["user"])
    return contact
