"""What of a city is asked of the unit, and who changed what."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from common.exceptions import Refused

from .. import changelog, services
from .profile import asking, city_to_edit

PAGE_LENGTH = 25


def ask(request: HttpRequest, slug: str) -> HttpResponse:
    city = city_to_edit(request, slug)
    context = {"city": city, **asking(city, request.POST or None)}
    form = context["form"] = context["ask_form"]
    if form.is_valid():
        try:
            with transaction.atomic():
                for kind, values in form.wanted().items():
                    services.request_change(
                        city, kind, values=values, note=form.cleaned_data["note"], by=request.user, via="portal"
                    )
        except Refused as refusal:
            form.add_error("name", refusal)
        else:
            messages.success(request, _("The unit has your request. You get an e-mail once it is decided."))
            return redirect("cities:edit", slug)
    return render(request, "cities/ask.html", context)


def changes(request: HttpRequest, slug: str) -> HttpResponse:
    city = city_to_edit(request, slug)
    page = Paginator(changelog.of_city(city), PAGE_LENGTH).get_page(request.GET.get("page"))
    return render(request, "cities/changes.html", {"city": city, "page": page})
