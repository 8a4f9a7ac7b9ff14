"""Cities with their membership, networks and terms."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from common.admin import ImportExport, PortalTabularInline, TranslatedAdmin, service_action

from .. import services
from ..models import City, NetworkMembership
from ..models.membership import Step
from .membership import StepForm, StepInline
from .offices import GapFilter, OfficeActions
from .people import TermInline
from .resources import CityResource


class MembershipInline(PortalTabularInline):
    model = NetworkMembership
    fields = ["network", "joined_on", "precision", "left_on"]


@admin.register(City)
class CityAdmin(OfficeActions, ImportExport, TranslatedAdmin):
    resource_classes = [CityResource]
    list_display = ["name", "country", "kind", "population", "website"]
    list_filter = [GapFilter, "kind", "network_memberships__network", "country"]
    search_fields = ["search"]
    prepopulated_fields = {"slug": ["name"]}
    filter_horizontal = ["interests"]
    actions_detail = ["take_step", *OfficeActions.acts]
    inlines = [StepInline, MembershipInline, TermInline]
    fieldsets = [
        (None, {"fields": ["name", "other_names", "slug", "kind", "country", "region", "time_zone", "languages", "website", "election_on"]}),
        (_("Profile"), {"fields": ["profile_en", "profile_fr", "interests"]}),
        (
            _("Place and size"),
            {
                "fields": [
                    "latitude", "longitude", "coordinate_basis_en", "coordinate_basis_fr", "population",
                    "population_basis_en", "population_basis_fr",
                ]
            },
        ),
        (_("Evidence"), {"fields": ["source", "evidence_note"]}),
    ]  # fmt: skip

    @service_action(
        description=_("Record a step of membership"),
        permissions=["cities.add_membershipstep"],
        question=_(
            "The steps of a city have an order: a city that is not suspended cannot be reinstated, for example."
        ),
        done=_("The step is recorded."),
        form_class=StepForm,
        initial=lambda city: {"ordinal": services.next_ordinal()},
    )
    def take_step(self, request, city, *, version, removes_document, **values):
        if values["kind"] != Step.INTENT:
            values["ordinal"] = None
        services.take_step(city, by=request.user, **values)

    def get_search_results(self, request, queryset, search_term):
        return (queryset.search(search_term) if search_term else queryset), False

    def save_model(self, request, obj, form, change):
        if change:
            obj.version += 1  # an official who is writing the profile is told
        super().save_model(request, obj, form, change)
