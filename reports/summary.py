"""What this app hands to the pages that gather from all apps."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import DateField, IntegerField, TextField, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cities.models import City
from common import formats
from common.summary import Item

from . import services
from .models import AnnualReport, CityCheck, NetworkSection

Status = AnnualReport.Status


def needs_attention(user: User, at: datetime) -> Iterator[Item]:
    """For staff the next step of each report, what waits for them, and the workers' progress; for officials what they owe."""
    if user.is_staff:
        yield from _for_staff(user, at)
        return
    yield from _owed(user, timezone.localdate(at))


def _owed(user: User, on: date) -> Iterator[Item]:
    """Sections to write and sheets to verify, in one query."""
    sections = NetworkSection.objects.of_coordinator(user, on).filter(
        status=NetworkSection.Status.ASKED, report__status=Status.DRAFTING
    )
    checks = CityCheck.objects.filter(
        state__in=[CityCheck.State.WAITING, CityCheck.State.UNREACHED],
        city__in=City.objects.of_official(user, on),
        verification__closed_at=None,
        verification__until__gte=on,
        verification__snapshot__report__status=Status.COMPILED,
    )
    name = f"sections__network__name_{'fr' if formats.is_french() else 'en'}"
    columns = ["of_year", "to_do_by", "of_whom", "where", "is_section"]
    reports = AnnualReport.objects.filter(sections__in=sections.order_by().values("pk"))
    owed = reports.order_by().annotate(
        of_year=Cast("year", IntegerField()),
        to_do_by=Cast("sections__due_on", DateField()),
        of_whom=Cast(name, TextField()),
        where=Cast("sections__pk", TextField()),
        is_section=Value(True),
    )
    sheets = checks.order_by().annotate(
        of_year=Cast("verification__snapshot__report__year", IntegerField()),
        to_do_by=Cast("verification__until", DateField()),
        of_whom=Cast("city__name", TextField()),
        where=Cast("city__slug", TextField()),
        is_section=Value(False),
    )
    rows = owed.values_list(*columns).union(sheets.values_list(*columns), all=True)
    for year, due_on, name, where, is_section in rows:
        if is_section:
            title = _("Write the section of %(network)s for the annual report %(year)s")
            url = reverse("reports:section", args=[where])
        else:
            title = _("Verify the sheet of %(city)s in the annual report %(year)s")
            url = reverse("reports:sheet", args=[year, where])
        names = {"network": name, "city": name, "year": year}
        yield Item(title % names, url, due_at=formats.end_of(due_on), tone="warn")


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
