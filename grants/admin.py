"""Calls, applications and awards in the administration; each step of the work is an action that calls its service."""

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from common.admin import (
    ImportExport,
    PortalAdmin,
    PortalResource,
    PortalTabularInline,
    TranslatedAdmin,
    service_action,
    status_column,
)
from common.formats import euros, strasbourg_time

from . import services
from .forms import LONG, EuroField
from .models import Application, Assessment, Award, Call, Decision, Extension, Partner
from .receipt import readable


class ReadOnly:
    """Rows that come about through the pages or through actions, never by typing them here."""

    def has_add_permission(self, request, *args) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Decision.Outcome.choices, widget=UnfoldAdminSelectWidget)
    amount = EuroField(label=_("Amount of the award, in euros"), required=False, widget=UnfoldAdminTextInputWidget)
    reasons = forms.CharField(
        label=_("Reasons for the applicant"), required=False, max_length=LONG, widget=UnfoldAdminTextareaWidget
    )


class AssessorForm(forms.Form):
    assessor = forms.ModelChoiceField(
        User.objects.filter(is_assessor=True, is_active=True), label=_("Assessor"), widget=UnfoldAdminSelectWidget
    )


# Calls -----------------------------------------------------------------------------------------


class CallForm(forms.ModelForm):
    def clean_envelope(self):
        envelope = self.cleaned_data["envelope"]
        if self.instance.pk:
            services.check_envelope(self.instance, envelope)
        return envelope


@admin.register(Call)
class CallAdmin(TranslatedAdmin):
    form = CallForm
    list_display = ["title", "year", "opens", "deadline", "is_published", "submitted_count", "released"]
    list_filter = ["year", "is_published"]
    search_fields = ["title_en", "title_fr"]
    readonly_fields = ["envelope_state", "released_at"]
    actions_detail = ["release"]
    fieldsets = [
        (None, {"fields": ["title", "year", "summary", "description", "is_published", "is_made_up"]}),
        (_("Time, in Strasbourg"), {"fields": ["opens_at", "closes_at"]}),
        (_("Conditions"), {"fields": ["min_cities", "ceiling", "cofinancing_share"]}),
        (_("Decisions"), {"fields": ["envelope", "envelope_state", "released_at"]}),
    ]

    def get_queryset(self, request):
        submitted = Count("applications", filter=~Q(applications__status=Application.Status.DRAFT))
        return super().get_queryset(request).annotate(submitted=submitted)

    @display(description=_("opens"), ordering="opens_at")
    def opens(self, call):
        return strasbourg_time(call.opens_at)

    @display(description=_("deadline"), ordering="closes_at")
    def deadline(self, call):
        return strasbourg_time(call.closes_at)

    @display(description=_("submitted"), ordering="submitted")
    def submitted_count(self, call):
        return call.submitted

    @display(description=_("decisions released"), boolean=True)
    def released(self, call):
        return call.released_at is not None

    @display(description=_("awarded, drafts included"))
    def envelope_state(self, call):
        if not call.pk:
            return "–"
        spent = services.awarded_so_far(call)
        return gettext("%(spent)s of %(envelope)s; %(left)s is left") % {
            "spent": euros(spent),
            "envelope": euros(call.envelope),
            "left": euros(call.envelope - spent),
        }

    @service_action(
        description=_("Release the decisions"),
        permissions=["grants.release_call"],
        question=_(
            "Every decision of this call becomes known to its applicants now, all at once; awards go into the public "
            "register, and the lead cities are written to. This cannot be taken back."
        ),
        done=_("The decisions are released."),
        when=lambda call: call.released_at is None and call.closes_at <= timezone.now(),
    )
    def release(self, request, call):
        services.release_decisions(call, by=request.user)


# Applications ----------------------------------------------------------------------------------


class PartnerInline(ReadOnly, PortalTabularInline):
    model = Partner
    fields = ["city", "is_lead", "confirmed_at", "confirmed_by"]
    readonly_fields = fields


class AssessmentInline(ReadOnly, PortalTabularInline):
    model = Assessment
    fields = ["assessor", "declared_at", "has_conflict", "score", "comment", "scored_at"]
    readonly_fields = fields


