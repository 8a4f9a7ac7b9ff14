"""Writing an application: each section on its own, each save against the version it was read at."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cities.models import City, Contact, Office, Term
from common.exceptions import Refused, Stale
from mail.services import queue_message

from ..models import Application, BudgetLine, Call, Partner, strasbourg_day
from ..obstacles import call_obstacles
from ..permissions import cities_that_may_lead, may_answer

PROJECT_FIELDS = ["title", "theme", "summary", "objectives", "activities"]


def locked_draft(application: Application) -> Application:
    """The application, locked: every writer of a draft passes here first. Raises Refused once it is submitted."""
    application = Application.objects.select_for_update(of=["self"]).select_related("call").get(pk=application.pk)
    if application.status != Application.Status.DRAFT:
        raise Refused(_("This application has already been submitted. It can no longer be changed."))
    return application


@transaction.atomic
def start_application(call: Call, lead_city: City, *, title: str, by: User, at: datetime | None = None) -> Application:
    """Open a draft led by `lead_city`. Raises Refused when the call is not open or the city cannot lead."""
    at = at or timezone.now()
    application = Application(call=call, title=title, created_by=by)
    if not call.is_open(at):
        raise Refused(list(call_obstacles(application, at)))
    if not cities_that_may_lead(by, strasbourg_day(at)).filter(pk=lead_city.pk).exists():
        raise Refused(_("You cannot apply for %(city)s: choose a member city that you act for.") % {"city": lead_city})
    application.save()
    Partner.objects.create(application=application, city=lead_city, is_lead=True)
    return application


@transaction.atomic
def save_project(application: Application, values: Mapping[str, str], *, version: int, by: User) -> Application:
    """Save the project section as read at `version`. Raises Stale when someone saved another text since."""
    application = locked_draft(application)
    changed = [name for name in PROJECT_FIELDS if name in values and getattr(application, name) != values[name]]
    if changed and application.version != version:
        raise Stale(application)
    if changed:
        for name in changed:
            setattr(application, name, values[name])
        application.version += 1
        application.save(update_fields=[*changed, "version"])
    return application


@transaction.atomic
def save_budget(partner: Partner, rows: Iterable[Mapping[str, Any]], *, version: int, by: User) -> Partner:
    """Replace the budget lines of `partner` as read at `version`. Raises Stale when they changed since.

    `rows` hold heading, label, amount and cofinancing (Decimal euros).
    """
    locked_draft(partner.application)
    partner = Partner.objects.select_for_update(of=["self"]).select_related("city", "application").get(pk=partner.pk)
    lines = [BudgetLine(partner=partner, **row) for row in rows]
    if _as_written(lines) == _as_written(partner.budget_lines.all()):
        return partner
    if partner.version != version:
        raise Stale(partner)
    partner.budget_lines.all().delete()
    BudgetLine.objects.bulk_create(lines)
    partner.version += 1
    partner.save(update_fields=["version"])
    return partner


def _as_written(lines: Iterable[BudgetLine]) -> list[tuple]:
    return sorted((line.heading, line.label, line.amount, line.cofinancing) for line in lines)


@transaction.atomic
def invite_partner(application: Application, city: City, *, by: User, at: datetime | None = None) -> Partner:
    """Ask `city` to take part, and write to its coordinators. A city that declined is asked anew."""
    at = at or timezone.now()
    application = locked_draft(application)
    if problems := list(call_obstacles(application, at)):
        raise Refused(problems)
    if not City.objects.members(strasbourg_day(at)).filter(pk=city.pk).exists():
        raise Refused(_("%(city)s is not a member city now, so it cannot be a partner.") % {"city": city})
    earlier = application.partners.filter(city=city).first()
    if earlier and not earlier.declined_at:
        raise Refused(_("%(city)s is already in the consortium.") % {"city": city})
    if earlier:
        earlier.delete()
    partner = Partner.objects.create(application=application, city=city)
    lead = application.partners.select_related("city").get(is_lead=True).city
    for contact in people_to_ask(city, at):
        queue_message(
            "grants/invitation",
            to=contact,
            key=f"grants/invitation/{partner.pk}/{contact.pk}",
            context={"partner": partner, "application": application, "call": application.call, "lead": lead},
            city=city,
        )
    return partner


def people_to_ask(city: City, at: datetime) -> QuerySet[Contact]:
    """The coordinators of `city` at `at`, and their deputies, who have an address."""
    offices = [Office.COORDINATOR, Office.DEPUTY_COORDINATOR]
    terms = Term.objects.open(strasbourg_day(at)).filter(city=city, office__in=offices)
    return Contact.objects.filter(pk__in=terms.values("contact")).exclude(email="")


@transaction.atomic
def remove_partner(partner: Partner, *, by: User) -> None:
    """Take a partner, and its budget, out of a draft. The lead city stays."""
    locked_draft(partner.application)
    if partner.is_lead:
        raise Refused(_("The lead city cannot be removed from its own application."))
    partner.delete()


@transaction.atomic
def answer_invitation(partner: Partner, *, takes_part: bool, by: User, at: datetime | None = None) -> Partner:
    """Confirm or decline for a partner city; a confirmation can be renewed, and either answer changed, until submission."""
    at = at or timezone.now()
    application = locked_draft(partner.application)
    current = Partner.objects.select_for_update(of=["self"]).select_related("city").filter(pk=partner.pk).first()
    if current is None:
        raise Refused(_("The lead city has taken your city out of this application."))
    current.application = application
    on = strasbourg_day(at)
    if not may_answer(by, current, on):
        raise Refused(_("Only a person who holds an office in %(city)s can answer for it.") % {"city": current.city})
    if problems := list(call_obstacles(application, at)):
        raise Refused(problems)
    if takes_part and not City.objects.members(on).filter(pk=current.city_id).exists():
        raise Refused(_("%(city)s is not a member city now, so it cannot take part.") % {"city": current.city})
    current.confirmed_at, current.confirmed_by = (at, by) if takes_part else (None, None)
    current.declined_at = None if takes_part else at
    current.save(update_fields=["confirmed_at", "confirmed_by", "declined_at"])
    lead = application.partners.select_related("city").get(is_lead=True).city
    for contact in people_to_ask(lead, at):
        queue_message(
            "grants/answer",
            to=contact,
            key=f"grants/answer/{current.pk}/{contact.pk}/{int(at.timestamp())}",
            context={"partner": current, "application": application, "takes_part": takes_part},
            city=lead,
        )
    return current
