"""Changes that cities ask for and the unit decides."""

from django import forms
from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from common.admin import PortalAdmin, service_action, status_column

from .. import services
from ..models import ChangeRequest


class AcceptForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("The new address of the office, where the request does not say it or is wrong."),
    )

    def __init__(self, *args, change: ChangeRequest, **kwargs):
        super().__init__(*args, **kwargs)
        if change.kind != ChangeRequest.Kind.ADDRESS:
            del self.fields["email"]


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("Whoever asked reads it.")
    )


@admin.register(ChangeRequest)
class ChangeRequestAdmin(PortalAdmin):
    """Requests come from the pages; here they are read and decided."""

    list_display = ["city", "kind", "asked_for", status_column("state"), "via", "requested_by", "requested_at"]
    list_filter = ["state", "kind", "via"]
    list_select_related = ["city", "requested_by"]
    search_fields = ["city__search"]
    actions_detail = ["accept", "decline"]
    fieldsets = [
        (None, {"fields": ["city", "kind", "office", "asked_for", "note"]}),
        (_("What happened"), {"fields": ["via", "requested_by", "requested_at", "state", "decided_by", "decided_at", "reason"]}),
    ]  # fmt: skip

    @display(description=_("asked for"))
    def asked_for(self, request):
        return format_html_join(", ", "{}: {}", request.asked()) or "–"

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        """What was asked stays as it is: it is accepted or declined."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def get_readonly_fields(self, request, obj=None):
        return [name for _title, options in self.fieldsets for name in options["fields"]]

    @service_action(
        description=_("Accept"),
        permissions=["cities.change_changerequest"],
        question=_("The change is written at once and kept in the history; whoever asked is told by e-mail."),
        done=_("The change is written."),
        when=lambda request: request.is_open,
        form_class=AcceptForm,
        arguments=lambda change: {"change": change},
        icon="check",
    )
    def accept(self, request, change, email=""):
        services.accept_change(change, by=request.user, values={"email": email})

    @service_action(
        description=_("Decline"),
        permissions=["cities.change_changerequest"],
        question=_("Everything stays as it is; whoever asked is told the reason by e-mail."),
        done=_("The request is declined."),
        when=lambda request: request.is_open,
        form_class=DeclineForm,
        icon="close",
    )
    def decline(self, request, change, reason):
        services.decline_change(change, by=request.user, reason=reason)
