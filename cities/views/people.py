"""The people of a city and their offices, kept up to date by its officials."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import formats
from common.exceptions import Refused

from .. import services
from ..forms import AppointForm, ContactForm, EndForm, PersonForm
from ..models import City, Contact, Office, Term
from ..models.people import SINGLE_OFFICES
from ..permissions import may_edit_city
from .profile import city_to_edit


def people(request: HttpRequest, slug: str) -> HttpResponse:
    city = city_to_edit(request, slug)
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
    city = city_to_edit(request, slug)
    form = PersonForm(request.POST or None)
    if form.is_valid():
        values = form.cleaned_data
        try:
            services.change_office(city, values.pop("office"), on=values.pop("started_on"), by=request.user, **values)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("%(name)s is added.") % {"name": values["name"]})
            return redirect("cities:people", slug)
    return render(request, "cities/person_form.html", {"city": city, "form": form, "title": _("Add a person")})


def person_appoint(request: HttpRequest, slug: str, office: str) -> HttpResponse:
    city = city_to_edit(request, slug)
    if office not in (Office.MAYOR, Office.COORDINATOR):
        raise Http404
    running = Term.objects.open(timezone.localdate()).filter(city=city, office=office).select_related("contact").first()
    language = running.contact.language if running else request.user.language
    initial = {"instead_of": running.pk if running else None, "language": language}
    form = AppointForm(request.POST or None, city=city, initial=initial)
    if form.is_valid():
        values = form.cleaned_data
        try:
            term = services.change_office(
                city, office, on=values.pop("started_on"), by=request.user, checks=True, **values
            )
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
    city = city_to_edit(request, slug)
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
    city = city_to_edit(request, slug)
    term = _term(city, pk)
    try:
        services.confirm_term(term, timezone.localdate(), request.user)
    except Refused as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Confirmed: %(name)s holds the office.") % {"name": term.contact.name})
    return redirect("cities:people", slug)


def term_end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    city = city_to_edit(request, slug)
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
