"""The networks' sections and the figures entered by hand."""

from datetime import date

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin import TranslatedAdmin, service_action, status_column
from common.exceptions import Refused, Stale

from .. import figures, live, services
from ..facts.numbers import of_manual
from ..forms import ReturnForm
from ..models import AnnualReport, ManualFigure, NetworkSection
from ..snapshot import LANGUAGES
from ..templatetags.reports import number

Status = NetworkSection.Status


class SectionAdminForm(forms.ModelForm):
    """The unit's own changes to a section. `opened` is the version that the person began from."""

    opened = forms.IntegerField(widget=forms.HiddenInput, required=False)
    user = None

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial["opened"] = self.instance.version

    def clean(self) -> dict:
        """Saves the section, so that a refusal stands beside what was typed."""
        cleaned = super().clean()
        if self.errors or not self.has_changed():
            return cleaned
        try:
            self.instance = services.save_section(
                self.instance,
                text_en=cleaned.get("text_en") or "",
                text_fr=cleaned.get("text_fr") or "",
                version=cleaned.get("opened") or 0,
                by=self.user,
            )
        except Stale as stale:
            self.data = self.data.copy()
            self.data["opened"] = str(stale.current.version)
            raise Refused(
                [
                    _("Somebody else saved this section meanwhile. Compare the two texts below and save yours again."),
                    _("Saved meanwhile, in English: %(text)s") % {"text": stale.current.text_en},
                    _("Saved meanwhile, in French: %(text)s") % {"text": stale.current.text_fr},
                ]
            ) from stale
        return cleaned

    def _post_clean(self) -> None:
        """The service has written the row."""

    def save(self, commit: bool = True) -> NetworkSection:
        self.save_m2m = lambda: None
        return self.instance


@admin.register(NetworkSection)
class NetworkSectionAdmin(TranslatedAdmin):
    list_display = ["network", "report", status_column("status"), "due_on", "handed_in_at", "handed_in_by"]
    list_filter = ["report", "status"]
    list_select_related = ["network", "report", "handed_in_by"]
    readonly_fields = [
        "report", "network", "status", "due_on", "asked_at", "handed_in_at", "handed_in_by", "note", "accepted_at",
        "looks",
    ]  # fmt: skip
    fields = [*readonly_fields, "text", "opened"]
    actions_detail = ["accept", "send_back"]

    def get_form(self, request: HttpRequest, obj: NetworkSection | None = None, **kwargs):
        form = type("Form", (SectionAdminForm,), {"user": request.user})
        return super().get_form(request, obj, form=form, **kwargs)

    def save_model(self, request, obj, form, change) -> None:
        """The form's service has written the row."""

    @admin.display(description=gettext_lazy("how it will look"))
    def looks(self, section: NetworkSection) -> str:
        written = {language: text for language in LANGUAGES if (text := getattr(section, f"text_{language}") or "")}
        shown = live.preview(section.report, written, timezone.now())
        parts = ((language, part["html"]) for language, part in shown.items())
        return format_html_join("", '<div class="prose" lang="{}">{}</div>', parts) or "–"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # networks are asked from the page of the report

    def has_delete_permission(self, request: HttpRequest, obj: NetworkSection | None = None) -> bool:
        return False

    @service_action(
        description=gettext_lazy("Accept"),
        permissions=["change"],
        question=gettext_lazy("The section stands in the chapter on networks, as it is."),
        done=gettext_lazy("The section is accepted."),
        when=lambda section: section.status != Status.ACCEPTED,
    )
    def accept(self, request: HttpRequest, section: NetworkSection) -> None:
        services.accept_section(section, by=request.user)

    @service_action(
        description=gettext_lazy("Send back"),
        permissions=["change"],
        question=gettext_lazy("The coordinator gets a mail that says what should change, and can write again."),
        done=gettext_lazy("The section is with the coordinator again."),
        when=lambda section: section.status != Status.ASKED,
        form_class=ReturnForm,
    )
    def send_back(self, request: HttpRequest, section: NetworkSection, note: str, due_on: date) -> None:
        services.return_section(section, note=note, due_on=due_on, by=request.user)


class ManualFigureForm(forms.ModelForm):
    def clean(self) -> dict:
        cleaned = super().clean()
        report = cleaned.get("report") or getattr(self.instance, "report", None)
        if report and report.status != AnnualReport.Status.DRAFTING:
            raise Refused([_("The report is frozen. Reopen it to change its figures.")])
        if cleaned.get("key") in figures.known_keys():
            self.add_error("key", _("The portal counts a figure of this name itself. Choose another name."))
        return cleaned


@admin.register(ManualFigure)
class ManualFigureAdmin(TranslatedAdmin):
    form = ManualFigureForm
    list_display = ["label", "key", "report", "shown", "shown_before", "source"]
    list_filter = ["report"]
    list_select_related = ["report"]
    fields = ["report", "key", "label", "value", "previous", "source"]

    @admin.display(description=gettext_lazy("value"))
    def shown(self, figure: ManualFigure) -> str:
        return number(of_manual(figure)["value"])

    @admin.display(description=gettext_lazy("the year before"))
    def shown_before(self, figure: ManualFigure) -> str:
        return number(of_manual(figure)["previous"])

    def has_change_permission(self, request: HttpRequest, obj: ManualFigure | None = None) -> bool:
        return super().has_change_permission(request, obj) and is_drafting(obj)

    def has_delete_permission(self, request: HttpRequest, obj: ManualFigure | None = None) -> bool:
        return super().has_change_permission(request, obj) and obj is not None and is_drafting(obj)


def is_drafting(figure: ManualFigure | None) -> bool:
    return figure is None or figure.report.status == AnnualReport.Status.DRAFTING
