"""Why a draft cannot be submitted: the sentences that the page shows and that submission enforces."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from cities.models import City, Term
from common.formats import day, euros, strasbourg_time

from .budget import budget_of
from .models import Application, Extension, Partner, strasbourg_day


def obstacles(application: Application, at: datetime) -> Iterator[str]:
    """Why this draft cannot be submitted at the aware instant `at`; nothing means it can."""
    if application.status != Application.Status.DRAFT:
        yield _("This application has already been submitted.")
        return
    partners = partners_of(application)
    yield from call_obstacles(application, at)
    yield from project_obstacles(application)
    yield from consortium_obstacles(application, partners, at)
    yield from budget_obstacles(application, partners)


def partners_of(application: Application, *, with_budget: bool = True) -> list[Partner]:
    """The consortium, lead city first, with everything the rules look at."""
    rows = application.partners.select_related("city", "confirmed_by")
    return list(rows.prefetch_related("budget_lines") if with_budget else rows)


def open_extension(application: Application, at: datetime) -> Extension | None:
    """The unused extension that still runs at `at`."""
    return application.extensions.filter(used_at=None, until_at__gt=at).first() if application.pk else None


def call_obstacles(application: Application, at: datetime) -> Iterator[str]:
    call = application.call
    if call.is_open(at):
        return
    if not call.is_published:
        yield _("This call is not published.")
    elif at < call.opens_at:
        yield _("This call opens on %(when)s.") % {"when": strasbourg_time(call.opens_at)}
    elif not open_extension(application, at):
        yield _("This call is closed: the deadline was %(when)s.") % {"when": strasbourg_time(call.closes_at)}


def project_obstacles(application: Application) -> Iterator[str]:
    for field, sentence in (
        ("title", _("Give the project a title.")),
        ("theme", _("Say what the theme of the project is.")),
        ("summary", _("Write the summary of the project.")),
        ("objectives", _("Write the objectives and expected results.")),
        ("activities", _("Write the activities and their calendar.")),
    ):
        if not getattr(application, field).strip():
            yield sentence


def consortium_obstacles(
    application: Application, partners: list[Partner], at: datetime, offices: set[tuple[int, int]] | None = None
) -> Iterator[str]:
    """Each city a member, each partner confirmed by someone who still holds an office there.

    `offices` is what `open_offices` gave for the same partners and instant, when it is known already.
    """
    on = strasbourg_day(at)
    members = set(City.objects.members(on).filter(pk__in=[p.city_id for p in partners]).values_list("pk", flat=True))
    offices = open_offices(partners, at) if offices is None else offices
    counted = 0
    for partner in partners:
        names = {"city": partner.city, "day": day(on)}
        if partner.city_id not in members:
            yield _("%(city)s is not a member city on %(day)s. Remove it, or ask the unit.") % names
        elif partner.declined_at:
            yield _("%(city)s declined to take part. Remove it from the consortium.") % names
        elif not partner.is_lead and not partner.confirmed_at:
            yield _("%(city)s has not confirmed yet that it takes part.") % names
        elif not partner.is_lead and not is_backed(partner, offices):
            yield (
                _(
                    "The person who confirmed for %(city)s no longer holds an office there. Ask the city to confirm again."
                )
                % names
            )
        else:
            counted += 1
    if counted < application.call.min_cities:
        yield _(
            "A joint application needs at least %(needed)d member cities that take part; this one has %(counted)d."
        ) % {
            "needed": application.call.min_cities,
            "counted": counted,
        }


def open_offices(partners: list[Partner], at: datetime) -> set[tuple[int, int]]:
    """Pairs (city, user) of who holds an open term in a city of the consortium at `at`."""
    terms = Term.objects.open(strasbourg_day(at)).filter(
        city__in=[p.city_id for p in partners], contact__user__isnull=False
    )
    return set(terms.values_list("city", "contact__user"))


def is_backed(partner: Partner, offices: set[tuple[int, int]]) -> bool:
    """Whether the partner confirmed through a person who still holds an office in that very city."""
    return partner.confirmed_at is not None and (partner.city_id, partner.confirmed_by_id) in offices


def budget_obstacles(application: Application, partners: list[Partner]) -> Iterator[str]:
    call, total = application.call, budget_of(partners).total
    if not total.amount:
        yield _("Add what the grant is asked for to the budget.")
        return
    if total.amount > call.ceiling:
        yield _("The budget asks for %(amount)s; the ceiling of this call is %(ceiling)s.") % {
            "amount": euros(total.amount),
            "ceiling": euros(call.ceiling),
        }
    if not total.is_share_at_least(call.cofinancing_share):
        yield _("The cities put in %(share)s %% of the total; this call asks for at least %(needed)s %%.") % {
            "share": f"{total.share.normalize():f}",
            "needed": f"{call.cofinancing_share.normalize():f}",
        }
