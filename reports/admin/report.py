from datetime import date, datetime

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from common import formats
from common.admin import PortalAdmin, service_action, status_column
from correspondence.forms import ScheduleForm
from correspondence.models import Signatory

from .. import dispatch, services, signing
from ..forms import AskNetworksForm, FreezeForm, NewReportForm, RoundForm, SkipForm
from ..models import AnnualReport, NetworkSection
from ..signing import SignatoryForm
from .pages import action_url
from .report_pages import Pages
from .shown import Shown

Status = AnnualReport.Status


@admin.register(AnnualReport)
class AnnualReportAdmin(Shown, Pages, PortalAdmin):
    list_display = ["year", status_column("status"), "done", "approved_at", "approved_by"]
    readonly_fields = [
        "state", "signatory", "written", "counted", "networks_asked", "drafted", "done", "verified", "frozen_facts",
        "approval", "sending",
    ]  # fmt: skip
    actions_detail = [
        "choose_signatory",
        "ask_networks",
        "compile_draft",
        "freeze",
        "compile",
        "cancel",
        "open_round",
        "skip_round",
        "approve",
        "prepare",
        "send",
        "send_later",
        "who_received",
        "reopen",
    ]

    def get_fieldsets(self, request: HttpRequest, obj: AnnualReport | None = None):
        if obj is None:
            return [(None, {"fields": ["year"]})]
        return [(None, {"fields": self.readonly_fields})]

    def get_readonly_fields(self, request: HttpRequest, obj: AnnualReport | None = None):
        return self.readonly_fields if obj else []

    def get_form(self, request: HttpRequest, obj: AnnualReport | None = None, **kwargs):
        if obj is None:
            form = type("Form", (NewReportForm,), {"user": request.user})
            return super().get_form(request, obj, form=form, **kwargs)
        return super().get_form(request, obj, **kwargs)

    def save_model(self, request, obj, form, change) -> None:
        """The form's service has written the row."""

    def has_delete_permission(self, request: HttpRequest, obj: AnnualReport | None = None) -> bool:
        return False

    # What can be done

    @service_action(
        description=_("Choose who signs"),
        permissions=["change"],
        question=_("Name, title and signature stand under each letter to a mayor."),
        done=_("The letters are signed by the person you chose."),
        when=lambda report: report.status == Status.DRAFTING,
        form_class=SignatoryForm,
    )
    def choose_signatory(self, request: HttpRequest, report: AnnualReport, signatory: Signatory | None) -> None:
        signing.choose_signatory(report, signatory, by=request.user)

    @service_action(
        description=_("Ask the networks"),
        permissions=["change"],
        question=_(
            "The coordinators are asked by mail to write the section of their network, and reminded before the date."
        ),
        done=_("The coordinators are asked."),
        when=lambda report: report.status == Status.DRAFTING,
        form_class=AskNetworksForm,
    )
    def ask_networks(self, request: HttpRequest, report: AnnualReport, networks, due_on: date) -> None:
        services.ask_networks(report, networks, due_on=due_on, by=request.user)

    @service_action(
        description=_("Compile a draft"),
        permissions=["change"],
        question=_(
            "Workers render the report and its annex from the facts as they are recorded now. Every page is marked as a draft; nothing is frozen."
        ),
        done=_("The draft is being rendered. Load this page again in a moment."),
        when=lambda report: report.status == Status.DRAFTING,
    )
    def compile_draft(self, request: HttpRequest, report: AnnualReport) -> None:
        services.compile_draft(report, by=request.user)

    @service_action(
        description=_("Freeze the facts"),
        permissions=["reports.freeze_annualreport"],
        question=lambda report: freezing_question(report),
        done=_("The facts are frozen. Compile the report next."),
        when=lambda report: report.status == Status.DRAFTING,
        form_class=FreezeForm,
    )
    def freeze(self, request: HttpRequest, report: AnnualReport, reason: str) -> None:
        services.freeze(report, by=request.user, reason=reason)

    @service_action(
        description=_("Compile"),
        permissions=["reports.compile_annualreport"],
        question=_(
            "Workers render the report in both languages, the data annex, and a letter with a sheet for each member city."
        ),
        done=_("The report is being compiled. This page shows how far it is."),
        when=lambda report: report.status == Status.FROZEN and not report.compiling_since,
    )
    def compile(self, request: HttpRequest, report: AnnualReport) -> HttpResponse:
        services.compile(report, by=request.user)
        return redirect(action_url("watch", report))

    @service_action(
        description=_("Stop compiling"),
        permissions=["reports.compile_annualreport"],
        question=_("What is done stays; the rest is rendered when you compile again."),
        done=_("Compiling was stopped."),
        when=lambda report: bool(report.compiling_since),
    )
    def cancel(self, request: HttpRequest, report: AnnualReport) -> None:
        services.cancel(report, by=request.user)

    @service_action(
        description=_("Ask the cities to verify"),
        permissions=["reports.compile_annualreport"],
        question=_(
            "The coordinators of each member city are asked by mail to look at the sheet of their city: to confirm it, or to ask for a correction."
        ),
        done=_("The cities are asked. This page says who has answered."),
        when=lambda report: report.status == Status.COMPILED and services.current_round(report) is None,
        form_class=RoundForm,
    )
    def open_round(self, request: HttpRequest, report: AnnualReport, until: date) -> HttpResponse:
        services.open_round(report, until=until, by=request.user)
        return redirect(action_url("verification", report))

    @service_action(
        description=_("Go on without the cities"),
        permissions=["reports.compile_annualreport"],
        question=_(
            "The report can be approved although cities were not asked, or have not answered. The reason stays on record."
        ),
        done=_("The reason is recorded. A second person can approve the report."),
        when=lambda report: report.status == Status.COMPILED,
        form_class=SkipForm,
    )
    def skip_round(self, request: HttpRequest, report: AnnualReport, reason: str) -> None:
        services.skip_round(report, reason=reason, by=request.user)

    @service_action(
        description=_("Approve"),
        permissions=["reports.approve_annualreport"],
        question=_(
            "You have read the documents. The report becomes public, and the approval holds for exactly these documents."
        ),
        done=_("The report is approved and public."),
        when=lambda report: report.status == Status.COMPILED,
    )
    def approve(self, request: HttpRequest, report: AnnualReport) -> None:
        services.approve(report, by=request.user)

    @service_action(
        description=_("Prepare the mailing"),
        permissions=["reports.send_annualreport"],
        question=lambda report: dispatch.preparing_question(report),
        when=lambda report: report.status == Status.APPROVED,
    )
    def prepare(self, request: HttpRequest, report: AnnualReport) -> None:
        dispatch.prepare_dispatch(report, by=request.user)
        report.refresh_from_db()
        counts = dispatch.letter_counts(report)
        messages.success(
            request,
            gettext("Ready: %(mails)s mails, %(skipped)s cities skipped with a reason. A second person sends them.")
            % counts,
        )

    @service_action(
        description=_("Send to the mayors"),
        permissions=["reports.send_annualreport"],
        question=lambda report: dispatch.sending_question(report),
        done=_("The mails are in the ledger and go out now."),
        when=lambda report: report.status == Status.APPROVED and report.mailing_id is not None,
    )
    def send(self, request: HttpRequest, report: AnnualReport) -> None:
        dispatch.send(report, by=request.user)

    @service_action(
        description=_("Send later"),
        permissions=["reports.send_annualreport"],
        question=lambda report: (
            dispatch.sending_question(report)
            + " "
            + gettext(
                "The report goes by itself, if it is still what was approved; if not, nobody gets it and you are told."
            )
        ),
        when=lambda report: report.status == Status.APPROVED and report.mailing_id is not None,
        form_class=ScheduleForm,
    )
    def send_later(self, request: HttpRequest, report: AnnualReport, send_at: datetime) -> None:
        dispatch.schedule(report, send_at=send_at, by=request.user)
        messages.success(request, gettext("The mailing goes on %(at)s.") % {"at": formats.strasbourg_time(send_at)})

    @action(description=_("Who received it"), permissions=["view"], url_path="received")
    def who_received(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:correspondence_mailing_sent", self.object_or_404(request, object_id).year)

    who_received.when = lambda report: report.mailing_id is not None

    @service_action(
        description=_("Reopen"),
        permissions=["reports.freeze_annualreport"],
        question=_(
            "The report goes back to drafting; an approval and a prepared mailing lapse. What was frozen stays on record."
        ),
        done=_("The report is being drafted again."),
        when=lambda report: report.status in (Status.FROZEN, Status.COMPILED, Status.APPROVED),
    )
    def reopen(self, request: HttpRequest, report: AnnualReport) -> None:
        services.reopen(report, by=request.user)


def freezing_question(report: AnnualReport) -> str:
    """What freezing means, and what of the networks would be left out."""
    sentences = [
        gettext(
            "The facts are written down as they are recorded now. Everything is rendered from them; later changes of the records change nothing."
        )
    ]
    missing = report.sections.exclude(status=NetworkSection.Status.ACCEPTED).select_related("network")
    if names := [section.network.name for section in missing]:
        sentences.append(
            gettext("Sections that were not accepted are left out: %(networks)s.") % {"networks": ", ".join(names)}
        )
    return " ".join(sentences)
