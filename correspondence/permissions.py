"""Who may do what with a mailing."""

from accounts.models import User

from .models import Mailing


def may_write(user: User) -> bool:
    return user.has_perm("correspondence.change_mailing")


def may_approve(user: User, mailing: Mailing) -> bool:
    """Four eyes: the permission, and not one's own."""
    return user.has_perm("correspondence.approve_mailing") and user.pk != mailing.author_id


def may_send(user: User) -> bool:
    return user.has_perm("correspondence.send_mailing")
