"""What this app hands to the pages that gather from all apps."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from common.summary import Item

from . import services
from .models import AnnualReport

Status = AnnualReport.Status


def needs_attention(user: User, at: datetime) -> Iterator[Item]:
    """For staff: the next step of each report that is not with the mayors yet, and the workers' progress."""
    if not user.is_staff:
        return
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


def _next_step(status: str) -> str:
    return {
        Status.DRAFTING: _("%(report)s: write the chapters and freeze the facts"),
        Status.FROZEN: _("%(report)s: compile"),
        Status.COMPILED: _("%(report)s: a second person approves"),
        Status.APPROVED: _("%(report)s: prepare and send the mailing"),
    }[Status(status)]
