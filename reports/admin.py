from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from common.admin import PortalAdmin, service_action, status_column
from correspondence.models import Signatory

from . import dispatch, figures, services, signing
from .document import prose
from .forms import ChapterForm, FreezeForm, NewReportForm
from .models import AnnualReport, Chapter, CityLink
from .placeholders import filled
from .signing import SignatoryForm

Status = AnnualReport.Status


@admin.register(AnnualReport)
class AnnualReportAdmin(PortalAdmin):
    list_display = ["year", status_column("status"), "done", "approved_at", "approved_by"]
    readonly_fields = ["state", "signatory", "chapter_links", "done", "frozen_facts", "approval", "sending"]
    actions_detail = [
        "preview",
        "watch",
        "choose_signatory",
        "freeze",
        "compile",
        "cancel",
        "approve",
        "prepare",
        "send",
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

    # What is shown

    @admin.display(description=_("status"))
    def state(self, report: AnnualReport) -> str:
        return report.get_status_display()

    @admin.display(description=_("chapters"))
    def chapter_links(self, report: AnnualReport) -> str:
        rows = [
            (reverse("admin:reports_chapter_change", args=[chapter.pk]), chapter.get_kind_display())
            for chapter in report.chapters.all()
        ]
        return format_html(
            "<ul>{}</ul>",
            format_html_join(
                "", '<li><a class="text-primary-600 underline dark:text-primary-500" href="{}">{}</a></li>', rows
            ),
        )

    @admin.display(description=_("documents"))
    def done(self, report: AnnualReport) -> str:
        counts = services.progress(report)
        if not counts["total"]:
            return gettext("none yet")
        return gettext("%(done)s of %(total)s done, %(failed)s failed") % counts

    @admin.display(description=_("frozen facts"))
    def frozen_facts(self, report: AnnualReport) -> str:
        rows = [
            (
                snapshot.version,
                snapshot.frozen_at.date().isoformat(),
                snapshot.frozen_by,
                snapshot.reason,
                snapshot.sha256,
            )
            for snapshot in report.snapshots.select_related("frozen_by")
        ]
        if not rows:
            return gettext("not frozen yet")
        return format_html_join("", "<p>{}: {} – {} {}<br><code>{}</code></p>", rows)

    @admin.display(description=_("approval"))
    def approval(self, report: AnnualReport) -> str:
        if not report.approved_at:
            return gettext("not approved yet")
        return format_html(
            "{} – {}<br><code>{}</code>",
            report.approved_at.date().isoformat(),
            report.approved_by,
            report.approved_sha256,
        )

    @admin.display(description=_("sending"))
    def sending(self, report: AnnualReport) -> str:
        if report.mailing is None:
            return gettext("not prepared yet")
        counts = dispatch.letter_counts(report)
        words = gettext("%(mails)s mails, %(skipped)s cities skipped with a reason, %(sent)s sent") % counts
        return format_html(
            '{}<br><a class="text-primary-600 underline dark:text-primary-500" href="{}">{}</a>',
            words,
            ledger_url(report),
            gettext("Each recipient"),
        )

    # What can be done

    @action(description=_("Preview as a page"), permissions=["view"], url_path="preview")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(self.object_or_404(request, object_id))

    @action(description=_("Documents and progress"), permissions=["view"], url_path="documents")
    def watch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Works by itself: the page loads again every few seconds while workers are busy."""
        report = self.object_or_404(request, object_id)
        frozen = report.snapshot()
        rows = frozen.renditions.select_related("city").order_by("-kind", "language", "city__search") if frozen else []
        context = self.admin_site.each_context(request) | {
            "title": gettext("Documents and progress"),
            "opts": self.opts,
            "original": report,
            "progress": services.progress(report),
            "rows": rows,
            "back_url": self.back_url(report),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "reports/admin/progress.html", context)

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
        description=_("Freeze the facts"),
        permissions=["reports.freeze_annualreport"],
        question=_(
            "The facts are written down as they are recorded now. Everything is rendered from them; later changes of the records change nothing."
        ),
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


@admin.register(Chapter)
class ChapterAdmin(PortalAdmin):
    list_display = ["kind", "report", "version"]
    list_filter = ["report"]
    list_select_related = ["report"]
    readonly_fields = ["report", "kind", "known_figures"]
    fields = ["report", "kind", ("text_en", "text_fr"), "known_figures", "opened"]
    actions_detail = ["preview_text"]

    def get_form(self, request: HttpRequest, obj: Chapter | None = None, **kwargs):
        form = type("Form", (ChapterForm,), {"user": request.user})
        return super().get_form(request, obj, form=form, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name.startswith("text_") and field:
            field.widget.attrs["rows"] = 18
        return field

    def save_model(self, request, obj, form, change) -> None:
        """The form's service has written the row."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Chapter | None = None) -> bool:
        return False

    @admin.display(description=_("figures that a text can name"))
    def known_figures(self, chapter: Chapter) -> str:
        return format_html_join(
            "", "<code>{}</code><br>", [(f"{{{{ figures.{key} }}}}",) for key in figures.known_keys()]
        )

    @action(description=_("Preview"), permissions=["view"], url_path="preview")
    def preview_text(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The saved texts with today's figures filled in."""
        chapter = self.object_or_404(request, object_id)
        year = chapter.report.year
        values = {figure.key: (str(figure.value), figure.unit) for figure in figures.figures(year)}
        texts = [
            {
                "language": language,
                "name": name,
                "html": prose(filled(getattr(chapter, f"text_{language}") or "", values, year, language)),
            }
            for language, name in (("en", gettext("English")), ("fr", gettext("French")))
        ]
        context = self.admin_site.each_context(request) | {
            "title": chapter.get_kind_display(),
            "opts": self.opts,
            "original": chapter,
            "texts": texts,
            "back_url": self.back_url(chapter),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "reports/admin/preview.html", context)


@admin.register(CityLink)
class CityLinkAdmin(PortalAdmin):
    list_display = ["city", "report", "expires_at", "opened_at", "revoked_at"]
    list_filter = ["report"]
    list_select_related = ["city", "report"]
    readonly_fields = ["city", "report", "expires_at", "opened_at", "revoked_at"]
    actions_detail = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CityLink | None = None) -> bool:
        return False

    @service_action(
        description=_("Withdraw the link"),
        permissions=["reports.send_annualreport"],
        question=_("From now on this address opens nothing. The city can be given a new one."),
        done=_("The link is withdrawn."),
        when=lambda link: link.revoked_at is None,
    )
    def revoke(self, request: HttpRequest, link: CityLink) -> None:
        dispatch.revoke_link(link)


def action_url(name: str, report: AnnualReport) -> str:
    return reverse(f"admin:reports_annualreport_{name}", args=[report.pk])


def ledger_url(report: AnnualReport) -> str:
    """The messages of the report's mailing in the ledger."""
    return reverse("admin:mail_message_changelist") + f"?mailing={report.mailing.key}"
