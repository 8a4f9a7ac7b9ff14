"""The rules about accounts, and about who holds an office in a city."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cities.models import Contact, Term

from .rules import (
    ADDRESS,
    FORMER,
    GONE,
    RECORD,
    YEAR,
    Rule,
    Whose,
    by_address,
    by_contact,
    by_user,
    either,
)  # fmt: skip


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


ACCOUNTS_AND_OFFICES = [
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
]
