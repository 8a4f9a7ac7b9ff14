"""The steps of membership: read in the list and on the page of the city, written by the services."""

from django import forms
from django.contrib import admin
from django.db.models import F
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminURLInputWidget,
    UnfoldBooleanWidget,
)

from common.admin import ExportOnly, PortalAdmin, PortalTabularInline, service_action, status_column
from common.dates import Precision
from common.exceptions import Refused, Stale
from common.uploads import check_upload

from .. import services
from ..models import MembershipStep
from ..models.membership import Step


class StepForm(forms.Form):
    """One step; the rules of the order are the service's."""

    kind = forms.ChoiceField(label=gettext_lazy("Step"), choices=Step, widget=UnfoldAdminSelectWidget)
    on = forms.DateField(label=gettext_lazy("Date"), required=False, widget=UnfoldAdminDateWidget)
    precision = forms.ChoiceField(
        label=gettext_lazy("Known to the"),
        choices=[(p.value, p.label) for p in Precision if p != Precision.TIME],
        initial=Precision.DAY,
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("For a year alone write its first day; for an unknown date leave the date empty."),
    )
    ordinal = forms.IntegerField(
        label=gettext_lazy("Ordinal"),
        required=False,
        min_value=1,
        max_value=32_000,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy(
            "Of a statement of intent, such as 145 for the 145th member; empty when it is not known."
        ),
    )
    document = forms.FileField(
        label=gettext_lazy("Document"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=gettext_lazy("PDF or office document. The officials of the city and the unit can open it."),
    )
    removes_document = forms.BooleanField(
        label=gettext_lazy("Remove the document"), required=False, widget=UnfoldBooleanWidget
    )
    source = forms.URLField(
        label=gettext_lazy("Source"), required=False, assume_scheme="https", widget=UnfoldAdminURLInputWidget
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        widget=UnfoldAdminTextareaWidget,
        help_text=gettext_lazy("Everybody can read it on the page of the city."),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.initial.get("document"):
            del self.fields["removes_document"]

    def clean_document(self):
        if file := self.cleaned_data["document"]:
            check_upload(file)
        return file or None

    def clean(self):
        cleaned = super().clean()
        cleaned.setdefault("removes_document", False)
        return cleaned


class StepInline(PortalTabularInline):
    """The path at a glance; each step leads to its page, a button of the city adds one."""

    model = MembershipStep
    fields = readonly_fields = ["step", "shown_date", "ordinal", "note"]
    ordering = [F("on").asc(nulls_first=True), "pk"]

    @display(description=gettext_lazy("step"))
    def step(self, step):
        url = reverse("admin:cities_membershipstep_change", args=[step.pk])
        return format_html(
            '<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>', url, step.get_kind_display()
        )

    @display(description=gettext_lazy("date"))
    def shown_date(self, step):
        return step.shown_date

    def has_add_permission(self, request, obj=None):
        return False

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(MembershipStep)
class MembershipStepAdmin(ExportOnly, PortalAdmin):
    list_display = ["city", status_column("kind", gettext_lazy("step")), "shown_date", "ordinal", "has_document"]
    list_filter = ["kind", "city__network_memberships__network", "city__country"]
    list_select_related = ["city"]
    search_fields = ["city__search", "note"]
    date_hierarchy = "on"
    ordering = [F("on").desc(nulls_last=True), "-pk"]
    fields = readonly_fields = ["city", "kind", "shown_date", "ordinal", "open_document", "source", "note"]
    actions_detail = ["correct", "remove"]

    def has_add_permission(self, request):
        return False  # a step is recorded from the page of its city

    def has_change_permission(self, request, obj=None):
        return False  # only by the buttons, which call the services

    has_delete_permission = has_change_permission

    @display(description=gettext_lazy("date"), ordering="on")
    def shown_date(self, step):
        return step.shown_date

    @display(description=gettext_lazy("document"), boolean=True)
    def has_document(self, step):
        return bool(step.document)

    @display(description=gettext_lazy("document"))
    def open_document(self, step):
        if not step.document:
            return "–"
        url = reverse("cities:step_document", args=[step.city.slug, step.pk])
        return format_html('<a href="{}">{}</a>', url, _("Open the document"))

    @service_action(
        description=gettext_lazy("Correct this step"),
        permissions=["cities.change_membershipstep"],
        question=gettext_lazy("The history keeps what stands now."),
        done=gettext_lazy("The step is corrected."),
        form_class=StepForm,
        initial=lambda step: {
            **{name: getattr(step, name) for name in services.STEP_FIELDS},
            "document": step.document,
            "version": step.version,
        },
    )
    def correct(self, request, step, *, document, **values):
        new = None if document == step.document else document
        try:
            services.save_step(step, by=request.user, document=new, **values)
        except Stale as stale:
            raise Refused([_meanwhile(stale.current)]) from None

    @service_action(
        description=gettext_lazy("Remove this step"),
        permissions=["cities.delete_membershipstep"],
        question=gettext_lazy(
            "For a step that was entered by mistake. The history keeps it; the city no longer shows it."
        ),
        done=gettext_lazy("The step is removed."),
    )
    def remove(self, request, step):
        services.remove_step(step, by=request.user)


def _meanwhile(step: MembershipStep) -> str:
    record = step.history.select_related("history_user").first()
    names = {"name": record.history_user or _("Somebody"), "step": step, "note": step.note or "–"}
    sentence = _("%(name)s changed this step while you were writing. It now says: %(step)s. Note: %(note)s.")
    advice = _("Open it again to correct it; copy what you typed first.")
    return f"{sentence % names} {advice}"
