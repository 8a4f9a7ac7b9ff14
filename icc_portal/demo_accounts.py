"""One account per role for the demonstration. The password and the secret are public: never use them elsewhere."""

import time
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import add_totp
from cities.models import Contact

PASSWORD = "many cities, one portal"  # noqa: S105
TOTP_SECRET = "INTERCULTURALCITIESDEMOSECRETABC"  # noqa: S105  base32; any authenticator app takes it
PERIOD = 30  # seconds that a code holds

UNIT = "icc-portal.example"


@dataclass(frozen=True)
class Account:
    """`page` is the name of the first page to open; `group` a permission group of the unit."""

    email: str
    name: str
    role: Promise
    page: str
    language: str = "en"
    group: str = ""
    is_assessor: bool = False

    @property
    def is_staff(self) -> bool:
        return bool(self.group)


ACCOUNTS = [
    Account("coordinator@bilbao.example", "ICC Coordinator's Office, Bilbao", _("Official of Bilbao, acting for the city"), "home"),
    Account("coordinator@oslo.example", "ICC Coordinator's Office, Oslo", _("Official of Oslo, acting for the city"), "home"),
    Account(
        "coordinator@reci.example", "Coordination Office, RECI", _("Coordinator of the Spanish network, acting for its cities"), "home"
    ),
    Account(
        "official@kirklees-calderdale.example", "Joint Office, Kirklees and Calderdale", _("Official of two cities, acting for one at a time"), "home"
    ),
    Account("assessor@expert.example", "Assessor", _("Assessor of grant applications"), "home", is_assessor=True),
    Account(f"programme@{UNIT}", "Programme Manager", _("Programme manager of the unit"), "admin:index", group="Programme manager"),
    Account(f"communication@{UNIT}", "Communication", _("Communication officer of the unit"), "admin:index", group="Communication"),
    Account(f"finance@{UNIT}", "Finance", _("Finance officer of the unit"), "admin:index", group="Finance"),
    Account(f"reader@{UNIT}", "Reader", _("Reader: sees the administration, changes nothing"), "admin:index", group="Reader"),
    Account(f"head@{UNIT}", "Head of Unit", _("Head of the unit: everything, and the second approval"), "admin:index", group="Unit administrator"),
]  # fmt: skip


def make_accounts() -> str:
    """Create the missing accounts, each ready to log in; run it after the people are made. Returns a sentence."""
    new = 0
    with transaction.atomic():
        for account in ACCOUNTS:
            user = User.objects.filter(email=account.email).first()
            if user is None:
                user, new = _make(account), new + 1
            Contact.objects.filter(email=account.email, user=None).update(user=user)
    return f"Demo accounts: {len(ACCOUNTS)}, {new} new."


def _make(account: Account) -> User:
    user = User.objects.create_user(
        account.email,
        PASSWORD,
        name=account.name,
        language=account.language,
        is_staff=account.is_staff,
        is_assessor=account.is_assessor,
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if account.is_staff:
        user.groups.add(Group.objects.get_or_create(name=account.group)[0])
        if not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
            add_totp(user, TOTP_SECRET)
    return user


def current_code(at: float | None = None) -> tuple[str, int]:
    """The code of the second step at `at` (Unix seconds, default now), and the seconds it still holds."""
    now = int(time.time() if at is None else at)
    return format_hotp_value(hotp_value(TOTP_SECRET, now // PERIOD)), PERIOD - now % PERIOD
