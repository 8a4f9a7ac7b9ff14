"""The yearly contributions of the cities."""

from django.contrib import admin

from common.admin import ImportExport, PortalAdmin

from ..models import Contribution


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
