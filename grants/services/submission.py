"""Handing an application in: once, before the deadline, frozen as it was (invariants G2, G4, G10)."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cities.models import MembershipStep, Term
from cities.models.membership import Step
from common.exceptions import Refused
from mail.services import queue_message

from ..budget import budget_of
from ..models import Application, Call, Partner, strasbourg_day
from ..obstacles import obstacles, open_extension, partners_of
from ..permissions import may_submit

REFERENCE_LOCK = 0x1CC  # the namespace of the advisory lock that numbers the applications of a year


def canonical(frozen: dict[str, Any]) -> bytes:
    """The one spelling of a frozen submission, on which its hash is taken."""
    return json.dumps(frozen, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def fingerprint(frozen: dict[str, Any]) -> str:
    """SHA-256 of the frozen submission, in hex."""
    return hashlib.sha256(canonical(frozen)).hexdigest()


@transaction.atomic
def submit_application(application: Application, *, by: User, at: datetime | None = None) -> Application:
    """Submit a draft, once; `at` is aware, default now, before any waiting for a lock. Raises Refused with every obstacle.

    The call is read again under its lock, and every city from dated facts, so that neither a moved deadline nor an
    ended membership slips through between the page and the act.
    """
    at = at or timezone.now()
    call = Call.objects.select_for_update().get(pk=application.call_id)  # the call first, as decisions do
    application = Application.objects.select_for_update().get(pk=application.pk)
    application.call = call
    if not may_submit(by, application, strasbourg_day(at)):
        raise Refused(_("Only an official of the lead city can submit this application."))
    if problems := list(obstacles(application, at)):
        raise Refused(problems)
    if not application.call.is_open(at):
        extension = open_extension(application, at)
        assert extension  # obstacles() has just accepted it
        extension.used_at = at
        extension.save(update_fields=["used_at"])
    partners = partners_of(application)
    for lead in (p for p in partners if p.is_lead):  # submitting is how the lead city confirms
        lead.confirmed_at, lead.confirmed_by = at, by
        lead.save(update_fields=["confirmed_at", "confirmed_by"])
    application.status, application.submitted_at, application.submitted_by = Application.Status.SUBMITTED, at, by
    application.reference = next_reference(application.call.year)
    application.frozen = freeze(application, partners, by, at)
    application.sha256 = fingerprint(application.frozen)
    application.save(update_fields=["status", "submitted_at", "submitted_by", "reference", "frozen", "sha256"])
    queue_message("grants/receipt", to=by, key=f"grants/receipt/{application.pk}", context={"application": application})
    return application


def next_reference(year: int) -> str:
    """ "ICC-2026-0007". The lock lasts until the transaction ends, so numbers are given once and without gaps."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [REFERENCE_LOCK, year])
    prefix = f"ICC-{year}-"
    given = Application.objects.filter(reference__startswith=prefix).values_list("reference", flat=True)
    last = max((int(str(reference).removeprefix(prefix)) for reference in given), default=0)
    return f"{prefix}{last + 1:04}"


def freeze(application: Application, partners: list[Partner], by: User, at: datetime) -> dict[str, Any]:
    """The submission as plain data: instants in ISO 8601 UTC, money as text in euros, membership with its evidence."""
    call, budget = application.call, budget_of(partners)
    sums = {partner.pk: total for partner, total in budget.by_partner}
    evidence, offices = _membership(partners, at), _offices(partners, at)
    return {
        "format": 1,
        "reference": application.reference,
        "call": {
            "title": {"en": call.title_en or call.title, "fr": call.title_fr or call.title},
            "year": call.year,
            "closes_at": call.closes_at.isoformat(),
            "ceiling": str(call.ceiling),
            "min_cities": call.min_cities,
            "cofinancing_share": str(call.cofinancing_share),
            "is_made_up": call.is_made_up,
        },
        "submitted_at": at.isoformat(),
        "submitted_by": by.name,
        "project": {
            name: getattr(application, name) for name in ("title", "theme", "summary", "objectives", "activities")
        },
        "cities": [
            {
                "name": partner.city.name,
                "country": partner.city.country.code,
                "is_lead": partner.is_lead,
                "membership": evidence.get(partner.city_id),
                "confirmed_at": partner.confirmed_at.isoformat() if partner.confirmed_at else None,
                "confirmed_by": partner.confirmed_by.name if partner.confirmed_by else "",
                "office": offices.get((partner.city_id, partner.confirmed_by_id), ""),
                "amount": str(sums[partner.pk].amount),
                "cofinancing": str(sums[partner.pk].cofinancing),
                "lines": [
                    {
                        "heading": line.heading,
                        "label": line.label,
                        "amount": str(line.amount),
                        "cofinancing": str(line.cofinancing),
                    }
                    for line in partner.budget_lines.all()
                ],
            }
            for partner in partners
        ],
        "headings": [
            {"heading": heading.value, "amount": str(total.amount), "cofinancing": str(total.cofinancing)}
            for heading, total in budget.by_heading
        ],
        "amount": str(budget.total.amount),
        "cofinancing": str(budget.total.cofinancing),
        "total": str(budget.total.total),
        "share": str(budget.total.share),
    }


def _membership(partners: list[Partner], at: datetime) -> dict[int, dict[str, Any]]:
    """Per city, the step that makes it a member on the day, as evidence."""
    on = strasbourg_day(at)
    steps = MembershipStep.objects.standing(on).filter(city__in=[partner.city_id for partner in partners])
    return {
        step.city_id: {
            "checked_on": on.isoformat(),
            "step": step.kind,
            "on": step.on.isoformat() if step.on else None,
            "precision": step.precision,
        }
        for step in steps
        if step.kind in Step.joining()
    }


def _offices(partners: list[Partner], at: datetime) -> dict[tuple[int, int | None], str]:
    """The office through which each confirming person acts, by city and person."""
    people = [partner.confirmed_by_id for partner in partners]
    terms = Term.objects.open(strasbourg_day(at)).filter(
        city__in=[p.city_id for p in partners], contact__user__in=people
    )
    return {(city, user): office for city, user, office in terms.values_list("city", "contact__user", "office")}
