"""The journey of an application, from the first title to the receipt."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cities.acting import acting_city
from cities.models import City
from common.exceptions import Refused
from common.formats import strasbourg_time
from common.kept import kept

from .. import services
from ..budget import budget_of
from ..forms import (
    AnswerForm,
    BudgetLineFormSet,
    DeclarationForm,
    FindCityForm,
    InviteForm,
    ProjectForm,
    StartForm,
    VersionForm,
)
from ..models import Application, Call, Partner, strasbourg_day
from ..obstacles import (
    budget_obstacles,
    call_obstacles,
    consortium_obstacles,
    is_backed,
    open_offices,
    partners_of,
    project_obstacles,
)
from ..permissions import cities_that_may_lead, may_answer, may_edit, may_submit
from ..receipt import readable, receipt_pdf
from ..services.applications import PROJECT_FIELDS

Status = Application.Status


def _application(request: HttpRequest, pk: int) -> Application:
    on = strasbourg_day(timezone.now())
    return get_object_or_404(Application.objects.visible_to(request.user, on).select_related("call"), pk=pk)


def _draft_to_edit(request: HttpRequest, pk: int) -> Application:
    """A draft that this person may write; what is submitted is shown, not edited."""
    application = _application(request, pk)
    if application.status == Status.DRAFT and not may_edit(request.user, application, strasbourg_day(timezone.now())):
        raise PermissionDenied
    return application


def _already_submitted(request: HttpRequest, application: Application) -> HttpResponse:
    messages.info(
        request,
        _(
            "This application was submitted on %(when)s under the reference %(reference)s. Nothing was sent again or changed."
        )
        % {"when": strasbourg_time(application.submitted_at), "reference": application.reference},
    )
    return redirect(application)


def start(request: HttpRequest, pk: int) -> HttpResponse:
    call, now = get_object_or_404(Call.objects.visible_to(request.user), pk=pk), timezone.now()
    cities = cities_that_may_lead(request.user, strasbourg_day(now))
    if not cities.exists():
        raise PermissionDenied
    typed = kept(request)
    acting = acting_city(request)
    form = StartForm(request.POST or typed, cities=cities, initial={"lead_city": acting} if acting else {})
    if request.method == "POST" and form.is_valid():
        try:
            application = services.start_application(call, **form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            return redirect(application)
    return render(request, "grants/start.html", {"call": call, "form": form, "is_open": call.is_open(now)})


def application(request: HttpRequest, pk: int) -> HttpResponse:
    application, now = _application(request, pk), timezone.now()
    if application.status != Status.DRAFT:
        return _submitted(request, application)
    partners = partners_of(application)
    offices = open_offices(partners, now)
    context = {
        "application": application,
        "call": application.call,
        "partners": partners,
        "budget": budget_of(partners),
        "is_editor": may_edit(request.user, application, strasbourg_day(now)),
        "to_answer": [p for p in partners if not p.is_lead and (p.city_id, request.user.pk) in offices],
        "call_problems": list(call_obstacles(application, now)),
        "project_is_complete": not any(project_obstacles(application)),
        "consortium_is_complete": not any(consortium_obstacles(application, partners, now, offices)),
        "budget_is_complete": not any(budget_obstacles(application, partners)),
    }
    context["is_ready"] = not context["call_problems"] and all(
        context[f"{section}_is_complete"] for section in ("project", "consortium", "budget")
    )
    return render(request, "grants/application.html", context)


def _submitted(request: HttpRequest, application: Application) -> HttpResponse:
    is_released = application.call.released_at is not None  # a drafted decision is not even looked up (G8)
    context = {
        "application": application,
        "call": application.call,
        "it": readable(application.frozen),
        "decision": getattr(application, "decision", None) if is_released else None,
        "award": getattr(application, "award", None) if is_released else None,
    }
    return render(request, "grants/submitted.html", context)


def project(request: HttpRequest, pk: int) -> HttpResponse:
    application = _draft_to_edit(request, pk)
    if application.status != Status.DRAFT:
        return _already_submitted(request, application)
    typed = kept(request)
    form = ProjectForm(request.POST or typed, instance=application, initial={"version": application.version})
    differences, status = [], 200
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in PROJECT_FIELDS}
        try:
            services.save_project(application, values, version=form.cleaned_data["version"], by=request.user)
        except services.Stale as stale:
            differences, status = _both_texts(stale.current, values), 409
            typed = form.data.copy()
            typed["version"] = stale.current.version
            form = ProjectForm(typed, instance=stale.current)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("The project section is saved."))
            return redirect(application)
    context = {"application": application, "form": form, "differences": differences}
    return render(request, "grants/project.html", context, status=status)


def _both_texts(current: Application, typed: dict[str, str]) -> list[dict]:
    labels = {name: Application._meta.get_field(name).verbose_name for name in typed}
    return [
        {"label": labels[name], "saved": getattr(current, name), "typed": text}
        for name, text in typed.items()
        if getattr(current, name) != text
    ]


# Consortium ------------------------------------------------------------------------------------


def consortium(request: HttpRequest, pk: int) -> HttpResponse:
    application, now = _draft_to_edit(request, pk), timezone.now()
    if application.status != Status.DRAFT:
        return _already_submitted(request, application)
    partners = partners_of(application, with_budget=False)
    offices = open_offices(partners, now)
    taken = [partner.city_id for partner in partners if not partner.declined_at]
    choices = City.objects.members(strasbourg_day(now)).exclude(pk__in=taken)
    looked_for = request.GET.get("q", "")
    found = list(choices.search(looked_for) if looked_for else choices)
    form = InviteForm(request.POST or None, cities=choices, shown=found)
    if request.method == "POST" and form.is_valid():
        city = form.cleaned_data["city"]
        try:
            services.invite_partner(application, city, by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            _say_who_was_asked(request, city, now)
            return redirect("grants:consortium", application.pk)
    context = {
        "application": application,
        "rows": _rows(partners, offices),
        "form": form,
        "find_form": FindCityForm(request.GET or None),
        "count": len(found) if looked_for else None,
        "problems": list(consortium_obstacles(application, partners, now, offices)),
    }
    return render(request, "grants/consortium.html", context)


def _say_who_was_asked(request: HttpRequest, city: City, at) -> None:
    if services.people_to_ask(city, at).exists():
        messages.success(request, _("%(city)s is invited. Its coordinators get a message.") % {"city": city})
    else:
        messages.warning(
            request,
            _("%(city)s is invited, but no coordinator of it has an address here. Please tell the unit.")
            % {"city": city},
        )


def _rows(partners: list[Partner], offices: set[tuple[int, int]]) -> list[dict]:
    rows = []
    for partner in partners:
        if partner.is_lead:
            state = (_("Lead city"), "info")
        elif partner.declined_at:
            state = (_("Declined"), "bad")
        elif not partner.confirmed_at:
            state = (_("Waiting for an answer"), "warn")
        elif is_backed(partner, offices):
            state = (_("Confirmed"), "good")
        else:
            state = (_("To be confirmed again"), "warn")
        rows.append({"partner": partner, "state": state[0], "tone": state[1]})
    return rows


def _partner(request: HttpRequest, pk: int, partner_pk: int) -> Partner:
    partners = Partner.objects.select_related("application__call", "city", "confirmed_by")
    return get_object_or_404(partners, pk=partner_pk, application=_application(request, pk))


def remove(request: HttpRequest, pk: int, partner_pk: int) -> HttpResponse:
    application = _draft_to_edit(request, pk)
    if application.status != Status.DRAFT:
        return _already_submitted(request, application)
    partner = (
        Partner.objects.select_related("application", "city").filter(pk=partner_pk, application=application).first()
    )
    if partner is None:
        raise Http404
    if partner.is_lead:
        raise PermissionDenied
    if request.method == "POST":
        try:
            services.remove_partner(partner, by=request.user)
        except Refused as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("%(city)s is no longer in the consortium.") % {"city": partner.city})
        return redirect("grants:consortium", application.pk)
    context = {"application": application, "partner": partner, "lines": partner.budget_lines.count()}
    return render(request, "grants/remove.html", context)


def answer(request: HttpRequest, pk: int, partner_pk: int) -> HttpResponse:
    partner, now = _partner(request, pk, partner_pk), timezone.now()
    application = partner.application
    if application.status != Status.DRAFT:
        return _already_submitted(request, application)
    if not may_answer(request.user, partner, strasbourg_day(now)):
        raise PermissionDenied
    form = AnswerForm(request.POST or kept(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.answer_invitation(partner, **form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            takes_part = form.cleaned_data["takes_part"]
            done = _("%(city)s takes part.") if takes_part else _("%(city)s does not take part. The lead city is told.")
            messages.success(request, done % {"city": partner.city})
            return redirect(application if takes_part else "grants:calls")
    partners = partners_of(application)
    context = {
        "application": application,
        "call": application.call,
        "partner": partner,
        "lead": next(p for p in partners if p.is_lead),
        "budget": budget_of(partners),
        "is_renewal": partner.confirmed_at and not is_backed(partner, open_offices([partner], now)),
        "form": form,
    }
    return render(request, "grants/answer.html", context)


# Budget ----------------------------------------------------------------------------------------


def budget(request: HttpRequest, pk: int) -> HttpResponse:
    application = _application(request, pk)
    if application.status != Status.DRAFT:
        return redirect(application)
    partners = partners_of(application)
    context = {
        "application": application,
        "call": application.call,
        "partners": partners,
        "budget": budget_of(partners),
        "problems": list(budget_obstacles(application, partners)),
        "is_editor": may_edit(request.user, application, strasbourg_day(timezone.now())),
    }
    return render(request, "grants/budget.html", context)


def budget_lines(request: HttpRequest, pk: int, partner_pk: int) -> HttpResponse:
    application = _draft_to_edit(request, pk)
    if application.status != Status.DRAFT:
        return _already_submitted(request, application)
    partner = get_object_or_404(
        Partner.objects.select_related("application", "city"), pk=partner_pk, application=application
    )
    saved = list(partner.budget_lines.values("heading", "label", "amount", "cofinancing"))
    data = request.POST or kept(request)
    formset = BudgetLineFormSet(data, initial=saved, prefix="lines")
    form = VersionForm(data, initial={"version": partner.version})
    current, status = None, 200
    if request.method == "POST" and formset.is_valid() and form.is_valid():
        try:
            services.save_budget(partner, formset.rows(), version=form.cleaned_data["version"], by=request.user)
        except services.Stale as stale:
            current, status = list(stale.current.budget_lines.all()), 409
            form = VersionForm({"version": stale.current.version})
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("The budget of %(city)s is saved.") % {"city": partner.city})
            if "more" in request.POST:
                return redirect("grants:budget_lines", application.pk, partner.pk)
            return redirect("grants:budget", application.pk)
    context = {"application": application, "partner": partner, "formset": formset, "form": form, "current": current}
    return render(request, "grants/budget_lines.html", context, status=status)


# Check, submit, receipt ------------------------------------------------------------------------


def check(request: HttpRequest, pk: int) -> HttpResponse:
    application, now = _application(request, pk), timezone.now()
    if not may_submit(request.user, application, strasbourg_day(now)):
        raise PermissionDenied
    if application.status != Status.DRAFT:
        return _already_submitted(request, application)
    form = DeclarationForm(request.POST or kept(request))
    if request.method == "POST" and form.is_valid():
        try:
            application = services.submit_application(application, by=request.user)
        except Refused as refusal:
            application.refresh_from_db()
            if application.status != Status.DRAFT:
                return _already_submitted(request, application)
            form.add_error(None, refusal)
        else:
            return redirect("grants:submitted", application.pk)
    partners = partners_of(application)
    offices = open_offices(partners, now)
    context = {
        "application": application,
        "call": application.call,
        "rows": _rows(partners, offices),
        "budget": budget_of(partners),
        "partners": partners,
        "call_problems": list(call_obstacles(application, now)),
        "project_problems": list(project_obstacles(application)),
        "consortium_problems": list(consortium_obstacles(application, partners, now, offices)),
        "budget_problems": list(budget_obstacles(application, partners)),
        "form": form,
    }
    context["is_ready"] = not any(context[f"{part}_problems"] for part in ("call", "project", "consortium", "budget"))
    return render(request, "grants/check.html", context)


def submitted(request: HttpRequest, pk: int) -> HttpResponse:
    """The confirmation, right after submitting."""
    application = _application(request, pk)
    if application.status == Status.DRAFT:
        return redirect(application)
    return render(request, "grants/done.html", {"application": application, "call": application.call})


def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    application = _application(request, pk)
    if application.status == Status.DRAFT:
        raise Http404
    pdf = receipt_pdf(application, language="fr" if (get_language() or "").startswith("fr") else "en")
    response = HttpResponse(pdf.content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{application.reference}.pdf"'
    return response
