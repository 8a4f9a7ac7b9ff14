"""The accounts of the demonstration on one page; there is no such page on a real portal."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import never_cache

from icc_portal.demo_accounts import ACCOUNTS, PASSWORD, TOTP_SECRET, current_code


@login_not_required
@never_cache
def demo(request: HttpRequest) -> HttpResponse:
    if not settings.DEMO:
        raise Http404
    code, seconds = current_code()
    rows = [(account, _address(account.page)) for account in ACCOUNTS]
    context = {"rows": rows, "password": PASSWORD, "secret": TOTP_SECRET, "code": code, "seconds": seconds}
    return render(request, "icc_portal/demo.html", context)


def _address(page: str) -> str:
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""
