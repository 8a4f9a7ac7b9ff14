"""What the roof adds to the administration: the audit trail to read, and what it does with cities and people of the apps below."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from accounts.models import ViewedPage, Viewing
from cities.admin import CityAdmin
from cities.models import City
from common.admin import ExportOnly, PortalAdmin, PortalTabularInline

from .privacy import admin as privacy_admin  # noqa: F401  export and erasure on request
from .see_as.services import may_view


class ReadOnly:
    """To look at: nobody adds, changes or deletes evidence."""

    def has_add_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False


class PageInline(ReadOnly, PortalTabularInline):
    model = ViewedPage
    fields = ["at", "path", "is_refused"]
    readonly_fields = fields


@admin.register(Viewing)
class ViewingAdmin(ReadOnly, ExportOnly, PortalAdmin):
    list_display = ["started_at", "ended_at", "staff", "official", "city", "opened"]
    list_filter = [("started_at", RangeDateTimeFilter), ("staff", RelatedDropdownFilter)]
    list_select_related = ["staff", "official", "city"]
    search_fields = ["staff__name", "official__name", "city__search"]
    fields = ["staff", "official", "city", "started_at", "ended_at", "expires_at"]
    inlines = [PageInline]

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).annotate(opened=Count("pages"))

    @display(description=_("pages"), ordering="opened")
    def opened(self, viewing: Viewing) -> int:
        return viewing.opened


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnly, PortalAdmin):
    """Who did what in the administration, exports of personal data too."""

    list_display = ["action_time", "user", "content_type", "object_repr", "said"]
    list_filter = [
        ("action_time", RangeDateTimeFilter),
        ("user", RelatedDropdownFilter),
        ("content_type", RelatedDropdownFilter),
    ]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "change_message", "user__name"]
    fields = ["action_time", "user", "content_type", "object_repr", "said"]

    @display(description=_("what"))
    def said(self, entry: LogEntry) -> str:
        return entry.get_change_message()


admin.site.unregister(City)


@admin.register(City)
class CityAsSeenAdmin(CityAdmin):
    """The cities, with the way to see the portal as one of them."""

    actions_detail = [*CityAdmin.actions_detail, "see_as"]

    @action(description=_("See as this city"), permissions=["see_as"], icon="visibility")
    def see_as(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("see_as_official", self.object_or_404(request, object_id).slug)

    def has_see_as_permission(self, request: HttpRequest, obj=None) -> bool:
        return may_view(request.user)
