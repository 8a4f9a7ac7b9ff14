"""What this app hands to the pages that gather from all apps."""

from collections.abc import Iterator
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cities.models import City
from common import formats
from common.prepared import prepared
from common.summary import Item

from . import services
from .models import AnnualReport, CityCheck, NetworkSection

Status = AnnualReport.Status


def needs_attention(user: User, at: datetime, cities: list[City]) -> Iterator[Item]:
    """For staff the next step of each report, what waits for them, and the workers' progress; for officials what they owe."""
    if user.is_staff:
        yield from _for_staff(user, at)
        return
    yield from _owed(user, timezone.localdate(at), cities)


def _owed(user: User, on: date, cities: list[City]) -> Iterator[Item]:
    """Sections to write and sheets to verify."""
    for pk, network, year, due_on in _asked(user.pk, on):
        yield Item(
            _("Write the section of %(network)s for the annual report %(year)s") % {"network": network, "year": year},
            reverse("reports:section", args=[pk]),
            due_at=formats.end_of(due_on),
            tone="warn",
        )
    by_pk = {city.pk: city for city in cities}
    for pk, year, until in _unverified(list(by_pk), on):
        city = by_pk[pk]
        yield Item(
            _("Verify the sheet of %(city)s in the annual report %(year)s") % {"city": city.name, "year": year},
            reverse("reports:sheet", args=[year, city.slug]),
            due_at=formats.end_of(until),
            tone="warn",
        )


@prepared
def _asked(user: int, on: date):
    sections = NetworkSection.objects.of_coordinator(user, on).filter(
        status=NetworkSection.Status.ASKED, report__status=Status.DRAFTING
    )
    name = f"network__name_{'fr' if formats.is_french() else 'en'}"
    return sections.order_by("pk").values_list("pk", name, "report__year", "due_on")


@prepared
def _unverified(cities: list[int], on: date):
    checks = CityCheck.objects.filter(
        state__in=[CityCheck.State.WAITING, CityCheck.State.UNREACHED],
        city__in=cities,
        verification__closed_at=None,
        verification__until__gte=on,
        verification__snapshot__report__status=Status.COMPILED,
    )
    columns = ["city", "verification__snapshot__report__year", "verification__until"]
    return checks.order_by("pk").values_list(*columns)


def _for_staff(user: User, at: datetime) -> Iterator[Item]:
    for report in AnnualReport.objects.exclude(status=Status.DISPATCHED):
        url = reverse("admin:reports_annualreport_change", args=[report.pk])
        if report.compiling_since:
            counts = services.progress(report)
            yield Item(
                _("%(report)s: compiling") % {"report": report},
                url,
                tone="bad" if counts["failed"] else "info",
                done=counts["done"],
                total=counts["total"],
                is_staff_only=True,
            )
        else:
            yield Item(_next_step(report.status) % {"report": report}, url, tone="info", is_staff_only=True)
    handed_in = NetworkSection.objects.filter(
        status=NetworkSection.Status.HANDED_IN, report__status=Status.DRAFTING
    ).count()
    if handed_in:
        yield Item(
            ngettext("%(count)s section of a network to read", "%(count)s sections of networks to read", handed_in)
            % {"count": handed_in},
            reverse("admin:reports_networksection_changelist") + "?status__exact=handed_in",
            tone="warn",
            count=handed_in,
            is_staff_only=True,
        )
    corrections = CityCheck.objects.filter(state=CityCheck.State.CORRECTION).count()
    if corrections:
        yield Item(
            ngettext(
                "%(count)s city asks to correct its sheet", "%(count)s cities ask to correct their sheets", corrections
            )
            % {"count": corrections},
            reverse("admin:reports_citycheck_changelist") + "?state__exact=correction",
            tone="bad",
            count=corrections,
            is_staff_only=True,
        )


def _next_step(status: str) -> str:
    return {
        Status.DRAFTING: _("%(report)s: write the chapters and freeze the facts"),
        Status.FROZEN: _("%(report)s: compile"),
        Status.COMPILED: _("%(report)s: the cities verify, a second person approves"),
        Status.APPROVED: _("%(report)s: prepare and send the mailing"),
    }[Status(status)]
