"""Who may do what with accounts."""

from allauth.mfa.models import Authenticator

from .models import User

SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_second_factor(user: User) -> bool:
    """Whether a code from an app, or a passkey, protects this account; recovery codes alone do not count."""
    return Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS).exists()


def may_open_admin(user: User) -> bool:
    return user.is_active and user.is_staff and has_second_factor(user)


def may_reset_second_factor(user: User, other: User) -> bool:
    """Never one's own: whoever holds a stolen session must not get rid of the second factor."""
    return user != other and user.has_perm("accounts.change_user") and (user.is_superuser or not other.is_superuser)
