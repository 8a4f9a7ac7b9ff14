"""The pages that gather from all apps."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.utils import timezone

from accounts.models import ViewedPage, Viewing
from icc_portal.see_as.services import LASTS
from tests.access import Row

EVERYBODY = "200    200      200   200     200      200   200"
MISSING = "404    404      404   404     404      404   404"


def make(world):
    """What the audit trail shows."""
    now, staff = timezone.now(), world.users["staff"]
    viewing = Viewing.objects.create(
        staff=staff,
        official=world.users["official"],
        city=world.city,
        started_at=now,
        expires_at=now + LASTS,
        ended_at=now,
    )
    ViewedPage.objects.create(viewing=viewing, path="/en/")
    LogEntry.objects.create(user=staff, object_repr="contacts", action_flag=CHANGE, change_message="Exported 3 rows.")


ROWS = {
    "root": Row("302    302      302   302     302      302   302"),
    "healthz": Row(EVERYBODY, why="a word for the load balancer"),
    "home": Row(EVERYBODY),
    "mailbox": Row(EVERYBODY),
    "mail": Row(MISSING, lambda w: ["no-such-mail"]),
    "mail_html": Row(MISSING, lambda w: ["no-such-mail"]),
    "mail_attachment": Row(MISSING, lambda w: ["no-such-mail", 1]),
    "about": Row(EVERYBODY),
    "facts": Row(EVERYBODY),
    "search": Row(EVERYBODY),
    "privacy": Row(EVERYBODY),
    "accessibility": Row(EVERYBODY),
    "city_pdf": Row("login  200      403   200     403      200   200", lambda w: [w.city.slug], why="a file"),
    "my_data": Row("login  200      200   200     200      200   200"),
    "my_listing": Row("login  405      405   405     405      405   405"),
    "my_export": Row("login  200      200   200     200      200   200", queries=90),  # one for each table of the rules
    "my_export_json": Row("login  200      200   200     200      200   200", why="a file"),
    "see_as": Row("login  403      403   403     403      200   200"),
    "see_as_official": Row("login  403      403   403     403      200   200", lambda w: [w.city.slug]),
    "see_as_stop": Row("login  405      405   405     405      405   405"),
    "components": Row("login    403      403   403     403      200   200"),
}
