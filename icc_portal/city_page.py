"""The page of a city, on screen and as a PDF, and cities side by side: their own facts, and what they took part in, gathered from all apps."""

import hashlib
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override

from cities.side_by_side import line
from cities.views import compare_context, detail_context
from common.dates import show
from icc_portal import gather
from reports.document import prose

KEPT = 24 * 60 * 60  # seconds that a PDF stays in the cache, under the hash of what it says


@login_not_required
def city(request: HttpRequest, slug: str) -> HttpResponse:
    context = _context(request, slug)
    return render(
        request, "cities/detail.html", {**context, "pdfs": _addresses(slug) if _may_fetch(request, context) else []}
    )


def city_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """The page for the mayor's desk. It names people, so it is for those who act for the city and for the unit."""
    context = _context(request, slug)
    if not _may_fetch(request, context):
        raise PermissionDenied
    language = get_language() or "en"
    response = HttpResponse(_pdf(context, language), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{slug}-{language}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


def _may_fetch(request: HttpRequest, context: dict[str, Any]) -> bool:
    return context["may_edit"] or request.user.is_staff


def _addresses(slug: str) -> list[tuple[str, str]]:
    """The PDF in each language: (code, address)."""
    addresses = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            addresses.append((code, reverse("city_pdf", args=[slug])))
    return addresses


def _context(request: HttpRequest, slug: str) -> dict[str, Any]:
    context = detail_context(request, slug)
    is_ours = context["may_edit"] and not request.user.is_staff  # staff read them in the administration
    history = [(show(fact.on, fact.precision), fact) for fact in gather.history(context["city"], is_ours=is_ours)]
    return {**context, "history": history}


def _pdf(context: dict[str, Any], language: str) -> bytes:
    """The PDF, from the cache when it says the same as before. What an archive refuses (a sign that no font has, a form
    of text without a place in the structure) is left out, the profile first, then the names in other scripts."""
    from common.pdf import PdfRefused  # loads Pango

    city = context["city"]
    values = {
        **context,
        "profile_html": prose(context["profile"]) if context["profile"] else "",
        "own_names": city.own_names,
        "page_url": settings.PORTAL_URL.rstrip("/") + city.get_absolute_url(),
        "made_on": timezone.localdate(),
    }
    without = {"profile_html": "", "profile_left_out": True}
    for left_out in ({}, without):
        try:
            return _rendered({**values, **left_out}, language)
        except PdfRefused:
            continue
    return _rendered({**values, **without, "own_names": []}, language)


def _rendered(values: dict[str, Any], language: str) -> bytes:
    from common.pdf import render_pdf

    html = render_to_string("cities/pdf/city.html", values)
    key = f"city-pdf:{hashlib.sha256(html.encode()).hexdigest()}"
    content = cache.get(key)
    if content is None:
        morning = datetime.combine(values["made_on"], time(), tzinfo=timezone.get_current_timezone())
        content = render_pdf(html, language=language, created_at=morning).content
        cache.set(key, content, KEPT)
    return content


@login_not_required
def compare(request: HttpRequest) -> HttpResponse:
    context = compare_context(request)
    entries = context["entries"]
    tallies = gather.counts([entry.pk for entry in entries]) if entries else []
    took_part = [
        line(tally.label, entries, [str(tally.by_city.get(entry.pk, 0)) for entry in entries], is_number=True)
        for tally in tallies
    ]
    return render(request, "cities/compare.html", {**context, "took_part": took_part})
