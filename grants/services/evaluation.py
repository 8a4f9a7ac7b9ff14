"""From assessors to awards: interests, scores, decisions drafted inside the envelope, and their release (G7–G9)."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cities.models import City, Term
from common.exceptions import Refused
from common.formats import euros, strasbourg_time
from mail.services import queue_message

from ..models import Application, Assessment, Award, Call, Decision, Extension, strasbourg_day
from ..permissions import may_assess, may_decide, may_release
from .applications import people_to_ask

STATUS = {
    Decision.Outcome.AWARD: Application.Status.AWARDED,
    Decision.Outcome.RESERVE: Application.Status.RESERVE,
    Decision.Outcome.REJECT: Application.Status.REJECTED,
}


# Assessors -------------------------------------------------------------------------------------


def derived_interests(assessor: User, application: Application, at: datetime) -> Iterator[str]:
    """What the records say against this assessor and this application: their city, their network, an earlier project."""
    consortium = City.objects.filter(partnerships__application=application)
    acts_for = City.objects.of_official(assessor, strasbourg_day(at))
    for city in consortium.filter(pk__in=acts_for.values("pk")):
        yield _("The assessor acts for %(city)s, which takes part in this application.") % {"city": city}
    past = Term.objects.filter(contact__user=assessor, city__in=consortium.values("pk"))
    for city in consortium.filter(pk__in=past.values("city")).exclude(pk__in=acts_for.values("pk")):
        yield _("The assessor held an office in %(city)s, which takes part in this application.") % {"city": city}
    took_part = application.partners.filter(confirmed_by=assessor)
    if assessor.pk in (application.created_by_id, application.submitted_by_id) or took_part.exists():
        yield _("The assessor worked on this application.")
    earlier = Award.objects.filter(Q(cities__in=acts_for.values("pk")) | Q(lead_city__in=acts_for.values("pk")))
    joint = earlier.filter(Q(cities__in=consortium.values("pk")) | Q(lead_city__in=consortium.values("pk"))).distinct()
    for award in joint:
        yield _("The assessor's city was in an earlier joint project with a city of this application: %(project)s.") % {
            "project": award.project
        }


@transaction.atomic
def assign_assessor(application: Application, assessor: User, *, by: User, at: datetime | None = None) -> Assessment:
    """Ask `assessor` to assess a submitted application. Raises Refused when the records show an interest."""
    at = at or timezone.now()
    application = Application.objects.select_for_update().get(pk=application.pk)
    if not may_decide(by, application):
        raise Refused(_("You need the permission to decide on applications to assign assessors."))
    if application.status != Application.Status.SUBMITTED:
        raise Refused(_("Only a submitted application that is not decided can be assessed."))
    if not (assessor.is_assessor and assessor.is_active):
        raise Refused(_("%(name)s is not an assessor.") % {"name": assessor})
    if application.assessments.filter(assessor=assessor).exists():
        raise Refused(_("%(name)s already assesses this application.") % {"name": assessor})
    if problems := list(derived_interests(assessor, application, at)):
        raise Refused(problems)
    assessment = Assessment.objects.create(application=application, assessor=assessor)
    queue_message(
        "grants/assessment",
        to=assessor,
        key=f"grants/assessment/{assessment.pk}",
        context={"assessment": assessment, "application": application},
    )
    return assessment


@transaction.atomic
def declare_interest(assessment: Assessment, *, has_conflict: bool, by: User, at: datetime | None = None) -> Assessment:
    """Record what the assessor declares. An interest that the records show counts whatever is declared."""
    at = at or timezone.now()
    assessment = _locked(assessment, by)
    if assessment.scored_at:
        raise Refused(_("You have scored this application. To declare an interest now, write to the unit."))
    derived = list(derived_interests(by, assessment.application, at))
    assessment.declared_at, assessment.has_conflict = at, has_conflict or bool(derived)
    assessment.save(update_fields=["declared_at", "has_conflict"])
    return assessment


@transaction.atomic
def score_application(
    assessment: Assessment, *, score: Decimal, comment: str, by: User, at: datetime | None = None
) -> Assessment:
    """Give 0–100 points with reasons; can be corrected until the decisions are released."""
    at = at or timezone.now()
    assessment = _locked(assessment, by)
    if assessment.has_conflict is None:
        raise Refused(_("Declare first whether you have an interest in this application."))
    if assessment.has_conflict:
        raise Refused(_("You declared an interest in this application, so you cannot score it."))
    if problems := list(derived_interests(by, assessment.application, at)):
        raise Refused(problems)
    if not 0 <= score <= 100:
        raise Refused(_("Give a score from 0 to 100."))
    if not comment.strip():
        raise Refused(_("Give the reasons for the score."))
    assessment.score, assessment.comment, assessment.scored_at = score, comment, at
    assessment.save(update_fields=["score", "comment", "scored_at"])
    return assessment


def _locked(assessment: Assessment, by: User) -> Assessment:
    application = Application.objects.select_for_update().get(pk=assessment.application_id)
    assessment = Assessment.objects.select_for_update().get(pk=assessment.pk)
    if not may_assess(by, assessment):
        raise Refused(_("This assessment is not assigned to you."))
    if application.status != Application.Status.SUBMITTED:
        raise Refused(_("The decision on this application has been released. It can no longer be assessed."))
    assessment.application = application
    return assessment


# Decisions -------------------------------------------------------------------------------------


def lock_call(call_id: int) -> Call:
    """The lock that whoever spends from the envelope, or changes it, takes first."""
    return Call.objects.select_for_update().get(pk=call_id)


def awarded_so_far(call: Call, *, but: Application | None = None) -> Decimal:
    """Euros that the decisions on this call award, drafted ones too, except the one on `but`."""
    awards = Decision.objects.filter(application__call=call, outcome=Decision.Outcome.AWARD)
    if but:
        awards = awards.exclude(application=but)
    return awards.aggregate(total=Sum("amount"))["total"] or Decimal("0.00")


@transaction.atomic
def record_decision(
    application: Application,
    *,
    outcome: str,
    amount: Decimal | None = None,
    reasons: str = "",
    by: User,
    at: datetime | None = None,
) -> Decision:
    """Draft, or change, the committee's decision. Applicants see nothing before the release.

    Raises Refused when an award is larger than what was asked for, than the ceiling, or than what is left of the
    envelope; to award more, the envelope of the call is changed first, which its history records.
    """
    at = at or timezone.now()
    if not may_decide(by, application):
        raise Refused(_("You need the permission to decide on applications."))
    call = lock_call(application.call_id)
    application = Application.objects.select_for_update().get(pk=application.pk)
    if problems := list(_decision_problems(call, application, outcome, amount, at)):
        raise Refused(problems)
    decision, _created = Decision.objects.update_or_create(
        application=application,
        defaults={"outcome": outcome, "amount": amount, "reasons": reasons, "decided_by": by, "decided_at": at},
    )
    return decision


def _decision_problems(
    call: Call, application: Application, outcome: str, amount: Decimal | None, at: datetime
) -> Iterator[str]:
    if application.status == Application.Status.DRAFT:
        yield _("This application has not been submitted.")
        return
    if call.released_at or application.status != Application.Status.SUBMITTED:
        yield _("The decisions of this call have been released. They can no longer be changed.")
        return
    if at < call.closes_at:
        yield _("The call is open until %(when)s. Decide after that.") % {"when": strasbourg_time(call.closes_at)}
    if outcome != Decision.Outcome.AWARD:
        if amount is not None:
            yield _("Only an award has an amount. Leave the amount empty.")
        return
    if amount is None or amount <= 0:
        yield _("Enter the amount of the award.")
        return
    assert application.frozen  # the database refuses a submission without it
    asked = Decimal(application.frozen["amount"])
    if amount > asked:
        yield _("The application asks for %(asked)s. An award cannot be larger.") % {"asked": euros(asked)}
    if amount > call.ceiling:
        yield _("The ceiling of this call is %(ceiling)s per project.") % {"ceiling": euros(call.ceiling)}
    left = call.envelope - awarded_so_far(call, but=application)
    if amount > left:
        yield _("Only %(left)s of the envelope of %(envelope)s is left. Change the envelope of the call first.") % {
            "left": euros(left),
            "envelope": euros(call.envelope),
        }


def check_envelope(call: Call, envelope: Decimal) -> None:
    """Raises Refused when `envelope` is less than what is awarded. Call inside a transaction."""
    lock_call(call.pk)
    if (spent := awarded_so_far(call)) > envelope:
        raise Refused(_("%(spent)s is already awarded. The envelope cannot be smaller.") % {"spent": euros(spent)})


@transaction.atomic
def release_decisions(call: Call, *, by: User, at: datetime | None = None) -> Call:
    """Make every decision of the call known at once, once: statuses, the public register, and letters to the cities."""
    at = at or timezone.now()
    if not may_release(by, call):
        raise Refused(_("You need the permission to release the decisions of a call."))
    call = lock_call(call.pk)
    applications = list(
        Application.objects.select_for_update(of=["self"])
        .filter(call=call, status=Application.Status.SUBMITTED)
        .select_related("decision", "call")
        .prefetch_related("partners__city")
        .order_by("reference")
    )
    if problems := list(_release_problems(call, applications, at)):
        raise Refused(problems)
    for application in applications:
        _release(application, at)
    call.released_at = at
    call.save(update_fields=["released_at"])
    return call


def _release_problems(call: Call, applications: list[Application], at: datetime) -> Iterator[str]:
    if call.released_at:
        yield _("The decisions of this call were released on %(when)s.") % {"when": strasbourg_time(call.released_at)}
        return
    if at < call.closes_at:
        yield _("The call is open until %(when)s. Release the decisions after that.") % {
            "when": strasbourg_time(call.closes_at)
        }
        return
    if not applications:
        yield _("No application was submitted to this call, so there is nothing to release.")
    for application in applications:
        if not hasattr(application, "decision"):
            yield _("There is no decision on %(reference)s yet.") % {"reference": application.reference}
    if (spent := awarded_so_far(call)) > call.envelope:
        yield _("The awards add up to %(spent)s, more than the envelope of %(envelope)s.") % {
            "spent": euros(spent),
            "envelope": euros(call.envelope),
        }


def _release(application: Application, at: datetime) -> None:
    decision = application.decision
    assert application.frozen
    application.status = STATUS[Decision.Outcome(decision.outcome)]
    application.save(update_fields=["status"])
    partners = list(application.partners.all())
    lead = next(partner.city for partner in partners if partner.is_lead)
    if decision.outcome == Decision.Outcome.AWARD:
        award = Award.objects.create(
            application=application,
            project=application.frozen["project"]["title"],
            year=application.call.year,
            theme=application.frozen["project"]["theme"],
            lead_city=lead,
            amount=decision.amount,
            published_at=at,
        )
        award.cities.set([partner.city for partner in partners])
    for contact in people_to_ask(lead, at):
        queue_message(
            "grants/decision",
            to=contact,
            key=f"grants/decision/{application.pk}/{contact.pk}",
            context={"application": application, "decision": decision},
            city=lead,
        )


@transaction.atomic
def grant_extension(
    application: Application, *, until_at: datetime, reason: str, by: User, at: datetime | None = None
) -> Extension:
    """Let one draft in late, once, until `until_at` (G2)."""
    at = at or timezone.now()
    application = Application.objects.select_for_update().get(pk=application.pk)
    if not may_decide(by, application):
        raise Refused(_("You need the permission to decide on applications to grant an extension."))
    if application.status != Application.Status.DRAFT:
        raise Refused(_("This application has already been submitted."))
    if until_at <= at:
        raise Refused(_("The extension must end in the future."))
    if not reason.strip():
        raise Refused(_("Give the reason for the extension."))
    application.extensions.filter(used_at=None).delete()
    return Extension.objects.create(application=application, until_at=until_at, reason=reason, granted_by=by)
