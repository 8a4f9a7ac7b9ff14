"""Who holds office in each city, what is missing, and the acts that mend it, one click from the row."""

from django.contrib import admin
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from common import formats
from common.admin import PortalAdmin, service_action

from .. import gaps, services
from ..models import CityOffices, Office, Term
from ..people_forms import AppointForm, HandOverForm


class GapFilter(admin.SimpleListFilter):
    """Member cities that lack something, by the rules of cities/gaps.py."""

    title = _("what is missing")
    parameter_name = "gap"

    def lookups(self, request, model_admin):
        return gaps.Gap.choices

    def queryset(self, request, queryset):
        if self.value() not in gaps.Gap.values:
            return queryset
        today = timezone.localdate()
        return gaps.with_gap(queryset.members(today), self.value(), today)


def _running(city, office: str) -> Term | None:
    terms = Term.objects.open(timezone.localdate()).filter(city=city.pk, office=office)
    return terms.select_related("contact").first()


def _form_of(office: str):
    return lambda city: {"city": city, "running": _running(city, office)}


class OfficeActions:
    """The acts of succession, for every administration that shows a city."""

    acts = ["change_mayor", "change_coordinator", "confirm_offices"]

    @service_action(
        description=_("Change of mayor"),
        permissions=["cities.change_term"],
        question=_(
            "The running term ends on the day the next one begins; it stays in the history. Letters follow the new term."
        ),
        done=_("The mayor is changed."),
        form_class=AppointForm,
        arguments=_form_of(Office.MAYOR),
        icon="how_to_reg",
    )
    def change_mayor(self, request, city, *, started_on, **values):
        services.change_office(city, Office.MAYOR, on=started_on, by=request.user, checks=True, **values)

    @service_action(
        description=_("Change of coordinator"),
        permissions=["cities.change_term"],
        question=_("The running term ends on the day the next one begins; both people are told by e-mail."),
        done=_("The coordination is handed over."),
        form_class=HandOverForm,
        arguments=_form_of(Office.COORDINATOR),
        icon="sync_alt",
    )
    def change_coordinator(self, request, city, *, started_on, **values):
        services.hand_over(city, on=started_on, by=request.user, checks=True, **values)

    @service_action(
        description=_("Confirm all offices"),
        permissions=["cities.change_term"],
        question=_("Says that every office of this city is held today as it stands."),
        done=_("The offices are confirmed."),
        icon="verified",
    )
    def confirm_offices(self, request, city):
        services.confirm_all(city, timezone.localdate(), request.user)


@admin.register(CityOffices)
class OfficesAdmin(OfficeActions, PortalAdmin):
    list_display = ["name", "missing", "what_to_do", "mayor", "coordinator", "election_on", "country"]
    list_display_links = ["name"]
    list_filter = [GapFilter, "network_memberships__network", "country"]
    search_fields = ["search"]
    actions_detail = OfficeActions.acts
    fields = ["name", "country", "election_on"]
    readonly_fields = ["name", "country"]

    def get_queryset(self, request):
        today = timezone.localdate()
        offices = [Office.MAYOR, Office.COORDINATOR]
        terms = Term.objects.open(today).filter(office__in=offices).select_related("contact")
        cities = gaps.with_gaps(super().get_queryset(request), today).defer("profile_en", "profile_fr", "evidence_note")
        return cities.prefetch_related(Prefetch("terms", terms, to_attr="shown_terms"))

    def get_list_display(self, request):
        acts = request.user.has_perm("cities.change_term")
        return [name for name in self.list_display if acts or name != "what_to_do"]

    def get_search_results(self, request, queryset, search_term):
        return (queryset.search(search_term) if search_term else queryset), False

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def save_model(self, request, obj, form, change):
        services.expect_election(obj, obj.election_on, by=request.user)

    def _held(self, city, office: str):
        term = next((term for term in city.shown_terms if term.office == office), None)
        if term is None:
            return "–"
        if term.confirmed_on:
            since = gettext("confirmed %(day)s") % {"day": formats.day(term.confirmed_on)}
        else:
            since = gettext("not confirmed yet")
        return format_html("{}<br>{}", term.contact.name, since)

    @display(description=_("Mayor"))
    def mayor(self, city):
        return self._held(city, Office.MAYOR)

    @display(description=_("ICC coordinator"))
    def coordinator(self, city):
        return self._held(city, Office.COORDINATOR)

    @display(description=_("what is missing"))
    def missing(self, city):
        found = [(str(gap.label),) for gap in gaps.of(city)]
        return format_html_join(format_html("<br>"), "{}", found) or gettext("Nothing")

    @display(description=_("what to do"))
    def what_to_do(self, city):
        labels = {
            "change_mayor": _("Change of mayor"),
            "change_coordinator": _("Change of coordinator"),
            "confirm_offices": _("Confirm"),
        }
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_"
        links = [(reverse(name + act, args=[city.pk]), label, city.name) for act, label in labels.items()]
        link = '<a class="text-primary-600 dark:text-primary-500 underline whitespace-nowrap inline-block py-1" href="{}" aria-label="{}: {}">{}</a>'
        return format_html_join(format_html("<br>"), link, [(url, label, place, label) for url, label, place in links])
