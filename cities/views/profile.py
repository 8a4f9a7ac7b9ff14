"""A city's page, and what its officials write there."""

from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.exceptions import Stale
from common.files import download
from common.prepared import prepared

from .. import services
from ..acting import cities_of, may_act_for
from ..comparison import comparison, policy_areas
from ..forms import AskForm, ProfileForm
from ..models import ChangeRequest, City, CityText, MembershipStep, NationalNetwork, NetworkMembership, Office, Term
from ..models.membership import Step, deciding
from ..permissions import may_read_documents, may_see_people


def detail_context(request: HttpRequest, slug: str) -> dict[str, Any]:
    """What this app knows of a city, for the page that the roof renders. Raises Http404."""
    today = timezone.localdate()
    if not (found := _for_page(slug, today)):
        raise Http404
    city = found[0]
    steps = [a_step(**row) for row in city.own_steps]
    standing = deciding(steps, today)
    may_edit = may_act_for(request, city)
    shows_people = bool(cities_of(request)) or may_see_people(request.user, today)  # who serves a city holds an office
    terms = _terms(city.pk, today) if shows_people else []
    profile, profile_language = profile_for_reader(city)
    has_documents = any(step.document for step in steps)
    return {
        "city": city,
        "source_host": urlsplit(city.source).netloc,
        "is_member": standing is not None and standing.kind in Step.joining(),
        "status": status_of(standing),
        "joined": next((step for step in steps if step.kind == Step.INTENT), None),
        "profile": profile,
        "profile_language": profile_language,
        "texts": [CityText(**row) for row in city.own_texts],
        "interests": [area for area in policy_areas() if area.pk in city.interest_ids] if city.interest_ids else [],
        "steps": steps,
        "memberships": [in_network(**row) for row in city.own_networks],
        "not_found": not_found(city),
        "index": comparison(city, get_language() or "en") if city.is_scored else None,
        "shows_people": shows_people,
        "people": Office.in_order(term for term in terms if term.contact.is_listed),
        "unlisted_coordinator": next((term for term in terms if not term.contact.is_listed), None),
        "writes": shows_people and not request.user.is_staff,
        "may_edit": may_edit,
        "reads_documents": has_documents and (may_edit or may_read_documents(request.user, city, today)),
    }


@prepared
def _for_page(slug: str, on: date):
    return City.objects.for_page(on).filter(slug=slug)


@prepared
def _terms(city: int, on: date):
    shown = Q(contact__is_listed=True) | Q(office=Office.COORDINATOR)
    return Term.objects.open(on).filter(shown, city=city).select_related("contact")


def a_step(*, on: str | None, **values: Any) -> MembershipStep:
    """A row of `own_steps` of `CityQuerySet.for_page`."""
    return MembershipStep(on=date.fromisoformat(on) if on else None, **values)


def in_network(*, joined_on: str | None, precision: str, **network: str) -> NetworkMembership:
    """A row of `own_networks` of `CityQuerySet.for_page`."""
    day = date.fromisoformat(joined_on) if joined_on else None
    return NetworkMembership(network=NationalNetwork(**network), joined_on=day, precision=precision)


def status_of(standing: MembershipStep | None) -> str:
    """How the city stands to the programme, by the step that decides it."""
    if standing is None:
        return _("Not a member yet")
    if standing.kind in Step.joining():
        return _("Member city")
    if standing.kind == Step.SUSPENDED:
        return _("Not a member at present: suspended since %(day)s") % {"day": standing.shown_date}
    return _("Not a member at present: withdrew on %(day)s") % {"day": standing.shown_date}


def profile_for_reader(city: City) -> tuple[str, str]:
    """The profile in the reader's language, or else in the other one, and its language."""
    reader = get_language() or "en"
    for language in sorted(dict(settings.LANGUAGES), key=lambda code: code != reader):
        if text := getattr(city, f"profile_{language}"):
            return text, language
    return "", reader


def not_found(city: City) -> list[str]:
    """The facts of the page that no source gave, in words."""
    facts = {
        _("network"): city.own_networks,
        _("population"): city.population,
        _("coordinates"): city.latitude is not None,
    }
    return [name for name, known in facts.items() if not known]


def city_to_edit(request: HttpRequest, slug: str) -> City:
    city = get_object_or_404(City, slug=slug)
    if not may_act_for(request, city):
        raise PermissionDenied
    return city


def asking(city: City, data: Any = None) -> dict[str, Any]:
    """What the form about name and legal status needs, on its own page and on that of the profile."""
    waiting = city.change_requests.filter(state=ChangeRequest.State.OPEN, kind__in=["name", "status"])
    return {
        "ask_form": AskForm(data, city=city, prefix="ask"),
        "waiting": waiting.select_related("requested_by"),
    }


def edit(request: HttpRequest, slug: str) -> HttpResponse:
    city = city_to_edit(request, slug)
    initial = {name: getattr(city, name) for name in ("profile_en", "profile_fr", "website", "languages", "version")}
    initial["interests"] = city.interests.all()
    form = ProfileForm(request.POST or None, initial=initial)
    context: dict[str, Any] = {"city": city, "form": form, **asking(city)}
    if form.is_valid():
        try:
            services.save_profile(city, by=request.user, **form.cleaned_data)
        except Stale as stale:
            form.add_error(
                None,
                _(
                    "Somebody else saved this profile while you were writing. Compare both texts below, then save again."
                ),
            )
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
