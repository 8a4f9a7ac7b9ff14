"""Where others than the unit contribute: a network's coordinator writes its section, a city verifies its sheet."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cities.models import City
from common.exceptions import Refused, Stale
from common.kept import kept

from . import document, live, services
from .forms import CorrectionForm, SectionForm
from .models import AnnualReport, CityCheck, NetworkSection, Rendition
from .permissions import may_preview, may_verify, may_write_section
from .render import frozen_data
from .services.verification import is_open
from .views import language_of, served

Kind, State = Rendition.Kind, Rendition.State


# The section of a network ----------------------------------------------------------------------


def section(request: HttpRequest, pk: int) -> HttpResponse:
    """Write, preview, save and hand in. A save of an older version answers 409 and shows both texts."""
    if request.user.is_staff and request.user.has_perm("reports.view_networksection"):
        return redirect("admin:reports_networksection_change", pk)
    row = _section_or_404(request, pk)
    at, typed = timezone.now(), kept(request)
    initial = {"text_en": row.text_en, "text_fr": row.text_fr, "version": row.version}
    form = SectionForm(request.POST or typed, initial=initial)
    context: dict[str, Any] = {"section": row, "form": form, "may_write": may_write_section(request.user, row, at)}
    action = request.POST.get("action", "")
    status = 200
    if request.method == "POST" and form.is_valid():
        texts = {language: form.cleaned_data[f"text_{language}"] for language in ("en", "fr")}
        if action == "preview":
            context["preview"] = live.preview(row.report, texts, at)
        else:
            try:
                _save(row, texts, form.cleaned_data["version"], request.user, hands_in=action == "hand_in")
            except Stale as stale:
                status = 409
                context["current"] = stale.current
                form.data = form.data.copy()
                form.data["version"] = str(stale.current.version)
            except Refused as refusal:
                form.add_error(None, refusal)
            else:
                done = _("The section is handed in. Thank you.") if action == "hand_in" else _("The section is saved.")
                messages.success(request, done)
                return redirect(row)
    shown = {language: form[f"text_{language}"].value() or "" for language in ("en", "fr")}
    context.setdefault("preview", live.preview(row.report, shown, at))
    return render(request, "reports/section.html", context, status=status)


@transaction.atomic
def _save(row: NetworkSection, texts: dict[str, str], version: int, user, *, hands_in: bool) -> None:
    row = services.save_section(row, text_en=texts["en"], text_fr=texts["fr"], version=version, by=user)
    if hands_in:
        services.hand_in(row, by=user)


@require_POST
def section_live(request: HttpRequest, pk: int) -> HttpResponse:
    row = _section_or_404(request, pk)
    texts = {language: request.POST.get(f"text_{language}", "") for language in ("en", "fr")}
    return JsonResponse({"preview": live.preview(row.report, texts, timezone.now())})


def _section_or_404(request: HttpRequest, pk: int) -> NetworkSection:
    rows = NetworkSection.objects.of_coordinator(request.user, timezone.localdate())
    return get_object_or_404(rows.select_related("report", "network"), pk=pk)


# The sheet of a city ---------------------------------------------------------------------------


def sheet(request: HttpRequest, year: int, slug: str) -> HttpResponse:
    """What the annual report says of a city; its officials confirm it or ask for a correction."""
    at = timezone.now()
    check, report = _check_or_404(request, year, slug, timezone.localdate(at))
    if report.snapshot() is None:
        return render(request, "reports/sheet_withdrawn.html", {"report": report, "city": check.city})
    may_answer = may_verify(request.user, check.city, timezone.localdate(at)) and (
        report.status == AnnualReport.Status.COMPILED and is_open(check.verification, at)
    )
    asks = request.method == "POST" and request.POST.get("action") == "correct"
    form = CorrectionForm(request.POST if asks else kept(request), initial={"seen": check.state})
    if request.method == "POST":
        if not may_verify(request.user, check.city, timezone.localdate(at)):
            raise PermissionDenied
        if not asks or form.is_valid():
            try:
                if asks:
                    services.ask_correction(
                        check,
                        request=form.cleaned_data["request"],
                        by=request.user,
                        seen=form.cleaned_data["seen"],
                        at=at,
                    )
                else:
                    services.confirm_sheet(check, by=request.user, seen=request.POST.get("seen", ""), at=at)
            except Stale as stale:
                check = stale.current
                messages.warning(
                    request, _("A colleague has answered meanwhile: read the answer below before you give yours.")
                )
                if asks:
                    form.data = form.data.copy()
                    form.data["seen"] = check.state
            except Refused as refusal:
                messages.error(request, " ".join(refusal.messages))
            else:
                messages.success(request, _("Thank you. Your answer is recorded."))
                return redirect(check)
    local = document.sheet_context(frozen_data(check.verification.snapshot_id), slug, language_of(request))
    context = {**local, "report": report, "check": check, "form": form, "may_answer": may_answer}
    return render(request, "reports/sheet.html", context)


@require_safe
def sheet_pdf(request: HttpRequest, year: int, slug: str) -> HttpResponse:
    """The letter with the sheet, as the mayor will get it."""
    check, report = _check_or_404(request, year, slug, timezone.localdate())
    rows = Rendition.objects.filter(snapshot=report.snapshot(), kind=Kind.LETTER, city=check.city, state=State.DONE)
    return served(request, get_object_or_404(rows.select_related("snapshot__report", "city")), is_public=False)


def _check_or_404(request: HttpRequest, year: int, slug: str, on: date) -> tuple[CityCheck, AnnualReport]:
    """The city's part in the last round on the report of the year, for those who act for the city, and the unit."""
    report = get_object_or_404(AnnualReport, year=year)
    city = get_object_or_404(City, slug=slug)
    if not (may_verify(request.user, city, on) or may_preview(request.user, report)):
        raise Http404
    rounds = CityCheck.objects.filter(verification__snapshot__report=report, city=city)
    if frozen := report.snapshot():
        rounds = rounds.filter(verification__snapshot=frozen)
    rows = rounds.select_related("verification__snapshot__report", "city", "said_by")
    check = rows.order_by("-verification__snapshot__version").first()
    if check is None:
        raise Http404
    return check, report


# The draft -------------------------------------------------------------------------------------


@require_safe
def draft(request: HttpRequest, year: int, what: str, language: str) -> HttpResponse:
    """A document of the draft, for the unit."""
    report = get_object_or_404(AnnualReport, year=year)
    if not may_preview(request.user, report):
        raise PermissionDenied
    rows = Rendition.objects.filter(snapshot=report.draft(), kind=what, language=language, state=State.DONE)
    return served(request, get_object_or_404(rows.select_related("snapshot__report")), is_public=False)
