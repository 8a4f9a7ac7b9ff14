"""The rules about personal data, all of them: shown on the privacy page, executed every night, behind export and erasure.

A new field that can hold something about a person belongs into a rule here; one that cannot, into `not_personal.py`.
tests/icc_portal/test_retention.py fails until it is in one of the two.
"""

import re
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cities.models import Contact, Term
from mail.models import FINAL, MessageAttachment

from .rules import (
    ADDRESS,
    FORMER,
    GONE,
    PARTICIPANT,
    YEAR,
    Person,
    Rule,
    Whose,
    by_address,
    by_contact,
    by_user,
    either,
)  # fmt: skip

LAW = _("As long as the file of the grant: the financial rules of the Council of Europe ask for it.")
RECORD = _("As long as the programme: it is the record of the institution.")
BOTH = _("What was written stays with the city and the unit until then, even after a request for erasure.")
PROOF = _("The proof of what was sent stays until then, even after a request for erasure.")


def idle(prefix: str = ""):
    """Accounts of nobody in office that were not used since `limit`; `prefix` leads to the user."""

    def over(limit: datetime) -> Q:
        serves = Term.objects.filter(contact__user=OuterRef(f"{prefix}pk")).filter(
            Q(ended_on=None) | Q(ended_on__gt=limit.date())
        )
        unused = Q(**{f"{prefix}last_login__lt": limit}) | Q(
            **{f"{prefix}last_login": None, f"{prefix}date_joined__lt": limit}
        )
        return unused & Q(**{f"{prefix}is_staff": False}) & ~Exists(serves)

    return over


def out_of_office(limit: datetime) -> Q:
    """Contacts without a term since `limit` and not changed since; of the history, the rows of such contacts."""
    serves = Term.objects.filter(contact=OuterRef("id")).filter(Q(ended_on=None) | Q(ended_on__gt=limit.date()))
    changed = Contact.history.filter(id=OuterRef("id"), history_date__gt=limit)
    return ~Exists(serves) & ~Exists(changed)


def settled_attachments(limit: datetime) -> Q:
    """Files that went with a message, none of them since `limit`."""
    sent = MessageAttachment.objects.filter(attachment=OuterRef("pk"))
    return Exists(sent) & ~Exists(sent.filter(message__queued_at__gte=limit))


def in_log(person: Person) -> Q:
    """Lines of the log that name the person, as a whole word."""
    found = Q(pk__in=[])
    for text in filter(None, {person.name, *person.addresses}):
        pattern = rf"\y{re.escape(text)}\y"
        found |= Q(object_repr__iregex=pattern) | Q(change_message__iregex=pattern)
    return found


LETTERS = ~Q(mailing="") | Q(template__startswith="grants/")

