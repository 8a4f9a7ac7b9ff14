"""What becomes of one term: corrected, cancelled, ended; and the invitation of whoever holds it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import formats
from common.exceptions import Refused

from .. import services
from ..models import Office
from ..people_forms import EndForm, StartForm
from ..permissions import may_edit_city, may_manage_people
from ..services.farewell import leaves_nobody
from .people import _term, city_to_manage
from .profile import city_to_edit


def term_end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Whoever manages the people ends a term; everybody may end their own."""
    city, today = city_to_edit(request, slug), timezone.localdate()
    term = _term(city, pk)
    is_own = term.contact.user_id == request.user.pk
    if not is_own and not may_manage_people(request.user, city, today):
        raise PermissionDenied
    form = EndForm(request.POST or None, term=term)
    if form.is_valid():
        try:
            services.end_term(
                term, form.cleaned_data["ended_on"], request.user, reason=form.cleaned_data.get("reason", "")
            )
        except Refused as refusal:
            asks_why = "reason" in form.fields and not form.cleaned_data["reason"]
            form.add_error(
                "reason" if asks_why and leaves_nobody(term, form.cleaned_data["ended_on"]) else None, refusal
            )
        else:
            messages.success(request, _("The term of %(name)s is ended.") % {"name": term.contact.name})
            still = may_edit_city(request.user, city, today)  # somebody may have ended their own term
            return redirect("cities:people", slug) if still else redirect(city)
    context = {
        "city": city,
        "form": form,
        "term": term,
        "is_own": is_own,
        "has_access": term.contact.user_id is not None,
        "leaves_nobody": leaves_nobody(term, today),
    }
    return render(request, "cities/term_end.html", context)


def term_correct(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    city = city_to_manage(request, slug)
    term = _term(city, pk)
    form = StartForm(request.POST or None, initial={"started_on": term.started_on})
    if form.is_valid():
        try:
            term = services.correct_start(term, form.cleaned_data["started_on"], request.user)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            words = {"name": term.contact.name, "day": formats.day(term.started_on)}
            messages.success(request, _("%(name)s holds the office from %(day)s.") % words)
            return redirect("cities:people", slug)
    context = {"city": city, "form": form, "term": term, "office": Office(term.office), "title": _("Correct the day")}
    return render(request, "cities/person_form.html", context)


@require_POST
def term_cancel(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    city = city_to_manage(request, slug)
    term = _term(city, pk)
    done = _("The term of %(name)s is cancelled; what stood before holds again.") % {"name": term.contact.name}
    return _said(request, slug, lambda: services.cancel_term(term, request.user), done)


@require_POST
def invitation_send(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    city = city_to_manage(request, slug)
    term = _term(city, pk)
    done = _("The invitation to %(name)s is on its way.") % {"name": term.contact.name}
    return _said(request, slug, lambda: services.give_access(term, by=request.user), done)


@require_POST
def invitation_withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    city = city_to_manage(request, slug)
    contact = _term(city, pk).contact
    done = _("The invitation to %(name)s is withdrawn: the link in the e-mail no longer works.") % {
        "name": contact.name
    }
    return _said(request, slug, lambda: services.withdraw_invitation(contact), done)


def _said(request: HttpRequest, slug: str, act, done: str) -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, done)
    return redirect("cities:people", slug)
