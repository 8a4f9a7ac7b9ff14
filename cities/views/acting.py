"""The cities somebody serves: what each lacks, and for which one they act."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import gaps
from ..acting import act_for, acting_city, cities_of
from ..forms import MineForm
from ..models import City, Office, Term

PAGE_LENGTH = 50


def mine(request: HttpRequest) -> HttpResponse:
    """The cities the reader serves, each with what it lacks; for a network's coordinator all of the network."""
    today = timezone.localdate()
    form = MineForm(request.GET)
    form.is_valid()
    cities = gaps.with_gaps(City.objects.filter(pk__in=[city.pk for city in cities_of(request)]), today)
    if gap := form.cleaned_data.get("gap"):
        cities = gaps.with_gap(cities, gap, today)
    offices = Term.objects.open(today).filter(office__in=[Office.MAYOR, Office.COORDINATOR]).select_related("contact")
    cities = cities.prefetch_related(Prefetch("terms", offices, to_attr="shown_terms"))
    page = Paginator(cities, PAGE_LENGTH).get_page(request.GET.get("page"))
    for city in page:
        city.gaps = gaps.of(city)
        held = {term.office: term for term in city.shown_terms}
        city.mayor, city.coordinator = held.get(Office.MAYOR), held.get(Office.COORDINATOR)
    context = {"form": form, "page": page, "is_filtered": bool(gap), "acting_for": acting_city(request)}
    return render(request, "cities/mine.html", context)


@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Act for another of one's cities; back to the same page, of that city where the page is about one."""
    own = City.objects.filter(pk__in=[city.pk for city in cities_of(request)])
    city = get_object_or_404(own, slug=request.POST.get("city", ""))
    act_for(request, city)
    messages.success(request, _("You now act for %(city)s.") % {"city": city})
    return redirect(_same_page(request, city))


def _same_page(request: HttpRequest, city: City) -> str:
    url = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
        return city.get_absolute_url()
    try:
        match = resolve(url.partition("?")[0])
    except Resolver404:
        return city.get_absolute_url()
    if "slug" not in match.kwargs or match.namespace not in ("", "cities"):
        return url
    if set(match.kwargs) == {"slug"}:
        return reverse(match.view_name, kwargs={"slug": city.slug})
    return reverse("cities:people", args=[city.slug])
