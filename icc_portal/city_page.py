"""The page of a city: its own facts, and what it took part in, gathered from the other apps."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cities.views import detail_context
from common.dates import show
from icc_portal import gather


@login_not_required
def city(request: HttpRequest, slug: str) -> HttpResponse:
    context = detail_context(request, slug)
    is_ours = context["may_edit"] and not request.user.is_staff  # staff read them in the administration
    history = [(show(fact.on, fact.precision), fact) for fact in gather.history(context["city"], is_ours=is_ours)]
    return render(request, "cities/detail.html", {**context, "history": history})
