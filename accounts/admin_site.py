"""The administration: reached through the portal's own login, closed without a second factor."""

from functools import wraps

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from .permissions import may_open_admin

NEXT_KEY = "accounts.after_second_factor"

# Unfold's pages are built on Alpine.js, which evaluates attributes, and on style attributes.
POLICY = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}


class PortalAdminSite(UnfoldAdminSite):
    def has_permission(self, request: HttpRequest) -> bool:
        if not hasattr(request, "_may_open_admin"):
            request._may_open_admin = may_open_admin(request.user) if request.user.is_authenticated else False
        return request._may_open_admin

    def admin_view(self, view, cacheable=False):
        inner = csp_replace(POLICY)(super().admin_view(view, cacheable))

        @wraps(inner)
        def guarded(request, *args, **kwargs):
            if self.has_permission(request):
                return inner(request, *args, **kwargs)
            return self._turn_away(request, request.get_full_path())

        return guarded

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
        safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
        target = wanted if safe else reverse("admin:index")
        return redirect(target) if self.has_permission(request) else self._turn_away(request, target)

    def password_change(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        return redirect("account_change_password")

    def logout(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        return redirect("account_logout")

    def _turn_away(self, request: HttpRequest, target: str) -> HttpResponse:
        """To the login, to the second factor, or nowhere."""
        if not request.user.is_authenticated:
            return redirect_to_login(target)
        if not (request.user.is_active and request.user.is_staff):
            raise PermissionDenied
        request.session[NEXT_KEY] = target
        messages.warning(request, _("Set up a second factor first: the administration opens only with one."))
        return redirect("mfa_index")
