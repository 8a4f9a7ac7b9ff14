"""What the pages that gather from all apps ask of the grants (see `common/summary.py`)."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from cities.models import City, Term
from common.dates import Precision
from common.prepared import prepared
from common.summary import Fact, Figure, Item, Tally

from .models import Application, Assessment, Award, Call, Partner, strasbourg_day

SOON = timedelta(days=30)


def needs_attention(user: User, at: datetime, cities: list[City]) -> Iterator[Item]:
    """Requests to answer, drafts before their deadline, assessments to do; for staff, closed calls to decide."""
    on = strasbourg_day(at)
    names = {city.pk: city.name for city in cities}
    for partner in _running(list(names), [city.pk for city in cities if city.is_own], at):
        if partner.is_lead:
            yield Item(
                title=_("Finish the grant application “%(project)s”") % {"project": partner.application.title},
                url=partner.application.get_absolute_url(),
                due_at=partner.application.call.closes_at,
                detail=partner.application.call.title,
                tone="warn" if partner.application.call.closes_at - at < SOON else "info",
            )
        elif partner.confirmed_at is None or not _still_holds(partner, on):
            yield Item(
                title=_("Answer for %(city)s: “%(project)s”")
                % {"city": names[partner.city_id], "project": partner.application.title},
                url=reverse("grants:answer", args=[partner.application_id, partner.pk]),
                due_at=partner.application.call.closes_at,
                detail=_("Another city asks yours to be a partner in a grant application."),
                tone="warn",
            )
    if user.is_assessor:
        for assessment in _to_assess(user.pk):
            yield Item(
                title=_("Assess the application %(reference)s") % {"reference": assessment.application.reference},
                url=reverse("grants:assessment", args=[assessment.pk]),
                detail=assessment.application.title,
                tone="info",
            )
    if user.is_staff:
        yield from _for_staff(at)


@prepared
def _running(cities: list[int], own: list[int], at: datetime):
    """Drafts that these cities lead, and those in which the reader's own were asked to take part."""
    asked = Q(is_lead=False, declined_at=None, city__in=own)
    led = Q(is_lead=True, city__in=cities)
    draft = Q(application__status=Application.Status.DRAFT)
    is_running = Q(application__call__closes_at__gt=at, application__call__is_published=True)
    return Partner.objects.filter(asked | led, draft, is_running).select_related("application__call")


@prepared
def _to_assess(user: int):
    to_do = Assessment.objects.filter(assessor=user, scored_at=None, application__status=Application.Status.SUBMITTED)
    return to_do.exclude(has_conflict=True).select_related("application")


def _still_holds(partner: Partner, on: date) -> bool:
    return Term.objects.open(on).filter(city=partner.city_id, contact__user=partner.confirmed_by_id).exists()


def _for_staff(at: datetime) -> Iterator[Item]:
    submitted = Q(applications__status=Application.Status.SUBMITTED)
    closed = Call.objects.filter(is_published=True, closes_at__lte=at, released_at=None)
    for call in closed.annotate(
        waiting=Count("applications", filter=submitted & Q(applications__decision=None), distinct=True),
        decided=Count("applications", filter=submitted & Q(applications__decision__isnull=False), distinct=True),
    ):
        if total := call.waiting + call.decided:
            yield Item(
                title=_("Decide on the applications to “%(call)s”") % {"call": call.title},
                url=reverse("admin:grants_call_change", args=[call.pk]),
                detail=_("Every decision is drafted: they can be released.") if not call.waiting else "",
                tone="warn" if call.waiting else "info",
                count=call.waiting or None,
                done=call.decided,
                total=total,
                is_staff_only=True,
            )


def history(city: City) -> Iterator[Fact]:
    """The awards the city took part in, which are public."""
    for award in _awards(city.pk):
        yield Fact(
            on=date(award.year, 1, 1) if award.year else None,
            precision=Precision.YEAR if award.year else Precision.UNKNOWN,
            title=award.project,
            url=reverse("grants:awards"),
            kind=str(_("Inter-city grant")),
        )


@prepared
def _awards(city: int):
    return Award.objects.filter(Q(cities=city) | Q(lead_city=city)).distinct().only("project", "year")


def counts(cities: list[int]) -> Iterator[Tally]:
    """Awards that a city led or took part in, each once, as `history` lists them."""
    partners = Award.cities.through.objects.filter(city__in=cities)
    led = Award.objects.filter(lead_city__in=cities)
    pairs = {*partners.values_list("city", "award"), *led.values_list("lead_city", "pk")}
    yield Tally(_("Inter-city grants"), dict(Counter(city for city, _award in pairs)))


def figures(year: int) -> Iterator[Figure]:
    """Awards of the year, the cities in them, and the euros as far as they are known."""
    now, before = _counted(year), _counted(year - 1)
    rows = reverse("admin:grants_award_changelist") + f"?year={year}"
    yield Figure("grants_awarded", _("Inter-city grants awarded"), now["awards"], before["awards"], rows_url=rows)
    yield Figure("grants_cities", _("Cities in awarded projects"), now["cities"], before["cities"], rows_url=rows)
    if now["amount"] is not None:
        label = _("Grants awarded, as far as the amounts are known")
        yield Figure("grants_amount", label, now["amount"], before["amount"], unit="EUR", rows_url=rows)


def _counted(year: int) -> dict:
    awards = Award.objects.filter(year=year)
    cities = City.objects.filter(Q(awards__in=awards) | Q(led_awards__in=awards)).distinct().count()
    return {"cities": cities, **awards.aggregate(awards=Count("pk"), amount=Sum("amount"))}
