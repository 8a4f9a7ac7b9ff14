"""What each permission group of the unit may do in the administration: one table, written to the database after migrating.

A row reads "app.model": "actions". `*` stands for all. Actions are Django's view, add, change, delete, and those that an
app names itself in a model's `Meta.permissions` as `<action>_<model>` (approve_mailing: "approve"). A permission that does
not exist is no error, so that an app can come and go.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext_noop

HEAD_OF_UNIT = gettext_noop("Unit administrator")
PROGRAMME = gettext_noop("Programme manager")
COMMUNICATION = gettext_noop("Communication")
FINANCE = gettext_noop("Finance")
READER = gettext_noop("Reader")

READABLE = {
    "accounts.invitation": "view",
    "cities.*": "view",
    "correspondence.*": "view",
    "activities.*": "view",
    "grants.*": "view",
    "library.*": "view",
    "reports.*": "view",
    "mail.*": "view",
}

TABLE: dict[str, dict[str, str]] = {
    HEAD_OF_UNIT: {
        "accounts.*": "*",
        "admin.logentry": "view",
        "auth.group": "view",
        "cities.*": "*",
        "correspondence.*": "*",
        "activities.*": "*",
        "grants.*": "*",
        "library.*": "*",
        "reports.*": "*",
        "mail.*": "*",
    },
    PROGRAMME: READABLE
    | {
        "accounts.user": "view export",
        "accounts.viewing": "view start",
        "accounts.invitation": "view add change",
        "cities.*": "view add change delete",
        "activities.*": "*",
        "grants.*": "*",
        "library.*": "*",
        "correspondence.*": "view add change delete prepare approve send answer",
        "reports.*": "view add change freeze compile approve",
        "mail.*": "view change",
    },
    COMMUNICATION: READABLE
    | {
        "activities.activity": "view add change",
        "library.*": "*",
        "correspondence.*": "view add change delete prepare send answer",
        "reports.annualreport": "view change",
        "reports.chapter": "view change",
    },
    FINANCE: READABLE
    | {
        "cities.contribution": "view add change delete",
        "grants.award": "view add change",
        "grants.agreement": "*",
        "grants.instalment": "*",
    },
    READER: READABLE,
}


def allows(rules: dict[str, str], app: str, model: str, codename: str) -> bool:
    """Whether the most precise rule for `app.model` names the action of `codename`."""
    rule = rules.get(f"{app}.{model}") or next(
        (a for pattern, a in rules.items() if fnmatchcase(f"{app}.{model}", pattern)), ""
    )
    return rule == "*" or codename.removesuffix(f"_{model}") in rule.split()


def granted(name: str, app: str) -> Iterator[Permission]:
    """The permissions of `app` that the group `name` has by the table."""
    for permission in Permission.objects.filter(content_type__app_label=app).select_related("content_type"):
        if allows(TABLE[name], app, permission.content_type.model, permission.codename):
            yield permission


def sync(sender: AppConfig, **kwargs) -> None:
    """Write the table's part for one app, after its permissions were created (post_migrate)."""
    for name in TABLE:
        group, _ = Group.objects.get_or_create(name=name)
        now = set(group.permissions.filter(content_type__app_label=sender.label))
        wanted = set(granted(name, sender.label))
        group.permissions.add(*wanted - now)
        group.permissions.remove(*now - wanted)
