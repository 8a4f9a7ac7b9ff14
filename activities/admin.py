from django import forms
from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from common.admin import (
    ExportOnly,
    PortalAdmin,
    PortalResource,
    PortalTabularInline,
    TranslatedAdmin,
    service_action,
    status_column,
)
from common.exceptions import Refused
from common.uploads import check_upload

from . import services
from .models import Activity, AgendaItem, Material, Registration

ANNOUNCED = {"title_en", "title_fr", "starts_at", "ends_at", "place", "format", "joining_link"}


class AgendaInline(PortalTabularInline):
    model = AgendaItem


class MaterialForm(forms.ModelForm):
    def clean_file(self):
        file = self.cleaned_data["file"]
        if "file" in self.changed_data and file:
            check_upload(file)
        return file


class MaterialInline(PortalTabularInline):
    model = Material
    form = MaterialForm


class ActivityResource(PortalResource):
    class Meta(PortalResource.Meta):
        model = Activity
        fields = ["id", "title_en", "title_fr", "kind", "format", "status", "starts_at", "ends_at", "place", "capacity"]


class ActivityForm(forms.ModelForm):
    def clean_capacity(self):
        """Never below what is held; the save goes through the service, which counts again under the lock."""
        capacity = self.cleaned_data["capacity"]
        if self.instance.pk and capacity is not None:
            services.check_capacity(self.instance, capacity)
        return capacity


@admin.register(Activity)
class ActivityAdmin(ExportOnly, TranslatedAdmin):
    form = ActivityForm
    list_display = ["title", "kind", "format", "dates", "held_in", status_column("status")]
    list_filter = ["status", "kind", "format", "field"]
    search_fields = ["title_en", "title_fr", "place"]
    date_hierarchy = "starts_at"
    autocomplete_fields = ["host_city"]
    filter_horizontal = ["policy_areas"]
    readonly_fields = ["status"]
    inlines = [AgendaInline, MaterialInline]
    resource_classes = [ActivityResource]
    actions_detail = ["publish", "cancel"]
    fieldsets = [
        (None, {"fields": ["title", "summary", "description", "kind", "format", "field", "policy_areas", "status"]}),
        (
            _("When and where"),
            {"fields": ["starts_at", "ends_at", "precision", "place", "host_city", "country", "languages"]},
        ),
        (
            _("Registration"),
            {
                "fields": [
                    "has_registration",
                    "capacity",
                    "seats_per_city",
                    "is_by_selection",
                    "registration_opens_at",
                    "registration_closes_at",
                    "joining_link",
                ]
            },
        ),
        (_("Source"), {"fields": ["source", "is_made_up"]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("host_city")

    @display(description=_("dates"), ordering="starts_at")
    def dates(self, activity):
        return activity.shown_dates

    @display(description=_("place"), ordering="place")
    def held_in(self, activity):
        return activity.where

    def save_model(self, request, obj, form, change):
        """Capacity goes through the service; a change that participants must know of is sent to them."""
        if change and "capacity" in form.changed_data and obj.capacity is not None:
            wanted, obj.capacity = obj.capacity, form.initial["capacity"] or obj.capacity
            super().save_model(request, obj, form, change)
            try:
                obj.capacity = services.change_capacity(obj, wanted).capacity
            except Refused as refusal:
                self.message_user(request, " ".join(refusal.messages), messages.ERROR)
        else:
            super().save_model(request, obj, form, change)
        if change and obj.status == Activity.Status.PUBLISHED and ANNOUNCED.intersection(form.changed_data):
            services.announce_change(obj)

    @service_action(
        description=_("Publish"),
        permissions=["change"],
        question=_("All member cities see this activity, and officials can register while registration is open."),
        done=_("The activity is published."),
        when=lambda activity: activity.status == Activity.Status.DRAFT,
    )
    def publish(self, request, activity):
        services.publish(activity, by=request.user)

    @service_action(
        description=_("Cancel the activity"),
        permissions=["change"],
        question=lambda activity: (
            ngettext(
                "%(count)d participant is told and loses the seat. This cannot be taken back.",
                "%(count)d participants are told and lose their seats. This cannot be taken back.",
                taken := services.seats_taken(activity),
            )
            % {"count": taken}
        ),
        done=_("The activity is cancelled and everyone has been told."),
        when=lambda activity: activity.status == Activity.Status.PUBLISHED,
    )
    def cancel(self, request, activity):
        services.cancel_activity(activity, by=request.user)


class RegistrationForm(forms.ModelForm):
    """Staff register a participant through the same service as officials do."""

    class Meta:
        model = Registration
        fields = ["activity", "city", "participant_name", "participant_email", "participant_function", "language"]

    def clean(self):
        data = super().clean()
        if self.instance._state.adding and not self.errors:
            problems = services.obstacles(data["activity"], data["city"], participant_in(data), timezone.now())
            if problems := list(problems):
                raise Refused(problems)
        return data


def participant_in(data) -> services.Participant:
    return services.Participant(
        data["participant_name"], data["participant_email"], data["participant_function"], data["language"]
    )


@admin.register(Registration)
class RegistrationAdmin(PortalAdmin):
    form = RegistrationForm
    list_display = ["participant_name", "city", "activity", status_column("status"), "requested_at"]
    list_filter = ["status", ("activity", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["city", "activity"]
    search_fields = ["participant_name", "participant_email", "city__name"]
    autocomplete_fields = ["activity", "city"]
    actions_detail = ["confirm", "decline", "cancel", "attended", "absent"]

    def get_fields(self, request, obj=None):
        fields = list(RegistrationForm.Meta.fields)
        return [*fields, "status", "requested_at", "confirmed_at", "offered_until", "needs"] if obj else fields

    def get_readonly_fields(self, request, obj=None):
        return self.get_fields(request, obj) if obj else []

    def save_model(self, request, obj, form, change):
        made = services.register(
            obj.activity, city=obj.city, participant=participant_in(form.cleaned_data), by=request.user
        )
        obj.pk, obj.status = made.pk, made.status

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    @service_action(
        description=_("Confirm"),
        permissions=["change"],
        question=_("The participant gets a seat and the joining link by mail."),
        done=_("The seat is confirmed."),
        when=lambda registration: registration.status in ("requested", "waiting"),
    )
    def confirm(self, request, registration):
        services.confirm(registration, by=request.user)

    @service_action(
        description=_("Decline"),
        permissions=["change"],
        question=_("The participant is told that there is no seat."),
        done=_("The request is declined."),
        when=lambda registration: registration.status in ("requested", "waiting"),
    )
    def decline(self, request, registration):
        services.decline_request(registration, by=request.user)

    @service_action(
        description=_("Cancel the registration"),
        permissions=["change"],
        question=_("The seat goes to the next city on the waiting list."),
        done=_("The registration is cancelled."),
        when=lambda registration: registration.is_live,
    )
    def cancel(self, request, registration):
        services.cancel_registration(registration, by=request.user)

    @service_action(
        description=_("Attended"),
        permissions=["change"],
        question=_("The participant was there and gets a certificate."),
        done=_("Attendance is recorded."),
        when=lambda registration: registration.status in ("confirmed", "absent"),
    )
    def attended(self, request, registration):
        services.record_attendance(registration, attended=True, by=request.user)

    @service_action(
        description=_("Absent"),
        permissions=["change"],
        question=_("The participant was not there."),
        done=_("Absence is recorded."),
        when=lambda registration: registration.status in ("confirmed", "attended"),
    )
    def absent(self, request, registration):
        services.record_attendance(registration, attended=False, by=request.user)
