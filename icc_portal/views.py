"""The pages that gather from all apps."""

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from icc_portal import components as parts


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "icc_portal/home.html")


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


@staff_member_required(login_url=settings.LOGIN_URL)
def components(request: HttpRequest) -> HttpResponse:
    """Every part of the design system on one page, with its errors on `?errors=1`."""
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
