"""Colleagues help themselves: invitations to the portal, the coordination handed over."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Invitation, User
from accounts.services import invite, revoke
from common.exceptions import Refused
from mail.services import queue_message

from ..models import City, Contact, Office, Term
from ..models.people import INVITABLE
from .people import appoint, change_office, close

PAUSE = timedelta(minutes=5)  # between two invitations to one address, against double clicks


@transaction.atomic
def invite_colleague(city: City, office: str, *, on: date, by: User, **values: Any) -> Term:
    """Person, term and access in one act. Somebody whom the portal knows by this address keeps their own details."""
    City.objects.select_for_update().get(pk=city.pk)
    known = _known_by(values["email"])
    if known and not known.user_id and (here := _terms(known).filter(city=city).first()):
        raise Refused(
            [
                _(
                    "%(name)s (%(office)s) is in the list with this address. Send that person the invitation, or use another address."
                )
                % {"name": known.name, "office": here.get_office_display()}
            ]
        )
    term = change_office(city, office, on=on, by=by, contact=known, **({} if known else values))
    give_access(term, by=by)
    return term


def _terms(contact: Contact) -> QuerySet[Term]:
    """Terms that run or are to come."""
    return Term.objects.filter(contact=contact).exclude(ended_on__lte=timezone.localdate())


def _known_by(email: str) -> Contact | None:
    """The person with this address who has an account, or holds an office somewhere."""
    by_account = Contact.objects.filter(user__email=email.strip().lower()).first()
    holders = Term.objects.exclude(ended_on__lte=timezone.localdate()).values("contact")
    return by_account or Contact.objects.filter(email__iexact=email.strip(), pk__in=holders).order_by("pk").first()


@transaction.atomic
def give_access(term: Term, *, by: User, at: datetime | None = None) -> Invitation | None:
    """Let whoever holds this term into the portal: an invitation, or a mail to somebody who has an account already."""
    at, contact = at or timezone.now(), term.contact
    if not contact.email:
        raise Refused([_("%(name)s has no e-mail address. Write it first.") % {"name": contact.name}])
    user = contact.user or User.objects.filter(email=contact.email.lower(), contact__isnull=True).first()
    if user is None:
        sent = Invitation.objects.filter(email=contact.email.lower()).order_by("-created_at").first()
        if sent and sent.is_open(at) and sent.created_at > at - PAUSE:
            raise Refused([_("The invitation was sent a moment ago. Wait a few minutes before you send it again.")])
        return invite(contact.email, name=contact.name, language=contact.language, by=by, at=at)
    if not user.is_active:
        raise Refused([_("The account of %(name)s is closed. Ask the unit to open it.") % {"name": contact.name}])
    if contact.user_id is None:
        contact.user = user
        contact._history_user = by  # type: ignore[attr-defined]
        contact.save(update_fields=["user"])
    queue_message(
        "cities/access", to=user, key=f"cities/access/{term.pk}", context={"term": term, "city": term.city, "by": by}
    )
    return None


def withdraw_invitation(contact: Contact) -> None:
    """Make the link in the mail useless. Raises Refused when none is open."""
    invitation = Invitation.objects.filter(email=contact.email.lower(), accepted_at=None, revoked_at=None).first()
    if invitation is None:
        raise Refused([_("There is no open invitation for %(name)s.") % {"name": contact.name}])
    revoke(invitation)


@transaction.atomic
def hand_over(
    city: City,
    *,
    on: date,
    by: User,
    contact: Contact | None = None,
    stays_as: str = "",
    invites: bool = True,
    **how: Any,
) -> Term:
    """Pass the coordination on in one act; both are told by mail.

    Whoever takes over leaves the lesser office they held; whoever hands over may stay in one (`stays_as`).
    The rest as `change_office`.
    """
    City.objects.select_for_update().get(pk=city.pk)
    before = Term.objects.open(on).filter(city=city, office=Office.COORDINATOR).select_related("contact__user").first()
    term = change_office(city, Office.COORDINATOR, on=on, by=by, contact=contact, **how)
    for lesser in Term.objects.open(on).filter(city=city, contact=term.contact, office__in=INVITABLE):
        close(lesser, on, by)
    context = {"term": term, "city": city, "by": by, "before": before, "stays_as": stays_as and Office(stays_as).label}
    if before:
        if stays_as:
            appoint(city, stays_as, before.contact, on, by)
        if before.contact.email:
            queue_message(
                "cities/coordination_given",
                to=before.contact,
                key=f"cities/coordination_given/{term.pk}",
                context=context,
            )
    if term.contact.email:
        queue_message(
            "cities/coordination_taken", to=term.contact, key=f"cities/coordination_taken/{term.pk}", context=context
        )
        if invites and term.contact.user_id is None:
            give_access(term, by=by)
    return term
