"""When somebody leaves an office: who must be told, and what must not happen silently."""

from datetime import date

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Invitation, User
from accounts.services import revoke
from common.exceptions import Refused
from mail.services import Recipient, queue_message

from ..models import Office, Term


def leaves_nobody(term: Term, on: date) -> bool:
    """Whether the city of this coordinator has no other from `on`."""
    if term.office != Office.COORDINATOR:
        return False
    others = Term.objects.open(on).filter(city=term.city_id, office=Office.COORDINATOR)
    return not others.exclude(pk=term.pk).exists()


def check(term: Term, on: date, reason: str) -> None:
    """The last coordinator does not leave silently. Raises Refused."""
    if not reason.strip() and leaves_nobody(term, on):
        raise Refused(
            [
                _(
                    "Nobody would coordinate %(city)s. Hand the coordination over to a colleague, or say why nobody follows: the unit is told."
                )
                % {"city": term.city}
            ]
        )


def tell_person(term: Term, by: User, on: date) -> None:
    """Whose access somebody else ended hears of it; an invitation that nobody needs any more is withdrawn."""
    user = term.contact.user
    if user and user.pk != by.pk and term.city_id:
        queue_message(
            "cities/access_ended",
            to=user,
            key=f"cities/access_ended/{term.pk}/{on.isoformat()}",
            context={"term": term, "city": term.city, "on": on, "by": by},
        )
    _withdraw_invitation(term, on)


def tell_unit(term: Term, by: User, on: date, reason: str) -> None:
    """A city without a coordinator is a task for the unit, and for the deputies."""
    if not leaves_nobody(term, on):
        return
    context = {"term": term, "city": term.city, "on": on, "by": by, "reason": reason.strip()}
    key = f"cities/no_coordinator/{term.pk}/{on.isoformat()}"
    unit = Recipient(settings.UNIT_EMAIL, name="Intercultural Cities unit")  # reads English
    queue_message("cities/no_coordinator", to=unit, key=key, context=context, city=term.city)
    offices = Term.objects.open(on).filter(city=term.city_id, office=Office.DEPUTY_COORDINATOR)
    for deputy in offices.exclude(contact__email="").exclude(contact=term.contact_id).select_related("contact"):
        queue_message(
            "cities/no_coordinator",
            to=deputy.contact,
            key=f"{key}/{deputy.pk}",
            context={**context, "is_deputy": True},
            city=term.city,
        )


def _withdraw_invitation(term: Term, on: date) -> None:
    today = timezone.localdate()
    needed = Term.objects.filter(contact=term.contact_id).exclude(pk=term.pk).exclude(ended_on__lte=today)
    if on > today or term.contact.user_id or not term.contact.email or needed.exists():
        return
    for invitation in Invitation.objects.open(timezone.now()).filter(email=term.contact.email.lower()):
        revoke(invitation)
