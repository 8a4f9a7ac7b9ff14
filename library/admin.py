from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from common.admin import ImportExport, PortalAdmin, PortalResource, PortalTabularInline, service_action, status_column

from . import services
from .forms import PublicationFileForm
from .models import GoodPractice, Publication, PublicationFile


class FileInline(PortalTabularInline):
    model = PublicationFile
    form = PublicationFileForm


class PublicationResource(PortalResource):
    class Meta(PortalResource.Meta):
        model = Publication
        fields = ["id", "title", "kind", "year", "topic", "languages", "abstract", "source"]


@admin.register(Publication)
class PublicationAdmin(ImportExport, PortalAdmin):
    list_display = ["title", "kind", "year", "languages", "topic"]
    list_filter = ["kind", "year", "policy_areas"]
    search_fields = ["search"]
    filter_horizontal = ["policy_areas"]
    autocomplete_fields = ["cities"]
    inlines = [FileInline]
    resource_classes = [PublicationResource]


class NoteForm(forms.Form):
    note = forms.CharField(label=_("What the city should change"), widget=forms.Textarea(attrs={"rows": 5}))


@admin.register(GoodPractice)
class GoodPracticeAdmin(PortalAdmin):
    list_display = ["title", "city", status_column("status"), "submitted_at", "published_at"]
    list_filter = ["status", "policy_areas"]
    list_select_related = ["city"]
    search_fields = ["title", "city__search"]
    autocomplete_fields = ["city"]
    filter_horizontal = ["policy_areas"]
    readonly_fields = ["status", "submitted_at", "published_at", "review_note", "written_by"]
    actions_detail = ["publish", "send_back"]

    def get_queryset(self, request):
        """Drafts are the city's own until they are handed in."""
        return super().get_queryset(request).exclude(status=GoodPractice.Status.DRAFT)

    @service_action(
        description=_("Publish"),
        permissions=["library.review_goodpractice"],
        question=_("All member cities see this practice, and its author is told."),
        done=_("The practice is published."),
        when=lambda practice: practice.status == GoodPractice.Status.SUBMITTED,
    )
    def publish(self, request, practice):
        services.publish(practice, by=request.user)

    @service_action(
        description=_("Return to the city"),
        permissions=["library.review_goodpractice"],
        question=_("The city can edit the practice again; its author gets your note by mail."),
        done=_("The practice is returned."),
        when=lambda practice: practice.status == GoodPractice.Status.SUBMITTED,
        form_class=NoteForm,
    )
    def send_back(self, request, practice, note):
        services.send_back(practice, by=request.user, note=note)
