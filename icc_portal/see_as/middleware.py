"""While staff look as an official: the reader is the official, nothing is written, and each page is on record.

It stands behind the middleware that finds the user and before all that ask who it is. `request.viewing` is the row, or None.
"""

from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import ResolverMatch
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ViewedPage, Viewing

from . import services, session

SAFE = ("GET", "HEAD", "OPTIONS")
READS = ("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")
SECRETS = {"token", "key", "uidb36"}  # in an address: a link for one person


class Writing(Exception):
    """A page wanted to write while it was only looked at."""


def read_only(request: HttpRequest):
    """Lets nothing but reading through to the database, until the viewing is left."""

    def check(execute, sql, params, many, context):
        if request.viewing and not sql.lstrip("( \n").upper().startswith(READS):
            raise Writing(sql[:60])
        return execute(sql, params, many, context)

    return check


def is_closed(match: ResolverMatch) -> bool:
    """The administration, all about one's own account, mail of the demonstration, and links for one person."""
    parts = match.route.split("/")
    return (
        "admin" in match.namespaces or {"account", "mailbox"} & set(parts) != set() or bool(SECRETS & set(match.kwargs))
    )


class SeeAsMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.viewing = request.viewing_over = None
        if pk := request.session.get(session.KEY):
            viewing = Viewing.objects.select_related("official", "staff", "city").filter(pk=pk).first()
            if viewing and services.goes_on(viewing, request.user, timezone.now()):
                request.viewing, request.user = viewing, viewing.official
            else:
                request.viewing_over = viewing or True
        if request.viewing is None:
            return self.get_response(request)
        with connection.execute_wrapper(read_only(request)):
            response = self.get_response(request)
        if request.viewing:
            path, is_refused = request.path[:300], response.status_code == 403
            ViewedPage.objects.create(viewing=request.viewing, path=path, is_refused=is_refused)
            response["Cache-Control"] = "private, no-store"
        return response

    def process_view(self, request: HttpRequest, view_func, args, kwargs) -> HttpResponse | None:
        if request.viewing_over:
            return self._over(request)
        match = request.resolver_match
        if not request.viewing or match.view_name == "see_as_stop":
            return None
        if match.view_name == "account_logout" and request.method == "POST":
            return session.leave(request)
        if request.method not in SAFE or is_closed(match):
            return self._refused(request)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return self._refused(request) if isinstance(exception, Writing) else None

    def _refused(self, request: HttpRequest) -> HttpResponse:
        is_saving = request.method not in SAFE
        return render(request, "see_as/refused.html", {"is_saving": is_saving}, status=403)

    def _over(self, request: HttpRequest) -> HttpResponse:
        """What a stale tab sends must not be done as the member of staff who sits there."""
        session.forget(request)
        if isinstance(request.viewing_over, Viewing):
            services.stop(request.viewing_over)
        if request.method not in SAFE:
            return render(request, "see_as/over.html", status=403)
        messages.info(request, _("You no longer look at the portal as a city does: you are yourself again."))
        return redirect("home")
