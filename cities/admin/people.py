"""Contacts and terms of office."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.admin import ImportExport, PortalAdmin, PortalTabularInline, service_action

from .. import gaps, services
from ..models import Contact, Term
from ..people_forms import EndForm
from .resources import ContactResource, TermResource


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("open", _("Running today")),
            ("unconfirmed", _("Not confirmed for a year")),
            ("future", _("To come")),
            ("ended", _("Ended")),
        ]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        if self.value() == "open":
            return queryset.open(today)
        if self.value() == "unconfirmed":
            return queryset.filter(pk__in=gaps.unconfirmed(today))
        if self.value() == "future":
            return queryset.filter(started_on__gt=today)
        if self.value() == "ended":
            return queryset.filter(ended_on__lte=today)
        return queryset


class TermForm(forms.ModelForm):
    """What is known of a term may be put right; it ends by the act that tells those whom it concerns (invariant G11)."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("contact", "office", "city", "network"):
            if self.instance.pk and name in self.fields:
                self.fields[name].disabled = True

    def clean(self):
        cleaned, term, today = super().clean(), self.instance, timezone.localdate()
        if term.pk and term.ends_sooner(cleaned.get("ended_on"), today):
            self.add_error("ended_on", self.how_to_end())
        if term.pk and term.runs(today) and (cleaned.get("started_on") or today) > today:
            self.add_error("started_on", self.how_to_end())
        return cleaned

    def how_to_end(self):
        url = reverse("admin:cities_term_end_now", args=[self.instance.pk])
        text = gettext("A term that runs is ended with {link}, so that the people whom it concerns are told.")
        return format_html(
            text, link=format_html('<a class="underline" href="{}">{}</a>', url, gettext("End the term"))
        )


class TermInline(PortalTabularInline):
    model = Term
    form = TermForm
    can_delete = False
    fields = ["office", "contact", "started_on", "ended_on", "confirmed_on"]
    autocomplete_fields = ["contact"]


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
        obj.listed_wording = obj.listed_wording if obj.is_listed else None
        if change and "email" in form.changed_data:
            obj.is_bouncing = obj.is_bouncing and "is_bouncing" in form.changed_data
            services.settle_addresses(obj, request.user)
        super().save_model(request, obj, form, change)


@admin.register(Term)
class TermAdmin(ImportExport, PortalAdmin):
    form = TermForm
    resource_classes = [TermResource]
    list_display = ["contact", "office", "city", "network", "started_on", "ended_on", "confirmed_on"]
    list_filter = [StateFilter, "office"]
    list_select_related = ["contact", "city", "network"]
    search_fields = ["contact__name", "contact__email", "city__search"]
    autocomplete_fields = ["contact", "city"]
    actions_detail = ["end_now"]

    def has_delete_permission(self, request: HttpRequest, obj: Term | str | None = None) -> bool:
        """A term that runs is ended, and people are told. unfold asks with the identifier, Django with the row."""
        running = Term.objects.open(timezone.localdate())
        key = getattr(obj, "pk", obj)
        return super().has_delete_permission(request) and (key is None or not running.filter(pk=key).exists())

    @service_action(
        description=_("End the term"),
        permissions=["change"],
        question=_(
            "The person is told by e-mail. A city that loses its last coordinator is a task for the unit and its deputies."
        ),
        done=_("The term is ended."),
        when=lambda term: term.ended_on is None or term.ended_on > timezone.localdate(),
        form_class=EndForm,
        arguments=lambda term: {"term": term},
        icon="event_busy",
    )
    def end_now(self, request, term, *, ended_on, reason=""):
        services.end_term(term, ended_on, request.user, reason=reason)
        never_was = ended_on <= term.started_on  # then there is no page to go back to
        return redirect("admin:cities_term_changelist") if never_was else None
