"""The people of a city and their offices, kept up to date by its coordinators."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Invitation
from common import formats
from common.exceptions import Refused

from .. import services
from ..models import City, Contact, Office, Term
from ..models.people import INVITABLE, SINGLE_OFFICES
from ..people_forms import AppointForm, ContactForm, ElectionForm, HandOverForm, PersonForm
from ..permissions import may_edit_contact, may_manage_people, serving_elsewhere
from .profile import city_to_edit


def city_to_manage(request: HttpRequest, slug: str) -> City:
    city = city_to_edit(request, slug)
    if not may_manage_people(request.user, city, timezone.localdate()):
        raise PermissionDenied
    return city


def _term(city: City, pk: int) -> Term:
    return get_object_or_404(city.terms.select_related("contact__user"), pk=pk)


def people(request: HttpRequest, slug: str) -> HttpResponse:
    city, today, now = city_to_edit(request, slug), timezone.localdate(), timezone.now()
    terms = list(city.terms.select_related("contact__user"))
    current = [t for t in terms if t.ended_on is None or t.ended_on > today]
    may_manage = may_manage_people(request.user, city, today)
    elsewhere = set() if request.user.is_staff else serving_elsewhere([t.contact_id for t in current], city, today)
    latest = Invitation.objects.latest_to(t.contact.email for t in current if t.contact.user_id is None)
    for term in current:
        sent = None if term.contact.user_id else latest.get(term.contact.email.lower())
        term.invitation = sent  # type: ignore[attr-defined]
        term.invitation_state = sent.state(now) if sent else None  # type: ignore[attr-defined]
        is_own = term.contact.user_id == request.user.pk
        term.may_edit = is_own or (may_manage and term.contact_id not in elsewhere)  # type: ignore[attr-defined]
        term.may_end = is_own or may_manage  # type: ignore[attr-defined]
        term.is_invitable = term.office in (*INVITABLE, Office.COORDINATOR)  # type: ignore[attr-defined]
    running = [t for t in current if t.started_on <= today]
    held = {term.office: term for term in running}
    context = {
        "city": city,
        "may_manage": may_manage,
        "single": [(office, held.get(office)) for office in (Office.MAYOR, Office.COORDINATOR)],
        "others": Office.in_order(t for t in running if t.office not in SINGLE_OFFICES),
        "future": Office.in_order(t for t in current if t.started_on > today),
        "past": sorted((t for t in terms if t not in current), key=lambda t: t.ended_on, reverse=True),
        "is_confirmed": bool(running) and all(t.confirmed_on == today for t in running),
        "today": today,
    }
    return render(request, "cities/people.html", context)


# Enter and change ------------------------------------------------------------------------------


def person_add(request: HttpRequest, slug: str) -> HttpResponse:
    city = city_to_manage(request, slug)
    form = PersonForm(request.POST or None, initial={"language": request.user.language})
    if form.is_valid():
        values = form.cleaned_data
        act = services.invite_colleague if values.pop("invites") else services.change_office
        try:
            term = act(city, values.pop("office"), on=values.pop("started_on"), by=request.user, **values)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            if act is services.change_office:
                sentence = _("%(name)s is added.")
            elif term.contact.user_id:
                sentence = _("%(name)s has an account already, may act for the city, and is told by e-mail.")
            else:
                sentence = _("%(name)s is added, and the invitation is on its way.")
            messages.success(request, sentence % {"name": term.contact.name})
            return redirect("cities:people", slug)
    return render(request, "cities/person_form.html", {"city": city, "form": form, "title": _("Add a person")})


def person_appoint(request: HttpRequest, slug: str, office: str) -> HttpResponse:
    city = city_to_manage(request, slug)
    if office not in (Office.MAYOR, Office.COORDINATOR):
        raise Http404
    is_mayor = office == Office.MAYOR
    running = Term.objects.open(timezone.localdate()).filter(city=city, office=office).select_related("contact").first()
    initial = {} if running else {"language": request.user.language}
    form_class = AppointForm if is_mayor else HandOverForm
    form = form_class(request.POST or None, city=city, running=running, initial=initial)
    if form.is_valid():
        values: dict[str, Any] = form.cleaned_data | {"on": form.cleaned_data["started_on"], "by": request.user}
        del values["started_on"]
        try:
            if is_mayor:
                term = services.change_office(city, office, checks=True, **values)
            else:
                term = services.hand_over(city, checks=True, **values)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            words = {"name": term.contact.name, "day": formats.day(term.started_on)}
            messages.success(request, _("%(name)s holds the office from %(day)s.") % words)
            still = may_manage_people(request.user, city, timezone.localdate())  # who hands over may be leaving
            return redirect("cities:people", slug) if still else redirect(city)
    context = {
        "city": city,
        "form": form,
        "office": Office(office),
        "running": running,
        "title": _("Change of mayor") if is_mayor else _("Hand over the coordination"),
    }
    return render(request, "cities/person_form.html", context)


def person_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    city = city_to_edit(request, slug)
    term = _term(city, pk)
    if not may_edit_contact(request.user, term.contact, city, timezone.localdate()):
        raise PermissionDenied
    form = ContactForm(request.POST or None, instance=term.contact)
    if form.is_valid():
        services.save_contact(Contact.objects.get(pk=term.contact_id), by=request.user, **form.cleaned_data)
        messages.success(request, _("The changes are saved."))
        return redirect("cities:people", slug)
    context = {"city": city, "form": form, "office": Office(term.office), "title": _("Change the details")}
    return render(request, "cities/person_form.html", context)


def election(request: HttpRequest, slug: str) -> HttpResponse:
    city = city_to_manage(request, slug)
    form = ElectionForm(request.POST or None, instance=city)
    if form.is_valid():
        services.expect_election(city, form.cleaned_data["election_on"], by=request.user)
        messages.success(request, _("The changes are saved."))
        return redirect("cities:people", slug)
    return render(request, "cities/person_form.html", {"city": city, "form": form, "title": _("Next local election")})


# Confirm ---------------------------------------------------------------------------------------


@require_POST
def term_confirm(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    city = city_to_edit(request, slug)
    term = _term(city, pk)
    try:
        services.confirm_term(term, timezone.localdate(), request.user)
    except Refused as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Confirmed: %(name)s holds the office.") % {"name": term.contact.name})
    return redirect("cities:people", slug)


@require_POST
def confirm_all(request: HttpRequest, slug: str) -> HttpResponse:
    city = city_to_edit(request, slug)
    try:
        services.confirm_all(city, timezone.localdate(), request.user)
    except Refused as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Thank you: every office of %(city)s is confirmed.") % {"city": city})
    return redirect("cities:people", slug)
