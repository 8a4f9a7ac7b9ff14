"""Accounts: made by invitation, protected by a second factor, reset by a colleague."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import Group
from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.exceptions import Refused
from mail.services import queue_message

from .models import Invitation, User
from .permissions import may_reset_second_factor
from .signals import invitation_accepted

SIGNER = signing.Signer(salt="accounts.invitation")


@transaction.atomic
def create_user(email: str, password: str | None = None, *, groups: Iterable[str] = (), **fields: Any) -> User:
    """A user whose address counts as verified. `groups` are names from accounts/groups.py; `fields` those of User."""
    user = User.objects.create_user(email, password, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def add_totp(user: User, secret: str) -> None:
    """Give `user` the second factor with this base32 secret: for the demonstration, where the secret is printed."""
    TOTP.activate(user, secret)


# Invitations -----------------------------------------------------------------------------------


def invite_obstacles(email: str) -> Iterator[str]:
    """Why this address cannot be invited."""
    if User.objects.filter(email=email.strip().lower()).exists():
        yield _("There is already an account with the address %(email)s.") % {"email": email}


@transaction.atomic
def invite(email: str, *, name: str, language: str, by: User, at: datetime | None = None) -> Invitation:
    """Send `email` a link to sign up, good for settings.INVITATION_AGE; an open one for that address is replaced."""
    at = at or timezone.now()
    email = email.strip().lower()
    if problems := list(invite_obstacles(email)):
        raise Refused(problems)
    Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None).update(revoked_at=at)
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                email=email, name=name, language=language, invited_by=by, expires_at=at + settings.INVITATION_AGE
            )
    except IntegrityError:  # a colleague invited the same address at this moment: theirs will do
        return Invitation.objects.get(email=email, accepted_at=None, revoked_at=None)
    queue_message(
        "account/invitation",
        to=invitation,
        key=f"account/invitation/{invitation.pk}",
        context={"invitation": invitation, "link": invitation_link(invitation)},
        is_sensitive=True,
    )
    return invitation


def invitation_link(invitation: Invitation) -> str:
    """The absolute address that accepts this invitation, in its language."""
    with translation.override(invitation.language):
        return settings.PORTAL_URL + reverse("accounts:accept", args=[SIGNER.sign(str(invitation.pk))])


def read_link(token: str) -> Invitation | None:
    """The invitation that `token` was signed for, open or not; None when the token was cut short or changed."""
    try:
        return Invitation.objects.filter(pk=SIGNER.unsign(token)).first()
    except signing.BadSignature:
        return None


def obstacles(invitation: Invitation, at: datetime) -> Iterator[str]:
    """Why this invitation cannot be accepted at `at`."""
    if invitation.accepted_at:
        yield _(
            "This invitation was already used. Log in with your address; the login page helps if you forgot the password."
        )
    elif invitation.revoked_at:
        yield _(
            "This invitation was replaced or withdrawn. Look for a newer e-mail from us, or ask whoever invited you, or the unit, for a new invitation."
        )
    elif invitation.expires_at <= at:
        day = date_format(timezone.localtime(invitation.expires_at), "DATE_FORMAT")
        yield _("This invitation expired on %(day)s. Ask whoever invited you, or the unit, for a new one.") % {
            "day": day
        }


@transaction.atomic
def revoke(invitation: Invitation, *, at: datetime | None = None) -> None:
    """Make the link useless. Raises Refused when it is no longer open."""
    at = at or timezone.now()
    open_now = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    if not open_now.update(revoked_at=at):
        invitation.refresh_from_db()
        raise Refused(list(obstacles(invitation, at)))


@transaction.atomic
def accept_invitation(invitation: Invitation, *, password: str, name: str = "", at: datetime | None = None) -> User:
    """Create the account, once: of two that race, one wins the row and the other is Refused."""
    at = at or timezone.now()
    open_now = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None, expires_at__gt=at)
    if not open_now.update(accepted_at=at):
        invitation.refresh_from_db()
        raise Refused(list(obstacles(invitation, at)))
    if User.objects.filter(email=invitation.email).exists():
        raise Refused(
            [_("There is already an account with this address. Log in, or ask for a new password on the login page.")]
        )
    user = create_user(invitation.email, password, name=name or invitation.name, language=invitation.language)
    Invitation.objects.filter(pk=invitation.pk).update(accepted_by=user)
    invitation.refresh_from_db()
    invitation_accepted.send(Invitation, user=user, invitation=invitation)
    return user


# Second factor ---------------------------------------------------------------------------------


@transaction.atomic
def reset_second_factor(user: User, *, by: User, at: datetime | None = None) -> None:
    """Remove every second factor of `user` and end their sessions; they hear of it by mail."""
    at = at or timezone.now()
    if not may_reset_second_factor(by, user):
        raise Refused([_("You cannot reset this second factor. Ask another unit administrator.")])
    if not Authenticator.objects.filter(user=user).delete()[0]:
        raise Refused([_("%(user)s has no second factor.") % {"user": user}])
    for session in UserSession.objects.filter(user=user):
        session.end()
    queue_message("account/second_factor_reset", to=user, key=f"account/second_factor_reset/{user.pk}/{at.timestamp()}")
