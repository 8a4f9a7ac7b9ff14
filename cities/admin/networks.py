"""Networks and policy areas."""

from django.contrib import admin

from common.admin import TranslatedAdmin

from ..models import NationalNetwork, PolicyArea


@admin.register(NationalNetwork)
class NetworkAdmin(TranslatedAdmin):
    list_display = ["name", "code", "country", "is_international"]
    search_fields = ["name_en", "name_fr", "code"]


@admin.register(PolicyArea)
class PolicyAreaAdmin(TranslatedAdmin):
    list_display = ["name", "code", "position", "is_optional"]
    search_fields = ["name_en", "name_fr", "code"]
