"""Cities, people and networks in the administration."""

from django.contrib import admin
from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from import_export import fields, widgets

from common.admin import ImportExport, PortalAdmin, PortalResource, PortalTabularInline, TranslatedAdmin

from .models import (
    City,
    Contact,
    Contribution,
    IndexResult,
    IndexScore,
    MembershipStep,
    NationalNetwork,
    NetworkMembership,
    Office,
    PolicyArea,
    Term,
)
from .summary import CONFIRM_EVERY, reached_mayors


class CityResource(PortalResource):
    class Meta(PortalResource.Meta):
        model = City
        import_id_fields = ["slug"]
        fields = [
            "slug", "name", "other_names", "kind", "country", "region", "latitude", "longitude", "population", "time_zone",
            "website", "source", "evidence_note",
        ]  # fmt: skip
        export_order = fields


class ContactResource(PortalResource):
    class Meta(PortalResource.Meta):
        model = Contact
        import_id_fields = ["email", "name"]
        fields = ["email", "name", "salutation", "phone", "language"]
        export_order = fields


class TermResource(PortalResource):
    city = fields.Field("city", "city", widgets.ForeignKeyWidget(City, "slug"))
    network = fields.Field("network", "network", widgets.ForeignKeyWidget(NationalNetwork, "code"))
    contact = fields.Field("contact", "contact_email", widgets.ForeignKeyWidget(Contact, "email"))

    class Meta(PortalResource.Meta):
        model = Term
        import_id_fields = ["office", "city", "network", "started_on", "contact"]
        fields = ["office", "city", "network", "contact", "started_on", "ended_on", "confirmed_on"]
        export_order = fields

    def get_instance(self, instance_loader, row):
        """The term of this row. A key that cannot be read belongs to no term; its column then says what is wrong."""
        try:
            key = {name: self.fields[name].clean(row) for name in self.get_import_id_fields()}
        except (ObjectDoesNotExist, MultipleObjectsReturned, ValueError):
            return None
        return Term.objects.filter(**key).first()


class GapFilter(admin.SimpleListFilter):
    title = _("what is missing")
    parameter_name = "gap"

    def lookups(self, request, model_admin):
        return [
            ("mayor", _("Member without a mayor's address that works")),
            ("coordinator", _("Member without a coordinator")),
        ]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        if self.value() == "mayor":
            return queryset.members(today).exclude(pk__in=reached_mayors(today).values("city"))
        if self.value() == "coordinator":
            coordinators = Term.objects.open(today).filter(office=Office.COORDINATOR)
            return queryset.members(today).exclude(pk__in=coordinators.values("city"))
        return queryset


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("open", _("Running today")), ("unconfirmed", _("Not confirmed for a year")), ("ended", _("Ended"))]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        if self.value() == "open":
            return queryset.open(today)
        if self.value() == "unconfirmed":
            return queryset.open(today).filter(Q(confirmed_on=None) | Q(confirmed_on__lt=today - CONFIRM_EVERY))
        if self.value() == "ended":
            return queryset.filter(ended_on__lte=today)
        return queryset


class StepInline(PortalTabularInline):
    model = MembershipStep
    fields = ["kind", "on", "precision", "ordinal", "source", "note"]


class MembershipInline(PortalTabularInline):
    model = NetworkMembership
    fields = ["network", "joined_on", "precision", "left_on"]


class TermInline(PortalTabularInline):
    model = Term
    fields = ["office", "contact", "started_on", "ended_on", "confirmed_on"]
    autocomplete_fields = ["contact"]


@admin.register(City)
class CityAdmin(ImportExport, TranslatedAdmin):
    resource_classes = [CityResource]
    list_display = ["name", "country", "kind", "population", "website"]
    list_filter = [GapFilter, "kind", "network_memberships__network", "country"]
    search_fields = ["search"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [StepInline, MembershipInline, TermInline]
    fieldsets = [
        (None, {"fields": ["name", "other_names", "slug", "kind", "country", "region", "time_zone", "website"]}),
        (_("Profile"), {"fields": ["profile_en", "profile_fr"]}),
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

    def get_search_results(self, request, queryset, search_term):
        return (queryset.search(search_term) if search_term else queryset), False

    def save_model(self, request, obj, form, change):
        if change:
            obj.version += 1  # an official who is writing the profile is told
        super().save_model(request, obj, form, change)


@admin.register(Contact)
class ContactAdmin(ImportExport, PortalAdmin):
    resource_classes = [ContactResource]
    list_display = ["name", "email", "language", "is_bouncing", "is_listed", "is_made_up"]
    list_filter = ["is_bouncing", "is_listed", "language", "is_made_up"]
    search_fields = ["name", "email"]
    autocomplete_fields = ["user"]
    fields = ["name", "salutation", "email", "phone", "language", "is_listed", "is_bouncing", "is_made_up", "user"]

    def save_model(self, request, obj, form, change):
        obj.listed_at = (obj.listed_at or timezone.now()) if obj.is_listed else None
        super().save_model(request, obj, form, change)


@admin.register(Term)
class TermAdmin(ImportExport, PortalAdmin):
    resource_classes = [TermResource]
    list_display = ["contact", "office", "city", "network", "started_on", "ended_on", "confirmed_on"]
    list_filter = [StateFilter, "office"]
    list_select_related = ["contact", "city", "network"]
    search_fields = ["contact__name", "contact__email", "city__search"]
    autocomplete_fields = ["contact", "city"]


@admin.register(NationalNetwork)
class NetworkAdmin(TranslatedAdmin):
    list_display = ["name", "code", "country", "is_international"]
    search_fields = ["name_en", "name_fr", "code"]


@admin.register(PolicyArea)
class PolicyAreaAdmin(TranslatedAdmin):
    list_display = ["name", "code", "position", "is_optional"]
    search_fields = ["name_en", "name_fr", "code"]


class ScoreInline(PortalTabularInline):
    model = IndexScore
    fields = ["area", "score", "sample_mean"]


@admin.register(IndexResult)
class IndexResultAdmin(ImportExport, PortalAdmin):
    list_display = ["city", "on", "version", "overall", "sample_size"]
    list_filter = ["version"]
    list_select_related = ["city"]
    search_fields = ["city__search"]
    autocomplete_fields = ["city"]
    inlines = [ScoreInline]


@admin.register(Contribution)
class ContributionAdmin(ImportExport, PortalAdmin):
    list_display = ["city", "year", "amount", "status", "settled_on"]
    list_filter = ["year", "status"]
    list_select_related = ["city"]
    search_fields = ["city__search"]
    autocomplete_fields = ["city"]
    readonly_fields = ["settled_by"]

    def save_model(self, request, obj, form, change):
        obj.settled_by = request.user if obj.settled_on else None
        super().save_model(request, obj, form, change)
