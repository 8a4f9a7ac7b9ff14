"""The directory, a city's page, and what its officials change."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import formats
from common.exceptions import Refused

from . import services
from .forms import AppointForm, ContactForm, DirectoryForm, EndForm, PersonForm, ProfileForm
from .maps import directory_maps
from .models import City, Contact, Office, Term
from .models.people import SINGLE_OFFICES
from .permissions import may_edit_city, may_see_people

PAGE_LENGTH = 25


# Read ------------------------------------------------------------------------------------------


@login_not_required
def city_list(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    members = City.objects.members(today)
    form = DirectoryForm(request.GET, codes=set(members.order_by().values_list("country", flat=True).distinct()))
    wanted = form.wanted()
    paginator = Paginator(members.matching(today, **wanted).for_list(today), PAGE_LENGTH)
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "is_filtered": bool(wanted),
        "maps": directory_maps(members) if not wanted and page.number == 1 else None,
        "own": City.objects.of_official(request.user, today) if request.user.is_authenticated else (),
    }
    return render(request, "cities/list.html", context)


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
        "steps": list(city.steps.order_by(F("on").desc(nulls_last=True), "-pk")),
        "memberships": list(city.network_memberships.on(today).select_related("network")),
        "index_results": list(city.index_results.prefetch_related("scores__area")),
        "shows_people": shows_people,
        "people": Office.in_order(listed) if shows_people else [],
        "may_edit": may_edit,
    }


# The profile -----------------------------------------------------------------------------------


def _city_to_edit(request: HttpRequest, slug: str) -> City:
    city = get_object_or_404(City, slug=slug)
    if not may_edit_city(request.user, city, timezone.localdate()):
        raise PermissionDenied
    return city


def edit(request: HttpRequest, slug: str) -> HttpResponse:
    city = _city_to_edit(request, slug)
    initial = {name: getattr(city, name) for name in ("profile_en", "profile_fr", "website", "version")}
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


# People ----------------------------------------------------------------------------------------


def people(request: HttpRequest, slug: str) -> HttpResponse:
    city = _city_to_edit(request, slug)
    today = timezone.localdate()
    terms = list(city.terms.select_related("contact", "contact__user"))
    running = [t for t in terms if t.runs(today)]
    held = {term.office: term for term in running}
    context = {
        "city": city,
        "single": [(office, held.get(office)) for office in (Office.MAYOR, Office.COORDINATOR)],
        "others": Office.in_order(t for t in running if t.office not in SINGLE_OFFICES),
        "future": Office.in_order(t for t in terms if t.started_on > today),
        "past": sorted(
            (t for t in terms if t.ended_on and t.ended_on <= today), key=lambda t: t.ended_on, reverse=True
        ),
        "today": today,
    }
    return render(request, "cities/people.html", context)


def person_add(request: HttpRequest, slug: str) -> HttpResponse:
    city = _city_to_edit(request, slug)
    form = PersonForm(request.POST or None)
    if form.is_valid():
        values = form.cleaned_data
        try:
            _appoint_new(city, values["office"], values, request.user)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("%(name)s is added.") % {"name": values["name"]})
            return redirect("cities:people", slug)
    return render(request, "cities/person_form.html", {"city": city, "form": form, "title": _("Add a person")})


@transaction.atomic
def _appoint_new(city: City, office: str, values: dict[str, Any], by, **seen: Any) -> Term:
    contact = services.save_contact(Contact(), by=by, **values)
    return services.appoint(city, office, contact, values["started_on"], by, **seen)


def person_appoint(request: HttpRequest, slug: str, office: str) -> HttpResponse:
    city = _city_to_edit(request, slug)
    if office not in (Office.MAYOR, Office.COORDINATOR):
        raise Http404
    running = Term.objects.open(timezone.localdate()).filter(city=city, office=office).select_related("contact").first()
    language = running.contact.language if running else request.user.language
    initial = {"instead_of": running.pk if running else None, "language": language}
    form = AppointForm(request.POST or None, city=city, initial=initial)
    if form.is_valid():
        values = form.cleaned_data
        seen = {"instead_of": values["instead_of"], "checks": True}
        try:
            if values["contact"]:
                term = services.appoint(city, office, values["contact"], values["started_on"], request.user, **seen)
            else:
                term = _appoint_new(city, office, values, request.user, **seen)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(
                request,
                _("%(name)s holds the office from %(day)s.")
                % {"name": term.contact.name, "day": formats.day(term.started_on)},
            )
            return redirect("cities:people", slug)
    context = {"city": city, "form": form, "office": Office(office), "running": running, "title": _("Change of office")}
    return render(request, "cities/person_form.html", context)


def _term(city: City, pk: int) -> Term:
    return get_object_or_404(city.terms.select_related("contact"), pk=pk)


def person_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    city = _city_to_edit(request, slug)
    term = _term(city, pk)
    form = ContactForm(request.POST or None, instance=term.contact)
    if form.is_valid():
        services.save_contact(Contact.objects.get(pk=term.contact_id), by=request.user, **form.cleaned_data)
        messages.success(request, _("The changes are saved."))
        return redirect("cities:people", slug)
    context = {"city": city, "form": form, "office": Office(term.office), "title": _("Change the details")}
    return render(request, "cities/person_form.html", context)


@require_POST
def term_confirm(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    city = _city_to_edit(request, slug)
    term = _term(city, pk)
    try:
        services.confirm_term(term, timezone.localdate(), request.user)
    except Refused as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Confirmed: %(name)s holds the office.") % {"name": term.contact.name})
    return redirect("cities:people", slug)


def term_end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    city = _city_to_edit(request, slug)
    term = _term(city, pk)
    form = EndForm(request.POST or None)
    if form.is_valid():
        try:
            services.end_term(term, form.cleaned_data["ended_on"], request.user)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("The term of %(name)s is ended.") % {"name": term.contact.name})
            still = may_edit_city(request.user, city, timezone.localdate())  # somebody may have ended their own term
            return redirect("cities:people", slug) if still else redirect(city)
    context = {"city": city, "form": form, "term": term, "is_own": term.contact.user_id == request.user.pk}
    return render(request, "cities/term_end.html", context)