RULES = [
    # Accounts
    Rule(
        model="accounts.User",
        whose=Whose.ACCOUNT,
        what=_("Name, e-mail address, language, time zone, password"),
        why=_("To log in, and to write to you in your language."),
        fields={
            "email": ADDRESS,
            "name": FORMER,
            "time_zone": "Europe/Paris",
            "password": "!",
            "is_active": False,
            "is_assessor": False,
        },
        days=3 * YEAR,
        over=idle(),
        since_words=_("after the last log in, once you hold no office"),
        of=by_user("id"),
        also=("language", "date_joined", "last_login"),
        secret=("password", "is_active", "is_assessor"),
        then=_("The account is closed and its name and address are removed."),
    ),
    Rule(
        model="account.EmailAddress",
        whose=Whose.ACCOUNT,
        what=_("Addresses that you confirmed"),
        why=_("To log in, and to know that mail reaches you."),
        fields={"email": ADDRESS},
        deletes=True,
        days=3 * YEAR,
        over=idle("user__"),
        since_words=_("after the last log in, once you hold no office"),
        of=by_user("user"),
        also=("verified", "primary"),
    ),
    Rule(
        model="account.EmailConfirmation",
        whose=Whose.ACCOUNT,
        what=_("Keys that confirm a new address"),
        why=_("To know that an address is yours."),
        fields={"key": ""},
        deletes=True,
        days=30,
        since="created",
        since_words=_("after the key was made"),
        of=by_user("email_address__user"),
        secret=("key",),
    ),
    Rule(
        model="mfa.Authenticator",
        whose=Whose.ACCOUNT,
        what=_("Second factors: keys of apps and passkeys, encrypted"),
        why=_("To protect the account."),
        fields={"data": {}},
        deletes=True,
        days=3 * YEAR,
        over=idle("user__"),
        since_words=_("after the last log in, once you hold no office"),
        of=by_user("user"),
        also=("type", "created_at", "last_used_at"),
        secret=("data",),
    ),
    Rule(
        model="usersessions.UserSession",
        whose=Whose.ACCOUNT,
        what=_("Where you are logged in: address on the network and browser"),
        why=_("So that you can see and end a session that is not yours."),
        fields={"ip": None, "user_agent": "", "session_key": "", "data": {}},
        deletes=True,
        days=90,
        since="last_seen_at",
        since_words=_("after the last log in there"),
        of=by_user("user"),
        also=("created_at", "last_seen_at"),
        secret=("session_key", "data"),
    ),
    Rule(
        model="sessions.Session",
        whose=Whose.ACCOUNT,
        what=_("Sessions, with what you typed before a session ended"),
        why=_("To keep you logged in, and to lose nothing that you typed."),
        fields={"session_key": "", "session_data": ""},
        deletes=True,
        days=1,
        since="expire_date",
        since_words=_("after the session ended"),
        secret=("session_key", "session_data"),
    ),
    Rule(
        model="accounts.Invitation",
        whose=Whose.ACCOUNT,
        what=_("Name and address of somebody who was invited"),
        why=_("To let that person, and nobody else, open an account."),
        fields={"email": ADDRESS, "name": FORMER},
        deletes=True,
        days=YEAR,
        since="expires_at",
        since_words=_("after the invitation expired"),
        of=either(by_address("email"), by_user("accepted_by")),
        also=("created_at", "accepted_at"),
    ),
    # Offices
    Rule(
        model="cities.Contact",
        whose=Whose.OFFICE,
        what=_("Name, salutation, e-mail address, telephone, consent to be listed"),
        why=_("So that letters reach the right office, and colleagues find each other."),
        fields={
            "name": FORMER,
            "salutation": "",
            "email": "",
            "phone": "",
            "is_listed": False,
            "listed_at": None,
            "listed_wording": None,
            "is_bouncing": False,
        },
        days=5 * YEAR,
        over=out_of_office,
        since_words=_("after the last office ended"),
        of=by_contact("id"),
        also=("language", "is_listed", "listed_at", "listed_wording", "is_bouncing"),
        then=_("The person becomes “Former holder of the office”; the office and its dates stay with the city."),
    ),
    Rule(
        model="cities.HistoricalContact",
        whose=Whose.OFFICE,
        what=_("Earlier addresses, telephone numbers and salutations"),
        why=_("To undo a mistake, and to know who changed what."),
        fields={"salutation": "", "email": "", "phone": ""},
        days=2 * YEAR,
        since="history_date",
        since_words=_("after the change"),
        of=by_contact("id"),
        also=("history_date",),
    ),
    Rule(
        model="cities.Term",
        whose=Whose.OFFICE,
        what=_("Offices and their dates"),
        why=_("The history of the programme: who served when."),
        of=by_contact("contact"),
        keeps=RECORD,
        also=("office", "city__name", "network__name", "started_on", "ended_on", "confirmed_on"),
    ),
    *(
        Rule(
            model=model,
            whose=Whose.OFFICE,
            what=_("Why a city was left without a coordinator"),
            why=_("So that the unit and the deputies can find a successor."),
            fields={"end_reason": ""},
            days=2 * YEAR,
            since="ended_on",
            since_words=_("after the term ended"),
            of=by_contact("contact"),
        )
        for model in ("cities.Term", "cities.HistoricalTerm")
    ),
    Rule(
        model="cities.ChangeRequest",
        whose=Whose.OFFICE,
        what=_("Changes that a city asked for: a new mayor, an address, with a note"),
        why=_("So that the unit can decide, and say why."),
        fields={"values": {}, "note": "", "reason": GONE},
        days=2 * YEAR,
        since="decided_at",
        since_words=_("after the decision"),
        of=by_user("requested_by"),
        also=("kind", "city__name", "requested_at", "decided_at", "state"),
    ),
    Rule(
        model="correspondence.Signatory",
        whose=Whose.OFFICE,
        what=_("Name, initials and signature of who signs the letters of the unit"),
        why=_("To sign letters and reports."),
        fields={"name": "", "initials": "", "image": ""},
        keeps=_("As long as the person signs for the unit."),
    ),
    Rule(
        model="cities.MembershipStep",
        whose=Whose.OFFICE,
        what=_("Documents of the membership, signed by a mayor"),
        why=_("The proof that a city is a member."),
        fields={"document": ""},
        keeps=RECORD,
    ),
    Rule(
        model="cities.CityPicture",
        whose=Whose.OFFICE,
        what=_("Who took the picture of a city, where the city names somebody"),
        why=_("The author of a picture is named beside it."),
        fields={"credit": ""},
        keeps=_("As long as the city shows the picture."),
    ),
    # Mail and exchanges
    Rule(
        model="mail.Message",
        whose=Whose.EXCHANGE,
        what=_("Notices by e-mail: recipient, address, text, what the server answered"),
        why=_("To send them once, and to see what did not arrive."),
        rows=~LETTERS & Q(state__in=FINAL),
        fields={"to_name": "", "to_address": ADDRESS, "subject": GONE, "body": "", "server_reply": ""},
        days=2 * YEAR,
        since="queued_at",
        since_words=_("after it was sent"),
        of=by_address("to_address"),
        also=("queued_at", "sent_at", "state"),
    ),
    Rule(
        model="mail.Message",
        whose=Whose.EXCHANGE,
        what=_("Letters to an office and decisions on grants: recipient, address, text"),
        why=_("The proof of what was sent to which office."),
        rows=LETTERS & Q(state__in=FINAL),
        fields={"to_name": "", "to_address": ADDRESS, "subject": GONE, "body": "", "server_reply": ""},
        days=10 * YEAR,
        since="queued_at",
        since_words=_("after it was sent"),
        keeps=PROOF,
        of=by_address("to_address"),
        also=("queued_at", "sent_at", "state"),
    ),
    Rule(
        model="mail.Message",
        whose=Whose.EXCHANGE,
        what=_("Your address as the one to answer, when you write to a colleague"),
        why=_("So that the answer reaches you and not the unit."),
        rows=~Q(reply_to="") & Q(state__in=FINAL),
        fields={"reply_to": ""},
        days=30,
        since="queued_at",
        since_words=_("after it was sent"),
        of=by_address("reply_to"),
        also=("queued_at", "subject"),
    ),
    Rule(
        model="cities.Introduction",
        whose=Whose.EXCHANGE,
        what=_("That you wrote to a colleague, and to which office"),
        why=_("To keep the number of messages within bounds, and to follow up complaints."),
        deletes=True,
        days=YEAR,
        since="sent_at",
        since_words=_("after it was sent"),
        of=by_user("sender"),
        also=("sent_at", "term__office", "term__city__name"),
    ),
    Rule(
        model="mail.Attachment",
        whose=Whose.EXCHANGE,
        what=_("Files that went with them"),
        why=_("The proof of what was sent to which office."),
        fields={"file": ""},
        days=10 * YEAR,
        over=settled_attachments,
        since_words=_("after the last message with the file"),
        keeps=PROOF,
        of=by_address("message__to_address"),
        also=("name", "size"),
        then=_("The file is deleted; its name and fingerprint stay."),
    ),
    Rule(
        model="mail.Bounce",
        whose=Whose.EXCHANGE,
        what=_("What the server said about mail that came back"),
        why=_("To correct an address that does not work."),
        fields={"diagnostic": "", "subject": "", "excerpt": ""},
        days=2 * YEAR,
        since="received_at",
        since_words=_("after it came back"),
        of=by_address("message__to_address"),
        also=("received_at", "is_hard"),
    ),
    Rule(
        model="correspondence.Letter",
        whose=Whose.EXCHANGE,
        what=_("Addressee, address and salutation of a letter"),
        why=_("The proof of what was sent to which office."),
        rows=Q(skip_reason=""),
        fields={"addressee": "", "address": ADDRESS, "salutation": "", "note": ""},
        days=10 * YEAR,
        since="mailing__dispatched_at",
        since_words=_("after it was sent"),
        keeps=PROOF,
        of=either(by_contact("term__contact"), by_address("address")),
        also=("mailing__subject", "city__name"),
    ),
    Rule(
        model="correspondence.Exchange",
        whose=Whose.EXCHANGE,
        what=_("Notes of the unit on calls, visits and letters"),
        why=_("So that a colleague knows what was agreed."),
        fields={"summary": GONE},
        days=10 * YEAR,
        since="on",
        since_words=_("after the exchange"),
        keeps=RECORD,
        of=by_user("logged_by"),
        also=("on", "city__name"),
    ),
    Rule(
        model="correspondence.EntryFile",
        whose=Whose.EXCHANGE,
        what=_("Files of an exchange in writing"),
        why=_("To answer a city."),
        fields={"name": "", "file": ""},
        deletes=True,
        days=5 * YEAR,
        since="entry__thread__last_at",
        since_words=_("after the last message of the exchange"),
        keeps=BOTH,
        of=by_user("entry__author"),
        also=("name", "size", "entry__thread__subject"),
    ),
    Rule(
        model="correspondence.Entry",
        whose=Whose.EXCHANGE,
        what=_("What somebody wrote to the unit or for it"),
        why=_("So that whoever takes over knows what was asked and answered."),
        fields={"text": GONE},
        deletes=True,
        days=5 * YEAR,
        since="thread__last_at",
        since_words=_("after the last message of the exchange"),
        keeps=BOTH,
        of=by_user("author"),
        also=("written_at", "thread__subject", "thread__city__name"),
    ),
    Rule(
        model="correspondence.Thread",
        whose=Whose.EXCHANGE,
        what=_("Subject of an exchange in writing, and who read it when"),
        why=_("So that whoever takes over knows what was asked and answered."),
        fields={"subject": GONE},
        deletes=True,
        days=5 * YEAR,
        since="last_at",
        since_words=_("after the last message of the exchange"),
        keeps=BOTH,
        of=by_user("opened_by"),
        also=("opened_at", "city__name"),
    ),
    Rule(
        model="correspondence.UnitOffice",
        whose=Whose.EXCHANGE,
        what=_("Whom at the unit to ask: office or name, address"),
        why=_("So that cities know whom to ask."),
        fields={"name": "", "email": ""},
        keeps=_("As long as the office is shown."),
    ),
    # Activities
    Rule(
        model="activities.Registration",
        whose=Whose.ACTIVITY,
        what=_("Dietary and access needs"),
        why=_("To make taking part possible. Only the organiser sees them."),
        fields={"needs": ""},
        days=0,
        since="activity__ends_at",
        since_words=_("Until the activity has ended"),
        of=by_address("participant_email"),
    ),
    Rule(
        model="activities.Registration",
        whose=Whose.ACTIVITY,
        what=_("Address and function of a participant"),
        why=_("To organise the activity."),
        fields={"participant_email": ADDRESS, "participant_function": ""},
        days=2 * YEAR,
        since="activity__ends_at",
        since_words=_("after the activity"),
        of=by_address("participant_email"),
        also=("activity__title", "city__name", "status", "requested_at"),
    ),
    Rule(
        model="activities.Registration",
        whose=Whose.ACTIVITY,
        what=_("Name of a participant"),
        why=_("To certify and to report who took part."),
        fields={"participant_name": PARTICIPANT},
        days=5 * YEAR,
        since="activity__ends_at",
        since_words=_("after the activity"),
        of=by_address("participant_email"),
        also=("activity__title", "city__name"),
    ),
    Rule(
        model="activities.AgendaItem",
        whose=Whose.ACTIVITY,
        what=_("Speakers in a programme"),
        why=_("The published programme."),
        fields={"speaker": ""},
        keeps=RECORD,
    ),
    # Grants
    Rule(
        model="grants.Application",
        whose=Whose.GRANT,
        what=_("Who submitted and confirmed an application"),
        why=_("The application as it was handed in, with its fingerprint."),
        fields={"frozen": None},
        keeps=LAW,
        of=by_user("created_by", "submitted_by"),
        also=("reference", "title", "submitted_at"),
        secret=("frozen",),
    ),
    Rule(
        model="grants.Assessment",
        whose=Whose.GRANT,
        what=_("Reasons that an assessor gives"),
        why=_("To decide, and to answer a complaint."),
        fields={"comment": ""},
        days=10 * YEAR,
        since="scored_at",
        since_words=_("after the assessment"),
        keeps=LAW,
        of=by_user("assessor"),
        also=("score", "scored_at"),
    ),
    Rule(
        model="grants.Extension",
        whose=Whose.GRANT,
        what=_("Why somebody could not keep a deadline"),
        why=_("To allow a late application."),
        fields={"reason": GONE},
        days=10 * YEAR,
        since="granted_at",
        since_words=_("after it was granted"),
        keeps=LAW,
        of=by_user("granted_by"),
        also=("granted_at",),
    ),
    # Published
    Rule(
        model="reports.ChapterDraft",
        whose=Whose.PUBLISHED,
        what=_("Texts for an annual report that were typed and not saved"),
        why=_("To lose nothing when a session or a computer ends."),
        fields={"text_en": "", "text_fr": ""},
        deletes=True,
        days=90,
        since="kept_at",
        since_words=_("after the last change"),
        of=by_user("user"),
        also=("kept_at",),
    ),
    Rule(
        model="reports.CityCheck",
        whose=Whose.PUBLISHED,
        what=_("What a city asked to correct in its sheet, and the answer"),
        why=_("To know why an annual report says what it says."),
        fields={"request": GONE, "answer": GONE},
        rows=~Q(request=""),
        keeps=RECORD,
        of=by_user("said_by"),
        also=("said_at", "city__name"),
    ),
    Rule(
        model="reports.Snapshot",
        whose=Whose.PUBLISHED,
        what=_("Mayors to whom an annual report was addressed"),
        why=_("The report is made from frozen facts and stays the same."),
        fields={"data": None},
        keeps=RECORD,
    ),
    Rule(
        model="reports.Rendition",
        whose=Whose.PUBLISHED,
        what=_("Letters to mayors as documents"),
        why=_("The archive of the annual reports."),
        fields={"file": "", "error": ""},
        keeps=RECORD,
    ),
    # The trail
    Rule(
        model="admin.LogEntry",
        whose=Whose.TRAIL,
        what=_("What the unit did in the administration, exports too"),
        why=_("To know who saw or changed data of others."),
        fields={"object_repr": GONE, "change_message": ""},
        days=5 * YEAR,
        since="action_time",
        since_words=_("after the act"),
        of=in_log,
        also=("action_time", "user__name"),
        secret=("object_repr",),
    ),
    Rule(
        model="accounts.ViewedPage",
        whose=Whose.TRAIL,
        what=_("When the unit looked at the portal as an official does: who, as whom, at which pages"),
        why=_("To help on the telephone, and to know who saw what."),
        fields={"path": ""},
        deletes=True,
        days=5 * YEAR,
        since="at",
        since_words=_("after the page was opened"),
        keeps=_("It stays until then, so that nobody can hide what they looked at."),
        of=by_user("viewing__official", "viewing__staff"),
        also=("at", "is_refused", "viewing__started_at"),
    ),
]
