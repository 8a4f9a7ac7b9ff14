"""A person is taken out of the record: the office and its dates stay, whoever held it has no name any more."""

from collections.abc import Iterator
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Invitation, User
from activities.models import Registration
from cities.models import Contact, Term
from common.exceptions import Refused
from mail.models import WAITING, Message, State

from .expire import clear_table
from .rules import Person, Rule
from .table import RULES


def obstacles(person: Person, *, by: User, at: datetime) -> Iterator[str]:
    """Why this person cannot be erased now, and what to do first."""
    today = timezone.localdate(at)
    if person.user and person.user.pk == by.pk:
        yield _("You cannot erase yourself. Ask a colleague.")
    if person.user and person.user.is_superuser:
        yield _("This is an administrator of the portal. Take that away first.")
    terms = Term.objects.filter(contact__in=person.contacts).filter(Q(ended_on=None) | Q(ended_on__gt=today))
    for term in terms.select_related("city", "network", "contact"):
        yield _(
            "This person is or will be “%(office)s” of %(place)s. End that term first, so that somebody follows."
        ) % {
            "office": term.get_office_display(),
            "place": term.city or term.network,
        }
    seats = Registration.objects.filter(status__in=Registration.LIVE, activity__ends_at__gt=at)
    for seat in seats.filter(_any_address("participant_email", person)).select_related("activity"):
        yield _("This person is registered for “%(activity)s”. Cancel the registration first.") % {
            "activity": seat.activity
        }


def _any_address(path: str, person: Person) -> Q:
    found = Q(pk__in=[])
    for address in person.addresses:
        found |= Q(**{f"{path}__iexact": address})
    return found


@transaction.atomic
def erase(person: Person, *, by: User, reason: str = "", at: datetime | None = None) -> dict[str, int]:
    """Do by the table what can be done now; gives the rows changed by model. What law keeps stays until its time is over.

    Raises Refused with every obstacle. The trail keeps who erased whom, as a number and not a name.
    """
    at = at or timezone.now()
    if person.contacts:
        list(Contact.objects.select_for_update().filter(pk__in=person.contacts))
    if problems := list(obstacles(person, by=by, at=at)):
        raise Refused(problems)
    _stop_mail(person, by, at)
    counts: dict[str, int] = {}
    for rule, model, rows in list(_found(person)):
        counts[model._meta.label] = counts.get(model._meta.label, 0) + clear_table(rule, model, Q(pk__in=rows))
    if person.user:
        _close_account(person.user)
    _keep_on_record(person, by, reason)
    return {label: count for label, count in counts.items() if count}


def _found(person: Person) -> Iterator[tuple[Rule, type[models.Model], list[int]]]:
    """The rows of each rule that may go now: all looked up before the first loses the address by which others are found."""
    for rule in RULES:
        if not rule.keeps:
            for model in rule.tables():
                found = model._base_manager.filter(rule.rows & rule.of(person))
                yield rule, model, list(found.values_list("pk", flat=True))


def _stop_mail(person: Person, by: User, at: datetime) -> None:
    """What still waits for this address is not sent, so that it can be emptied."""
    waiting = Message.objects.filter(_any_address("to_address", person), state__in=(*WAITING, State.HELD))
    waiting.update(state=State.CANCELLED, handled_by=by, handled_at=at)


def _close_account(user: User) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()
    for model in (UserSession, Authenticator, EmailAddress):
        model.objects.filter(user=user).delete()  # type: ignore[attr-defined]
    Invitation.objects.filter(accepted_by=user).delete()
    user.groups.clear()
    user.user_permissions.clear()
    User.objects.filter(pk=user.pk).update(is_active=False, is_staff=False, is_assessor=False, is_superuser=False)


def _keep_on_record(person: Person, by: User, reason: str) -> None:
    subject: models.Model | None = person.user or Contact.objects.filter(pk__in=person.contacts).first()
    assert subject
    log(subject, by, f"Erased on request. {reason}".strip())


def log(subject: models.Model, by: User, what: str) -> None:
    """A line of the audit trail about `subject`, which is named by its number alone."""
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(subject),
        object_id=str(subject.pk),
        object_repr=f"{subject._meta.verbose_name} {subject.pk}"[:200],
        action_flag=CHANGE,
        change_message=what,
    )
