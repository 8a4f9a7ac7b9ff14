"""The pages that gather from all apps."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from cities.models import City, NationalNetwork
from grants.models import Call
from icc_portal import components as parts
from icc_portal import facts, search
from icc_portal import home as home_page
from reports.models import AnnualReport


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """The public front for visitors; for everybody else what needs their attention, what is new, whom to ask."""
    now = timezone.now()
    if not request.user.is_authenticated:
        members = City.objects.members(timezone.localdate(now))
        countries = members.order_by().values("country").distinct().count()
        context = {
            "members": members.count(),
            "countries": countries,
            "networks": NationalNetwork.objects.filter(is_international=False).count(),
            "reports": AnnualReport.objects.filter(status__in=AnnualReport.PUBLIC)[:3],
            "calls": [call for call in Call.objects.visible_to(request.user)[:5] if call.is_open(now)],
        }
        return render(request, "icc_portal/front.html", context)
    return render(request, "icc_portal/home.html", home_page.context(request, now))


@login_not_required
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "icc_portal/about.html")


@login_not_required
def facts_and_figures(request: HttpRequest) -> HttpResponse:
    return render(request, "icc_portal/facts.html", facts.composition(timezone.localdate()))


@login_not_required
def search_all(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:100]
    groups = search.search(text, request.user) if text else []
    return render(request, "icc_portal/search.html", {"q": text, "groups": groups})


@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "icc_portal/accessibility.html")


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


def components(request: HttpRequest) -> HttpResponse:
    """Every part of the design system on one page, with its errors on `?errors=1`; for the unit."""
    if not request.user.is_staff:
        raise PermissionDenied
    data = {} if "errors" in request.GET else None
    context = {
        "form": parts.ExampleForm(data),
        "partner": parts.PartnerForm(data, prefix="partner"),
        "filter_form": parts.FilterForm(request.GET or None),
        "example": parts.example(),
        "principles": [
            ("equality", _("Equality")),
            ("diversity", _("Diversity")),
            ("interaction", _("Interaction")),
            ("participation", _("Participation")),
        ],
    }
    return render(request, "icc_portal/components.html", context)
