"""Results of the Intercultural Cities Index."""

from django.contrib import admin

from common.admin import ImportExport, PortalAdmin, PortalTabularInline

from ..models import IndexResult, IndexScore


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
