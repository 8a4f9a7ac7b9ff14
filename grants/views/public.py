"""What anyone may read: the calls and the register of awards."""

import csv
from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from common.formats import euros, strasbourg_time
from common.spreadsheets import neutralise

from ..forms import AwardFilterForm
from ..models import Application, Award, Call, Phase, strasbourg_day
from ..permissions import may_apply


@login_not_required
def calls(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    rows = [(call, call.phase(now)) for call in Call.objects.visible_to(request.user)]
    mine, on = Application.objects.none(), strasbourg_day(now)
    if request.user.is_authenticated and not request.user.is_staff:
        mine = Application.objects.visible_to(request.user, on).for_list()
    context = {
        "current": [row for row in rows if row[1] in (Phase.OPEN, Phase.COMING)],
        "past": [row for row in rows if row[1] not in (Phase.OPEN, Phase.COMING)],
        "mine": mine,
    }
    return render(request, "grants/calls.html", context)


@login_not_required
def call(request: HttpRequest, pk: int) -> HttpResponse:
    call, now = get_object_or_404(Call.objects.visible_to(request.user), pk=pk), timezone.now()
    on = strasbourg_day(now)
    is_official = request.user.is_authenticated and not request.user.is_staff
    context = {
        "call": call,
        "phase": call.phase(now),
        "is_open": call.is_open(now),
        "may_apply": is_official and call.is_open(now) and may_apply(request.user, on),
        "mine": call.applications.visible_to(request.user, on).for_list() if is_official else (),
        "changes": list(changes(call)),
        "awards": Award.objects.filter(application__call=call).select_related("lead_city") if call.released_at else (),
    }
    return render(request, "grants/call.html", context)


def changes(call: Call) -> list[tuple[datetime, list[str]]]:
    """What the unit changed after publishing the call, newest first: when, and a sentence each."""
    shown = {
        "opens_at": (_("Opening moved from %(old)s to %(new)s."), strasbourg_time),
        "closes_at": (_("Deadline moved from %(old)s to %(new)s."), strasbourg_time),
        "envelope": (_("Envelope changed from %(old)s to %(new)s."), euros),
        "ceiling": (_("Ceiling per project changed from %(old)s to %(new)s."), euros),
        "min_cities": (_("Number of member cities needed changed from %(old)s to %(new)s."), str),
        "cofinancing_share": (_("Co-financing changed from %(old)s %% to %(new)s %%."), lambda share: f"{share:f}"),
    }
    found, earlier = [], None
    for record in call.history.order_by("history_date", "history_id"):
        if earlier and earlier.is_published and record.is_published:
            sentences = [
                sentence % {"old": show(getattr(earlier, name)), "new": show(getattr(record, name))}
                for name, (sentence, show) in shown.items()
                if getattr(earlier, name) != getattr(record, name)
            ]
            if sentences:
                found.append((record.history_date, sentences))
        earlier = record
    return found[::-1]


# The register ----------------------------------------------------------------------------------


def _filtered(request: HttpRequest) -> tuple[AwardFilterForm, QuerySet[Award]]:
    form, rows = (
        AwardFilterForm(request.GET or None),
        Award.objects.select_related("lead_city").prefetch_related("cities"),
    )
    if not form.is_valid():
        return form, rows if not form.is_bound else rows.none()
    if year := form.cleaned_data["year"]:
        rows = rows.filter(year=None) if year == "unknown" else rows.filter(year=year)
    if theme := form.cleaned_data["theme"]:
        rows = rows.filter(theme=theme)
    if text := form.cleaned_data["q"]:
        rows = rows.search(text)
    return form, rows


@login_not_required
def awards(request: HttpRequest) -> HttpResponse:
    form, rows = _filtered(request)
    totals = rows.order_by().aggregate(total=Count("pk"), known=Count("amount"), amount=Sum("amount"))
    paginator = Paginator(rows, 25)
    paginator.count = totals["total"]  # counted already
    page = paginator.get_page(request.GET.get("page"))
    context = {"filter_form": form, "page": page, "totals": totals, "query": request.GET.urlencode()}
    return render(request, "grants/awards.html", context)


@login_not_required
def awards_csv(request: HttpRequest) -> HttpResponse:
    """The rows that the filters show, for a spreadsheet: UTF-8 with a mark, no cell that runs."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="icc-grants-awarded.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(["year", "project", "lead_city", "cities", "theme", "amount_eur", "source"])
    for award in _filtered(request)[1]:
        cells = [
            award.year or "",
            award.project,
            award.lead_city.name if award.lead_city else "",
            "; ".join(city.name for city in award.cities.all()),
            award.theme,
            f"{award.amount:.2f}" if award.amount is not None else "",
            award.source,
        ]
        writer.writerow([neutralise(cell) for cell in cells])
    return response
