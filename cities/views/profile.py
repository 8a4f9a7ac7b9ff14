"""A city's page, and what its officials write there."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, OuterRef
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from common.files import download

from .. import services
from ..forms import ProfileForm
from ..models import City, Office, Term
from ..permissions import may_edit_city, may_read_documents, may_see_people


def detail_context(request: HttpRequest, slug: str) -> dict[str, Any]:
    """What this app knows of a city, for the page that the roof renders. Raises Http404."""
    today = timezone.localdate()
    members = City.objects.members(today).filter(pk=OuterRef("pk"))
    city = get_object_or_404(City.objects.annotate(is_member=Exists(members)), slug=slug)
    may_edit = may_edit_city(request.user, city, today)
    shows_people = may_edit or may_see_people(request.user, today)
    listed = Term.objects.open(today).filter(city=city, contact__is_listed=True).select_related("contact")
    return {
        "city": city,
        "source_host": urlsplit(city.source).netloc,
        "is_member": city.is_member,
        "interests": list(city.interests.all()),
        "steps": list(city.steps.order_by(F("on").desc(nulls_last=True), "-pk")),
        "memberships": list(city.network_memberships.on(today).select_related("network")),
        "index_results": list(city.index_results.prefetch_related("scores__area")),
        "shows_people": shows_people,
        "people": Office.in_order(listed) if shows_people else [],
        "may_edit": may_edit,
    }


def city_to_edit(request: HttpRequest, slug: str) -> City:
    city = get_object_or_404(City, slug=slug)
    if not may_edit_city(request.user, city, timezone.localdate()):
        raise PermissionDenied
    return city


def edit(request: HttpRequest, slug: str) -> HttpResponse:
    city = city_to_edit(request, slug)
    initial = {name: getattr(city, name) for name in ("profile_en", "profile_fr", "website", "languages", "version")}
    initial["interests"] = city.interests.all()
    form = ProfileForm(request.POST or None, initial=initial)
    context: dict[str, Any] = {"city": city, "form": form}
    if form.is_valid():
        try:
            services.save_profile(city, by=request.user, **form.cleaned_data)
        except services.StaleSave as stale:
            form.add_error(None, stale)
            form.data = form.data.copy()
            form.data["version"] = str(stale.current.version)
            context["current"] = stale.current
            context["saved_by"] = stale.current.history.select_related("history_user").first()
            return render(request, "cities/edit.html", context, status=409)
        messages.success(request, _("The profile is saved."))
        return redirect(city)
    return render(request, "cities/edit.html", context)


def step_document(request: HttpRequest, slug: str, pk: int) -> FileResponse:
    """The document of a step, for the officials of the city and the unit."""
    city = get_object_or_404(City, slug=slug)
    if not may_read_documents(request.user, city, timezone.localdate()):
        raise PermissionDenied
    step = get_object_or_404(city.steps.exclude(document=""), pk=pk)
    return download(step.document, f"{city.name} {step.get_kind_display()}")
