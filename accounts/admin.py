"""Users, invitations and groups in the administration."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from common.admin import TONES, ExportOnly, PortalAdmin, PortalResource, service_action

from . import services
from .models import Invitation, User
from .permissions import SECOND_FACTORS, has_second_factor

# allauth's own pages show keys and addresses that only their owner should see.
for model in (EmailAddress, Authenticator, UserSession, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class UserResource(PortalResource):
    class Meta(PortalResource.Meta):
        model = User
        fields = ("email", "name", "language", "is_staff", "is_assessor", "is_active", "date_joined", "last_login")
        export_order = fields


@admin.register(User)
class UserAdmin(ExportOnly, PortalAdmin):
    """Accounts are made by invitation, so there is nothing to add here, and no password to set."""

    resource_classes = [UserResource]
    list_display = ["email", "name", "is_staff", "is_assessor", "is_active", "protected", "last_login"]
    list_filter = ["is_staff", "is_assessor", "is_active", "groups", "language"]
    search_fields = ["email", "name"]
    formfield_overrides = {models.ManyToManyField: {"widget": UnfoldAdminCheckboxSelectMultipleWidget}}
    actions_detail = ["reset_second_factor"]
    readonly_fields = ["email", "date_joined", "last_login", "protected"]
    fieldsets = [
        (None, {"fields": ["email", "name", ("language", "time_zone")]}),
        (_("What this person may do"), {"fields": ["is_active", "is_assessor", "is_staff", "groups", "is_superuser"]}),
        (_("Security"), {"fields": ["protected", "date_joined", "last_login"]}),
    ]

    def get_queryset(self, request):
        factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=SECOND_FACTORS)
        return super().get_queryset(request).annotate(is_protected=Exists(factors))

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, *([] if request.user.is_superuser else ["is_superuser"])]

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        if isinstance(obj, User) and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    @display(description=_("second factor"), boolean=True)
    def protected(self, user):
        return user.is_protected

    @service_action(
        description=_("Reset the second factor"),
        permissions=["accounts.change_user"],
        question=_(
            "Removes the codes and passkeys of this account and ends its sessions. Make sure that the person asked for it: call them."
        ),
        done=_("The second factor is removed. The person can log in with the password and set up a new one."),
        when=has_second_factor,
        icon="lock_reset",
    )
    def reset_second_factor(self, request, user):
        services.reset_second_factor(user, by=request.user)
        self.log_change(request, user, "Reset the second factor.")


class InvitationForm(forms.ModelForm):
    def clean_email(self):
        email = self.cleaned_data["email"].strip().lower()
        if problems := list(services.invite_obstacles(email)):
            raise forms.ValidationError(problems)
        return email


@admin.register(Invitation)
class InvitationAdmin(ExportOnly, PortalAdmin):
    form = InvitationForm
    list_display = ["email", "name", "state", "invited_by", "created_at", "expires_at"]
    list_filter = ["language"]
    search_fields = ["email", "name"]
    list_select_related = ["invited_by"]
    actions_detail = ["send_again", "revoke"]
    fieldsets = [
        (None, {"fields": ["email", "name", "language"]}),
        (
            _("What happened"),
            {"fields": ["state", "invited_by", "created_at", "expires_at", "accepted_at", "accepted_by"]},
        ),
    ]
    add_fieldsets = [(None, {"fields": ["email", "name", "language"]})]
    readonly_fields = ["state_in_words", "invited_by", "created_at", "expires_at", "accepted_at", "accepted_by"]

    @display(description=_("state"), label=TONES)
    def state(self, invitation):
        state = invitation.state(timezone.now())
        return state.tone, state.label

    @display(description=_("state"))
    def state_in_words(self, invitation):
        return self.state(invitation)[1]

    def has_change_permission(self, request, obj=None) -> bool:
        """An invitation that was sent stays as it is: send a new one instead."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def save_model(self, request, obj, form, change):
        sent = services.invite(obj.email, name=obj.name, language=obj.language, by=request.user)
        obj.pk = sent.pk
        obj.refresh_from_db()

    @service_action(
        description=_("Send again"),
        permissions=["accounts.add_invitation"],
        question=_("Sends a new link to the same address; the old one stops working."),
        done=_("The invitation was sent again."),
        when=lambda invitation: invitation.accepted_at is None,
        icon="forward_to_inbox",
    )
    def send_again(self, request, invitation):
        services.invite(invitation.email, name=invitation.name, language=invitation.language, by=request.user)
        self.log_change(request, invitation, "Sent again.")

    @service_action(
        description=_("Withdraw"),
        permissions=["accounts.change_invitation"],
        question=_("The link in the e-mail stops working."),
        done=_("The invitation is withdrawn."),
        when=lambda invitation: invitation.is_open(timezone.now()),
        icon="block",
    )
    def revoke(self, request, invitation):
        services.revoke(invitation)
        self.log_change(request, invitation, "Withdrawn.")


@admin.register(Group)
class GroupAdmin(PortalAdmin):
    """To look at only: accounts/groups.py says what a group may do."""

    list_display = ["name", "people"]
    fields = ["name", "permissions"]

    @display(description=_("people"))
    def people(self, group):
        return group.people

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(people=Count("user"))

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
