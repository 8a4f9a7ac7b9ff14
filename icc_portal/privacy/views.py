"""The privacy page, and what each person does about their own data."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cities import consent

from . import export
from .people import person_of_user
from .rules import Person, Whose
from .table import RULES


@login_not_required
def privacy(request: HttpRequest) -> HttpResponse:
    groups = [(whose, [rule for rule in RULES if rule.whose == whose]) for whose in Whose]
    return render(request, "icc_portal/privacy.html", {"groups": groups})


def my_data(request: HttpRequest) -> HttpResponse:
    """Consent to be listed, and the way to a copy of everything."""
    contact = consent.contact_of(request.user)
    context = {
        "contact": contact,
        "wording": consent.WORDINGS[consent.CURRENT],
        "agreed_to": consent.WORDINGS.get(contact.listed_wording) if contact and contact.is_listed else "",
        "is_current": bool(contact and contact.is_listed and contact.listed_wording == consent.CURRENT),
        "withdrawn_at": consent.withdrawn_at(contact) if contact else None,
    }
    return render(request, "privacy/my_data.html", context)


@require_POST
def my_listing(request: HttpRequest) -> HttpResponse:
    """Give or withdraw the consent."""
    contact = consent.contact_of(request.user)
    if contact:
        is_listed = request.POST.get("is_listed") == "yes"
        consent.set_listing(contact, is_listed=is_listed, by=request.user)
        said = _("You are listed. You can withdraw this at any time.") if is_listed else _("You are no longer listed.")
        messages.success(request, said)
    return redirect("my_data")


def my_export(request: HttpRequest) -> HttpResponse:
    return export_page(request, person_of_user(request.user))


def my_export_json(request: HttpRequest) -> HttpResponse:
    return export_json(person_of_user(request.user))


def export_page(request: HttpRequest, person: Person) -> HttpResponse:
    """Everything about `person`, to read and to print."""
    context = {"person": person, "parts": list(export.collect(person)), "at": timezone.now()}
    return private(render(request, "privacy/export.html", context))


def export_json(person: Person) -> HttpResponse:
    response = HttpResponse(export.as_json(person, timezone.now()), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="personal-data.json"'
    return private(response)


def private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
