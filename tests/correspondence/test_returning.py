"""A letter that came back: a task, a correction, and the same letter once more."""

from datetime import date

import pytest
from django.utils import timezone

from cities.models import ChangeRequest, Contact, MembershipStep
from cities.models.membership import Step
from cities.services import accept_change
from common.exceptions import Refused
from correspondence import services
from correspondence.models import Mailing
from mail.models import Message, State
from mail.returned import record_bounce
from tests.correspondence.factories import approved_mailing, cities_with_mayors, enclosing, mailing_of
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db
Status = Mailing.Status


def returned(count: int = 2) -> Mailing:
    """A finished mailing whose first letter came back."""
    cities_with_mayors(count)
    mailing = services.prepare(mailing_of(), attachments=enclosing())
    mailing = services.dispatch(services.approve(mailing, by=StaffFactory()), by=StaffFactory())
    Message.objects.update(state=State.SENT, sent_at=timezone.now())
    record_bounce(first(mailing).message, is_hard=True, diagnostic="550 5.1.1 No such user")
    services.follow_messages()
    mailing.refresh_from_db()
    return mailing


def first(mailing):
    return mailing.letters.select_related("message", "city").order_by("pk").first()


def test_hard_bounce_marks_the_contact_and_asks_the_unit_for_the_address_once():
    mailing = returned()
    record_bounce(first(mailing).message, is_hard=True, diagnostic="550 again")

    request = ChangeRequest.objects.get()
    assert (request.city, request.kind, request.via, request.office) == (
        first(mailing).city,
        "address",
        "bounce",
        "mayor",
    )
    assert request.note.endswith("550 5.1.1 No such user")
    assert Contact.objects.filter(is_bouncing=True).count() == 1


def test_soft_bounce_asks_for_nothing():
    cities_with_mayors(1)
    mailing = services.dispatch(approved_mailing(), by=StaffFactory())
    Message.objects.update(state=State.SENT, sent_at=timezone.now())

    record_bounce(first(mailing).message, is_hard=False, diagnostic="452 4.2.2 Mailbox full")

    assert (ChangeRequest.objects.count(), Contact.objects.filter(is_bouncing=True).count()) == (0, 0)


def test_letter_goes_once_more_to_the_corrected_office_and_both_mails_stay_in_the_ledger():
    mailing, staff = returned(), StaffFactory()
    accept_change(ChangeRequest.objects.get(), by=staff, values={"email": "new@city.example"})

    (message,) = services.send_to_corrected(mailing, by=staff)

    letter = first(mailing)
    assert (message.to_address, message.state, message.handled_by) == ("new@city.example", State.QUEUED, staff)
    assert (letter.message, letter.address) == (message, "new@city.example")
    assert list(message.attachments.all()) == list(letter.attachments.all()) != []
    old = Message.objects.get(state=State.BOUNCED)
    assert message.key == f"{old.key}/2" and message.message_id != old.message_id
    mailing.refresh_from_db()
    assert (mailing.status, services.progress(mailing)["total"]) == (Status.SENDING, 2)
    with pytest.raises(Refused, match="No letter of this mailing"):
        services.send_to_corrected(mailing, by=staff)


def same_address():
    Contact.objects.update(is_bouncing=False)


def still_bouncing():
    pass


def other_mayor():
    Contact.objects.filter(is_bouncing=True).update(name="Somebody else", email="x@city.example", is_bouncing=False)


def withdrawn():
    Contact.objects.update(is_bouncing=False, email="x@city.example")
    MembershipStep.objects.create(city=first(Mailing.objects.get()).city, kind=Step.WITHDRAWN, on=date(2020, 1, 1))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (same_address, "the address is still the one that did not work"),
        (still_bouncing, "Mail to this address comes back"),
        (other_mayor, "somebody else holds the office now"),
        (withdrawn, "not a member city"),
    ],
)
def test_letter_is_not_sent_again_to_where_it_does_not_belong(change, sentence):
    mailing = returned()
    change()

    with pytest.raises(Refused, match=sentence):
        services.send_to_corrected(mailing, by=StaffFactory())

    assert Message.objects.count() == 2


def test_nothing_is_sent_again_of_a_cancelled_mailing():
    cities_with_mayors(1)
    mailing = services.cancel(approved_mailing(), by=StaffFactory())

    with pytest.raises(Refused, match="Only a mailing that was sent"):
        services.send_to_corrected(mailing, by=StaffFactory())


def test_office_that_changed_while_the_mailing_was_paused_is_left_out_with_the_reason():
    cities_with_mayors(2)
    staff = StaffFactory()
    mailing = services.pause(services.dispatch(approved_mailing(), by=staff), by=staff)
    letter = first(mailing)
    Contact.objects.filter(pk=letter.term.contact_id).update(name="Somebody else")

    services.resume(mailing, by=staff)

    letter.message.refresh_from_db()
    assert (letter.message.state, letter.message.reason) == (
        State.CANCELLED,
        "The office was not the same any more when the mailing went on.",
    )
    assert Message.objects.filter(state=State.QUEUED).count() == 1
