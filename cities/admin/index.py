"""Results of the Intercultural Cities Index, and their scores as a table in and out."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from common.admin import ImportExport, PortalAdmin, PortalTabularInline

from ..models import IndexResult, IndexScore
from .index_table import IndexResultResource, IndexScoreResource


class ScoreInline(PortalTabularInline):
    model = IndexScore
    fields = ["area", "score", "sample_mean"]


@admin.register(IndexResult)
class IndexResultAdmin(ImportExport, PortalAdmin):
    resource_classes = [IndexResultResource]
    list_display = ["city", "on", "version", "overall", "overall_mean", "sample_size", "sample_on"]
    list_filter = ["version", "city__country"]
    list_select_related = ["city"]
    date_hierarchy = "on"
    search_fields = ["city__search"]
    autocomplete_fields = ["city"]
    inlines = [ScoreInline]


@admin.register(IndexScore)
class IndexScoreAdmin(ImportExport, PortalAdmin):
    """To read, and to take tables in and out; one by one, scores are written on the page of their result."""

    resource_classes = [IndexScoreResource]
    list_display = ["city", "on", "area", "score", "sample_mean", "sample_size"]
    list_filter = ["area", "result__version", "result__city__country"]
    list_select_related = ["result__city", "area"]
    search_fields = ["result__city__search"]
    ordering = ["-result__on", "result__city__search", "area__position"]
    fields = readonly_fields = ["result", "area", "score", "sample_mean"]

    @display(description=_("city"), ordering="result__city__search")
    def city(self, score):
        return score.result.city

    @display(description=_("date"), ordering="result__on")
    def on(self, score):
        return score.result.on

    @display(description=_("cities in the sample"), ordering="result__sample_size")
    def sample_size(self, score):
        return score.result.sample_size

    def has_add_permission(self, request):
        return False

    def has_import_permission(self, request) -> bool:
        return request.user.has_perms(
            ["cities.add_indexscore", "cities.change_indexscore", "cities.change_indexresult"]
        )
