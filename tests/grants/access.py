"""Who may open what of the grants (see tests/access.py)."""

from datetime import timedelta

from django.utils import timezone

from grants import services
from grants.models import Assessment, Partner
from tests.access import Row
from tests.factories import CityFactory, official_of
from tests.grants.factories import LINE, PROJECT, AwardFactory, CallFactory


def make(world):
    """Applications led by `world.city`, in which `world.other_city` has nothing to do: one draft, one submitted."""
    now = timezone.now()
    world.call = CallFactory(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=30))
    lead, partner_city = world.users["official"], CityFactory(name="Reykjavík", slug="reykjavik", country="IS")
    partner_user = official_of(partner_city)
    world.draft, world.submitted = (
        services.start_application(world.call, world.city, title=title, by=lead) for title in ("Draft", "Submitted")
    )
    for application in (world.draft, world.submitted):
        partner = services.invite_partner(application, partner_city, by=lead)
        services.answer_invitation(partner, takes_part=True, by=partner_user)
        services.save_project(application, PROJECT, version=1, by=lead)
        services.save_budget(application.partners.get(is_lead=True), [LINE], version=1, by=lead)
    services.submit_application(world.submitted, by=lead)
    world.partner = Partner.objects.get(application=world.draft, is_lead=False)
    world.asked = services.start_application(world.call, partner_city, title=PROJECT["title"], by=partner_user)
    world.question = services.invite_partner(world.asked, world.city, by=partner_user)
    world.assessment = Assessment.objects.create(application=world.submitted, assessor=world.users["assessor"])
    world.award = AwardFactory(lead_city=world.city)


def draft(world):
    return [world.draft.pk]


def submitted(world):
    return [world.submitted.pk]


ROWS = {
    #                               public official other network assessor staff head
    "grants:calls":             Row("200    200      200   200     200      200   200"),
    "grants:call":              Row("200    200      200   200     200      200   200", lambda w: [w.call.pk]),
    "grants:start":             Row("login  200      200   200     403      403   403", lambda w: [w.call.pk]),
    "grants:awards":            Row("200    200      200   200     200      200   200"),
    "grants:awards_csv":        Row("200    200      200   200     200      200   200", why="a file"),
    "grants:application":       Row("login  200      404   200     404      404   404", draft),
    "grants:project":           Row("login  200      404   200     404      404   404", draft),
    "grants:consortium":        Row("login  200      404   200     404      404   404", draft),
    "grants:remove":            Row("login  200      404   200     404      404   404", lambda w: [w.draft.pk, w.partner.pk]),
    "grants:answer":            Row("login  200      404   403     404      404   404", lambda w: [w.asked.pk, w.question.pk]),
    "grants:budget":            Row("login  200      404   200     404      404   404", draft),
    "grants:budget_lines":      Row("login  200      404   200     404      404   404", lambda w: [w.draft.pk, w.partner.pk]),
    "grants:check":             Row("login  200      404   200     404      404   404", draft),
    "grants:submitted":         Row("login  200      404   200     404      200   200", submitted),
    "grants:receipt":           Row("login  200      404   200     404      200   200", submitted, why="a file"),
    "grants:assessments":       Row("login  403      403   403     200      403   403"),
    "grants:assessment":        Row("login  403      403   403     200      403   403", lambda w: [w.assessment.pk]),
}  # fmt: skip
