"""The page of a city: its own facts, and what it took part in, gathered from the other apps."""

from datetime import date
from importlib import import_module
from importlib.util import find_spec

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cities.models import City
from cities.views import detail_context
from common.dates import show
from common.summary import Fact

APPS = ("activities", "grants", "library", "reports", "correspondence")


@login_not_required
def city(request: HttpRequest, slug: str) -> HttpResponse:
    context = detail_context(request, slug)
    return render(
        request,
        "cities/detail.html",
        {**context, "history": [(show(f.on, f.precision), f) for f in history(context["city"])]},
    )


def history(city: City) -> list[Fact]:
    """What every app knows the city took part in, newest first; what has no date last."""
    facts = [
        fact for app in APPS if find_spec(f"{app}.summary") for fact in import_module(f"{app}.summary").history(city)
    ]
    return sorted(facts, key=lambda fact: fact.on or date.min, reverse=True)