@admin.register(Application)
class ApplicationAdmin(ReadOnly, PortalAdmin):
    """What was submitted, as it was frozen. Drafts belong to their cities and are not shown."""

    list_display = ["reference", "title", "lead_city", status_column("status"), "asked", "mean_score", "drafted"]
    list_filter = ["call", "status"]
    search_fields = ["reference", "title", "partners__city__search"]
    ordering = ["-reference"]
    list_select_related = ["call", "decision"]
    inlines = [PartnerInline, AssessmentInline]
    actions_detail = ["decide", "assign"]
    fields = ["reference", "call", "status", "submitted_at", "submitted_by", "sha256", "drafted", "project", "budget"]
    readonly_fields = fields

    def get_queryset(self, request):
        rows = super().get_queryset(request).exclude(status=Application.Status.DRAFT)
        return rows.prefetch_related("partners__city", "assessments")

    @display(description=_("lead city"))
    def lead_city(self, application):
        return next((p.city.name for p in application.partners.all() if p.is_lead), "")

    @display(description=_("grant asked for"))
    def asked(self, application):
        return euros(application.frozen["amount"])

    @display(description=_("mean score"))
    def mean_score(self, application):
        scores = [a.score for a in application.assessments.all() if a.score is not None]
        return f"{sum(scores) / len(scores):.1f} ({len(scores)})" if scores else "–"

    @display(description=_("decision"))
    def drafted(self, application):
        decision = getattr(application, "decision", None)
        if decision is None:
            return "–"
        amount = f", {euros(decision.amount)}" if decision.amount is not None else ""
        state = "" if application.call.released_at else " " + gettext("(not released)")
        return f"{decision.get_outcome_display()}{amount}{state}"

    @display(description=_("project"))
    def project(self, application):
        labels = {f.name: f.verbose_name for f in Application._meta.get_fields() if hasattr(f, "verbose_name")}
        rows = [
            (labels[name], application.frozen["project"][name])
            for name in ("title", "theme", "summary", "objectives", "activities")
        ]
        return format_html_join("", '<p class="font-semibold">{}</p><p class="mb-3 whitespace-pre-line">{}</p>', rows)

    @display(description=_("budget"))
    def budget(self, application):
        it = readable(application.frozen)
        lines = [
            (city["name"], line["label_of_heading"], line["label"], euros(line["amount"]), euros(line["cofinancing"]))
            for city in it["cities"]
            for line in city["lines"]
        ]
        total = (gettext("Total"), "", "", euros(it["amount"]), euros(it["cofinancing"]))
        cells = '<tr><th scope="row" class="pr-4 text-left">{}</th><td class="pr-4">{}</td><td class="pr-4">{}</td><td class="pr-4 text-right">{}</td><td class="text-right">{}</td></tr>'
        heads = [
            (gettext("City"),),
            (gettext("Heading"),),
            (gettext("What for"),),
            (gettext("Grant"),),
            (gettext("Co-financing"),),
        ]
        head = format_html_join("", '<th scope="col" class="pr-4 text-left">{}</th>', heads)
        return format_html(
            "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
            head,
            format_html_join("", cells, [*lines, total]),
        )

    @service_action(
        description=_("Record the decision"),
        permissions=["grants.decide_application"],
        question=_(
            "The decision is a draft: applicants see nothing of it until the decisions of the call are released."
        ),
        done=_("The decision is recorded."),
        when=lambda application: application.status == Application.Status.SUBMITTED,
        form_class=DecisionForm,
    )
    def decide(self, request, application, **decision):
        services.record_decision(application, **decision, by=request.user)

    @service_action(
        description=_("Assign an assessor"),
        permissions=["grants.decide_application"],
        question=_("The assessor gets a message, declares any interest, and then scores the application."),
        done=_("The assessor is assigned."),
        when=lambda application: application.status == Application.Status.SUBMITTED,
        form_class=AssessorForm,
    )
    def assign(self, request, application, assessor):
        services.assign_assessor(application, assessor, by=request.user)


# Extensions ------------------------------------------------------------------------------------


class ExtensionForm(forms.ModelForm):
    class Meta:
        model = Extension
        fields = ["application", "until_at", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if field := self.fields.get("application"):
            field.queryset = Application.objects.filter(status=Application.Status.DRAFT).for_list()
            field.label_from_instance = lambda application: (
                f"{application.lead_city}: {application.title} ({application.call})"
            )

    def clean(self):
        cleaned = super().clean()
        if (until_at := cleaned.get("until_at")) and until_at <= timezone.now():
            self.add_error("until_at", gettext("The extension must end in the future."))
        return cleaned


@admin.register(Extension)
class ExtensionAdmin(PortalAdmin):
    """A late submission that a named person allowed; given once, never edited."""

    form = ExtensionForm
    list_display = ["application", "until_at", "granted_by", "granted_at", "used_at"]
    list_select_related = ["application", "granted_by"]

    def has_add_permission(self, request) -> bool:
        return request.user.has_perm("grants.decide_application")

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def save_model(self, request, obj, form, change):
        granted = services.grant_extension(obj.application, until_at=obj.until_at, reason=obj.reason, by=request.user)
        obj.pk, obj.granted_by, obj._state.adding = granted.pk, request.user, False


# Awards ----------------------------------------------------------------------------------------


class AwardResource(PortalResource):
    class Meta(PortalResource.Meta):
        model = Award
        fields = ["id", "year", "project", "theme", "amount", "source", "published_at"]


@admin.register(Award)
class AwardAdmin(ImportExport, PortalAdmin):
    """The public register. Awards of a call come from releasing its decisions; earlier ones are entered here."""

    list_display = ["project", "year", "lead_city", "theme", "amount_or_not", "reference"]
    list_filter = ["year", "theme"]
    search_fields = ["search", "lead_city__search", "cities__search"]
    list_select_related = ["lead_city", "application"]
    filter_horizontal = ["cities"]
    resource_classes = [AwardResource]
    fields = ["project", "year", "theme", "lead_city", "cities", "amount", "source", "published_at", "application"]

    def get_readonly_fields(self, request, obj=None):
        return ["application", *(["year", "lead_city", "cities", "amount"] if obj and obj.application_id else [])]

    def has_delete_permission(self, request, obj=None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.application_id)

    @display(description=_("amount"), ordering="amount")
    def amount_or_not(self, award):
        return gettext("not found") if award.amount is None else euros(award.amount)

    @display(description=_("reference"))
    def reference(self, award):
        return award.application.reference if award.application else ""
