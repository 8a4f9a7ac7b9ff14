import json
from datetime import date, datetime

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from common import formats
from common.admin import PortalAdmin, service_action, status_column
from correspondence.forms import ScheduleForm
from correspondence.models import Signatory

from .. import dispatch, figures, services, signing
from ..compare import differences
from ..facts.numbers import numbers
from ..forms import AskNetworksForm, FreezeForm, NewReportForm, RoundForm, SkipForm
from ..models import AnnualReport, NetworkSection
from ..services.verification import verification_obstacles
from ..signing import SignatoryForm
from ..snapshot import build, in_language
from .chapters import tasks
from .pages import action_url, ledger_url, link
from .verification import as_csv, counts, rounds

Status = AnnualReport.Status


@admin.register(AnnualReport)
class AnnualReportAdmin(PortalAdmin):
    list_display = ["year", status_column("status"), "done", "approved_at", "approved_by"]
    readonly_fields = [
        "state", "signatory", "written", "counted", "networks_asked", "drafted", "done", "verified", "frozen_facts",
        "approval", "sending",
    ]  # fmt: skip
    actions_detail = [
        "preview",
        "watch",
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

    # What is shown

    @admin.display(description=_("status"))
    def state(self, report: AnnualReport) -> str:
        return report.get_status_display()

    @admin.display(description=_("chapters"))
    def written(self, report: AnnualReport) -> str:
        rows = list(report.chapters.all())
        counts = {"written": sum(chapter.edited_at is not None for chapter in rows), "all": len(rows)}
        words = gettext("%(written)s of %(all)s edited") % counts
        return format_html("{}<br>{}", words, link(action_url("chapters", report), gettext("Write the chapters")))

    @admin.display(description=_("figures"))
    def counted(self, report: AnnualReport) -> str:
        count = report.manual_figures.count()
        words = ngettext("%(count)s entered by hand", "%(count)s entered by hand", count) % {"count": count}
        return format_html("{}<br>{}", words, link(action_url("figures", report), gettext("Figures and their rows")))

    @admin.display(description=_("sections of the networks"))
    def networks_asked(self, report: AnnualReport) -> str:
        states = list(report.sections.values_list("status", flat=True))
        if not states:
            return gettext("none asked yet")
        waiting, accepted = states.count("handed_in"), states.count("accepted")
        counts = {"asked": len(states), "handed_in": waiting + accepted, "accepted": accepted}
        words = gettext("%(asked)s asked, %(handed_in)s handed in, %(accepted)s accepted") % counts
        address = reverse("admin:reports_networksection_changelist") + f"?report__id__exact={report.pk}"
        return format_html("{}<br>{}", words, link(address, gettext("Each section")))

    @admin.display(description=_("draft"))
    def drafted(self, report: AnnualReport) -> str:
        draft = report.draft()
        if draft is None:
            return gettext("none")
        rows = draft.renditions.all()
        parts = [
            link(reverse("reports:draft", args=[report.year, row.kind, row.language]), row)
            if row.state == "done"
            else f"{row}: {row.error or row.get_state_display()}"
            for row in rows
        ]
        head = format_html("{}<br>", formats.strasbourg_time(draft.frozen_at))
        return head + format_html_join(mark_safe("<br>"), "{}", ((part,) for part in parts))

    @admin.display(description=_("verification by the cities"))
    def verified(self, report: AnnualReport) -> str:
        found = rounds(report)
        if not found:
            return gettext("not asked yet")
        latest = found[0]
        words = latest.skipped_reason or ", ".join(f"{label}: {count}" for _state, label, count in counts(latest))
        return format_html("{}<br>{}", words, link(action_url("verification", report), gettext("Who did what")))

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
            for snapshot in report.freezes().select_related("frozen_by")
        ]
        if not rows:
            return gettext("not frozen yet")
        versions = format_html_join("", "<p>{}: {} – {} {}<br><code>{}</code></p>", rows)
        return versions + link(action_url("compare", report), gettext("Compare versions, or with the records of today"))

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

    # Pages of their own

    def get_urls(self):
        pages = {
            "chapters": self.chapters_view,
            "figures": self.figures_view,
            "verification": self.verification_view,
            "compare": self.compare_view,
        }
        own = [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"reports_annualreport_{name}")
            for name, view in pages.items()
        ]
        return [*own, *super().get_urls()]

    def page(self, request: HttpRequest, report: AnnualReport, name: str, title: str, **context) -> HttpResponse:
        context |= self.admin_site.each_context(request) | {
            "title": f"{title} – {report}",
            "opts": self.opts,
            "original": report,
            "back_url": self.back_url(report),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"reports/admin/{name}.html", context)

    def chapters_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        report = self.object_or_404(request, object_id)
        rows = tasks(report, request.user, timezone.now())
        return self.page(request, report, "chapters", gettext("The chapters"), rows=rows)

    def figures_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The figures as the records stand; with `?key=` the rows behind one, `&before` those of the year before."""
        report = self.object_or_404(request, object_id)
        end = figures.last_day(report.year, timezone.localdate())
        key = request.GET.get("key", "")
        if not key:
            rows = in_language(numbers(report, end), "fr" if formats.is_french() else "en")
            add_url = reverse("admin:reports_manualfigure_add") + f"?report={report.pk}"
            return self.page(request, report, "figures", gettext("Figures"), rows=rows, end=end, add_url=add_url)
        if key not in figures.known_keys():
            raise Http404
        is_before = "before" in request.GET
        year, end = (report.year - 1, figures.last_day(report.year - 1)) if is_before else (report.year, end)
        rows = list(figures.behind(key, year, end))
        label = figures.counted(end)[key].label
        return self.page(request, report, "behind", f"{label} ({year})", rows=rows, year=year)

    def verification_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        report = self.object_or_404(request, object_id)
        found = rounds(report)
        wanted = request.GET.get("version", "")
        shown = next((row for row in found if str(row.snapshot.version) == wanted), found[0] if found else None)
        if shown and request.GET.get("format") == "csv":
            return as_csv(shown)
        return self.page(
            request,
            report,
            "verification",
            gettext("Verification by the cities"),
            rounds=found,
            shown=shown,
            counts=counts(shown) if shown else [],
            rows=shown.checks.select_related("city", "said_by") if shown else [],
            obstacles=list(verification_obstacles(report, timezone.now())) if report.status == Status.COMPILED else [],
        )

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """`?from=1&to=2`; without `to`, what changed in the records since."""
        report = self.object_or_404(request, object_id)
        versions = list(report.freezes().order_by("version"))
        known = {str(row.version): row for row in versions}
        old = known.get(request.GET.get("from", ""), versions[-1] if versions else None)
        new = known.get(request.GET.get("to", ""))
        found = None
        if old:
            after = json.loads(new.data) if new else build(report, timezone.now())
            found = differences(json.loads(old.data), after, "fr" if formats.is_french() else "en")
        return self.page(
            request, report, "compare", gettext("Compare"), versions=versions, old=old, new=new, found=found
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
