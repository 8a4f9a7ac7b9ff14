"""The privacy page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .rules import Whose
from .table import RULES


@login_not_required
def privacy(request: HttpRequest) -> HttpResponse:
    groups = [(whose, [rule for rule in RULES if rule.whose == whose]) for whose in Whose]
    return render(request, "icc_portal/privacy.html", {"groups": groups})
