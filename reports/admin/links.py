from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.admin import PortalAdmin, service_action

from .. import dispatch
from ..models import CityLink


@admin.register(CityLink)
class CityLinkAdmin(PortalAdmin):
    list_display = ["city", "report", "expires_at", "opened_at", "revoked_at"]
    list_filter = ["report"]
    list_select_related = ["city", "report"]
    readonly_fields = ["city", "report", "expires_at", "opened_at", "revoked_at"]
    actions_detail = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CityLink | None = None) -> bool:
        return False

    @service_action(
        description=_("Withdraw the link"),
        permissions=["reports.send_annualreport"],
        question=_("From now on this address opens nothing. The city can be given a new one."),
        done=_("The link is withdrawn."),
        when=lambda link: link.revoked_at is None,
    )
    def revoke(self, request: HttpRequest, link: CityLink) -> None:
        dispatch.revoke_link(link)
