"""The yearly contributions of the cities: what is due, paid and waived."""

from datetime import date
from io import BytesIO

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from openpyxl import Workbook
from openpyxl.styles import Font
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from common import formats
from common.admin import ImportExport, PortalAdmin, service_action, status_column

from .. import services
from ..models import Contribution
from .resources import ContributionResource

Status = Contribution.Status


class YearForm(forms.Form):
    year = forms.IntegerField(
        label=gettext_lazy("Year"), widget=UnfoldAdminIntegerFieldWidget, initial=lambda: timezone.localdate().year
    )
    due_on = forms.DateField(
        label=gettext_lazy("To be paid by"),
        required=False,
        widget=UnfoldAdminDateWidget,
        help_text=gettext_lazy("After this day what is not paid counts as overdue."),
    )


class PaidForm(forms.Form):
    on = forms.DateField(label=gettext_lazy("Paid on"), widget=UnfoldAdminDateWidget, initial=timezone.localdate)


class WaiverForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, widget=UnfoldAdminTextInputWidget(attrs={"size": 60})
    )


class OverdueFilter(admin.SimpleListFilter):
    title = gettext_lazy("overdue")
    parameter_name = "overdue"

    def lookups(self, request, model_admin):
        return [("yes", _("Due, and its day is over"))]

    def queryset(self, request, queryset):
        return queryset.overdue(timezone.localdate()) if self.value() == "yes" else queryset


def is_due(contribution: Contribution) -> bool:
    return contribution.status == Status.DUE


def question_of_a_year() -> str:
    return _(
        "Each member city of the international network that has no contribution for the year yet gets one of %(amount)s. "
        "Those that have one keep it, so this can be repeated when a city joins. A city counts as a member as of today, "
        "or as of the day of the year nearest to today."
    ) % {"amount": formats.euros(settings.ICC_CONTRIBUTION_EUR)}


@admin.register(Contribution)
class ContributionAdmin(ImportExport, PortalAdmin):
    resource_classes = [ContributionResource]
    list_display = ["city", "year", "shown_amount", status_column("status"), "due_on", "settled_on", "settled_by"]
    list_filter = [OverdueFilter, "status", "year", "city__country"]
    list_select_related = ["city", "settled_by"]
    list_before_template = "admin/contributions.html"
    search_fields = ["city__search", "reason"]
    autocomplete_fields = ["city"]
    fields = ["city", "year", "amount", "due_on", "status", "settled_on", "settled_by", "reason"]
    readonly_fields = ["status", "settled_on", "settled_by", "reason"]
    actions_list = ["open_year", "overview"]
    actions_detail = ["pay", "waive", "set_due_again"]

    @display(description=gettext_lazy("amount"), ordering="amount")
    def shown_amount(self, contribution):
        return formats.euros(contribution.amount)

    def get_readonly_fields(self, request, obj=None):
        return self.fields if obj and not is_due(obj) else self.readonly_fields

    def get_changeform_initial_data(self, request):
        return {"year": timezone.localdate().year, "amount": settings.ICC_CONTRIBUTION_EUR}

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or is_due(obj))

    def changelist_view(self, request, extra_context=None):
        years = Contribution.objects.overview(timezone.localdate())
        return super().changelist_view(request, {**(extra_context or {}), "years": years})

    @service_action(
        description=gettext_lazy("Open the contributions of a year"),
        permissions=["cities.add_contribution"],
        question=question_of_a_year,
        form_class=YearForm,
    )
    def open_year(self, request, *, year, due_on):
        count = services.open_contributions(year, by=request.user, due_on=due_on)
        sentence = ngettext(
            "%(count)s contribution for %(year)s was opened.",
            "%(count)s contributions for %(year)s were opened.",
            count,
        )
        if not count:
            sentence = _("Every city that owes a contribution for %(year)s has it already. Nothing was changed.")
        self.message_user(request, sentence % {"count": count, "year": year})
        return redirect(f"{self.back_url()}?year={year}")

    @action(description=gettext_lazy("Overview as a table (XLSX)"), permissions=["view"])
    def overview(self, request):
        """The sums of each year, as the list shows them."""
        today = timezone.localdate()
        answer = HttpResponse(overview_table(today), content_type=XLSX)
        answer["Content-Disposition"] = f'attachment; filename="contributions-{today.isoformat()}.xlsx"'
        return answer

    @service_action(
        description=gettext_lazy("Mark as paid"),
        permissions=["change"],
        question=gettext_lazy("The portal keeps who entered the payment."),
        done=gettext_lazy("The contribution is paid."),
        when=is_due,
        form_class=PaidForm,
    )
    def pay(self, request, contribution, *, on):
        services.mark_paid(contribution, on, by=request.user)

    @service_action(
        description=gettext_lazy("Waive"),
        permissions=["change"],
        question=gettext_lazy("The city need not pay for this year. The portal keeps the reason and who entered it."),
        done=gettext_lazy("The contribution is waived."),
        when=is_due,
        form_class=WaiverForm,
    )
    def waive(self, request, contribution, *, reason):
        services.waive(contribution, reason=reason, by=request.user)

    @service_action(
        description=gettext_lazy("Set back to due"),
        permissions=["change"],
        question=gettext_lazy("For what was entered by mistake. The history keeps it."),
        done=gettext_lazy("The contribution is due again."),
        when=lambda contribution: not is_due(contribution),
    )
    def set_due_again(self, request, contribution):
        services.set_due_again(contribution, by=request.user)


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def overview_table(today: date) -> bytes:
    """The overview as a workbook: a row for each year, numbers as numbers."""
    columns = {
        "year": _("Year"),
        "cities": _("Cities"),
        "due": _("Due"),
        "due_eur": _("Due, EUR"),
        "paid": _("Paid"),
        "paid_eur": _("Paid, EUR"),
        "waived": _("Waived"),
        "waived_eur": _("Waived, EUR"),
        "overdue": _("Of what is due: overdue"),
        "overdue_eur": _("Overdue, EUR"),
    }
    book = Workbook()
    sheet = book.active
    sheet.title = _("Contributions")
    sheet.append(list(columns.values()))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for year in Contribution.objects.overview(today):
        sheet.append([year[name] for name in columns])
    sheet.freeze_panes = "A2"
    content = BytesIO()
    book.save(content)
    return content.getvalue()
