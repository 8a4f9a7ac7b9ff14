"""The directory of member cities."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.drawing import FRAMES
from common.maps import land

from ..acting import cities_of
from ..catalogue import catalogue
from ..directory import PAGE_LENGTH, Choice, labels
from ..maps import directory_maps
from ..models import City, IndexResult
from ..side_by_side import MOST, facts, index
from ..similar import NEAR, SIZE, similar


@login_not_required
def city_list(request: HttpRequest) -> HttpResponse:
    """Asked for by htmx, only what changed: the cities found, and the counts beside the boxes."""
    today = timezone.localdate()
    book = catalogue(today)
    choice = Choice(request.GET, book)
    chosen = choice.found()
    found = book.ranked(chosen, choice.text)
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    here = {entry.slug for entry in page}
    context = {
        "choice": choice,
        "facets": list(choice.facets()),
        "chips": choice.chips(),
        "page": page,
        "rows": [(entry, _names(choice, entry)) for entry in page],
        "maps": directory_maps(book, chosen) if page.number == 1 else None,
        "elsewhere": [book.by_slug[slug] for slug in choice.compared if slug not in here],
    }
    if request.htmx and not request.htmx.history_restore_request:
        template = "cities/list_found.html"
    else:
        template = "cities/list.html"
        context["own"] = cities_of(request)[:3]
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _names(choice: Choice, entry) -> dict[str, str]:
    """The country, kind and networks of an entry in the reader's language."""
    language = get_language() or "en"
    networks = labels(choice.book, "network", language)
    return {
        "country": labels(choice.book, "country", language)[entry.country],
        "kind": "" if entry.kind == City.Kind.CITY else str(City.Kind(entry.kind).label),
        "networks": ", ".join(networks[code] for code in entry.networks),
    }


@login_not_required
def outlines(request: HttpRequest, extent: str) -> HttpResponse:
    """The land of a map, a picture that browsers keep: its address changes when it does."""
    if extent not in FRAMES:
        raise Http404
    response = HttpResponse(land(extent, _("Outlines of the countries")), content_type="image/svg+xml")
    patch_cache_control(response, public=True, max_age=365 * 24 * 3600, immutable=True)
    return response


def compare_context(request: HttpRequest) -> dict[str, Any]:
    """The cities that were ticked, at most four, with the lines of the comparison."""
    book = catalogue(timezone.localdate())
    ticked = Choice(request.GET, book).compared
    entries = [book.by_slug[slug] for slug in ticked[:MOST]]
    latest = IndexResult.objects.filter(city__in=[e.pk for e in entries]).order_by("city", "-on").distinct("city")
    rows = list(latest.values_list("city", "is_made_up", "overall", "sample_size", "version"))
    results = {city: row for city, _is_made_up, *row in rows}
    made_up = {city for city, is_made_up, *_row in rows if is_made_up}
    return {
        "entries": entries,
        "without": [(entry, _query(e for e in entries if e is not entry)) for entry in entries],
        "left_out": [book.by_slug[slug] for slug in ticked[MOST:]],
        "most": MOST,
        "query": _query(entries),
        "facts": list(facts(entries, book)),
        "index": list(index(entries, book, results)),
        "made_up": [e.name for e in entries if e.pk in made_up],
    }


def _query(entries) -> str:
    return urlencode([("city", entry.slug) for entry in entries])


@login_not_required
def similar_cities(request: HttpRequest, slug: str) -> HttpResponse:
    book = catalogue(timezone.localdate())
    if slug not in book.by_slug:
        raise Http404
    city = book.by_slug[slug]
    names = labels(book, "country", get_language() or "en")
    found = [(like, names[like.entry.country]) for like in similar(city, book)]
    query = _query([city, *[like.entry for like, _country in found[: MOST - 1]]])
    context = {"city": city, "found": found, "compare_query": query, "size": SIZE, "near": NEAR}
    return render(request, "cities/similar.html", context)
