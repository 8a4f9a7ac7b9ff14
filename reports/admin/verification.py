"""What the cities said to their sheets."""

import csv

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import formats
from common.admin import PortalAdmin, service_action, status_column
from common.spreadsheets import neutralise

from .. import services
from ..forms import AnswerForm
from ..models import AnnualReport, CityCheck, Verification

State = CityCheck.State


@admin.register(CityCheck)
class CityCheckAdmin(PortalAdmin):
    list_display = ["city", "version", status_column("state"), "said_at", "said_by"]
    list_filter = ["verification__snapshot__report", "state"]
    list_select_related = ["city", "verification__snapshot__report", "said_by"]
    search_fields = ["city__search"]
    readonly_fields = [
        "city", "version", "state", "said_at", "said_by", "kept_from", "request", "answer", "answered_at",
    ]  # fmt: skip
    fields = readonly_fields
    actions_detail = ["answer_city"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CityCheck | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("version"))
    def version(self, check: CityCheck) -> str:
        return str(check.verification.snapshot)

    @service_action(
        description=gettext_lazy("Answer the request"),
        permissions=["change"],
        question=lambda check: check.request,
        done=gettext_lazy(
            "The city is told. To change its sheet, correct the record, reopen the report and freeze it again."
        ),
        when=lambda check: check.state == State.CORRECTION,
        form_class=AnswerForm,
    )
    def answer_city(self, request: HttpRequest, check: CityCheck, answer: str) -> None:
        services.answer_request(check, answer=answer, by=request.user)


def rounds(report: AnnualReport) -> list[Verification]:
    """The rounds of a report, the newest version first."""
    found = Verification.objects.filter(snapshot__report=report).select_related("snapshot", "opened_by", "skipped_by")
    return list(found.order_by("-snapshot__version"))


def counts(found: Verification) -> list[tuple[str, str, int]]:
    """State, its label, and how many cities are in it."""
    rows = dict(found.checks.order_by().values_list("state").annotate(count=Count("pk")))
    return [(state.value, str(state.label), rows[state]) for state in State if state in rows]


def answers(found: Verification) -> list[CityCheck]:
    """The cities by name, those that ask for a correction first."""
    rows = found.checks.select_related("city", "said_by")
    return sorted(rows, key=lambda check: check.state != State.CORRECTION)


def as_csv(found: Verification) -> HttpResponse:
    """Who said what, for a spreadsheet."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"verification-{found.snapshot.report.year}-v{found.snapshot.version}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response.write("\ufeff")  # for Excel
    writer = csv.writer(response)
    writer.writerow(
        [_("City"), _("State"), _("When"), _("Who"), _("What should be corrected"), _("Answer of the unit")]
    )
    for check in found.checks.select_related("city", "said_by"):
        row = [
            check.city.name,
            check.get_state_display(),
            formats.iso(check.said_at) if check.said_at else "",
            check.said_by.name if check.said_by else "",
            check.request,
            check.answer,
        ]
        writer.writerow([neutralise(cell) for cell in row])
    return response
