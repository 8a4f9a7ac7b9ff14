"""What the session of a member of staff remembers of a viewing."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.models import Viewing
from cities import acting

from . import services

KEY = "viewing"


def remember(request: HttpRequest, viewing: Viewing) -> None:
    request.session[KEY] = viewing.pk
    acting.act_for(request, viewing.city)
    rotate_token(request)  # so that a form of before cannot be sent during, and one of during not after


def forget(request: HttpRequest) -> None:
    request.session.pop(KEY, None)
    request.session.pop(acting.KEY, None)
    rotate_token(request)


def leave(request: HttpRequest) -> HttpResponse:
    """End the viewing of this request, and nothing else."""
    viewing, request.viewing = request.viewing, None
    services.stop(viewing)
    forget(request)
    messages.success(request, _("You are yourself again."))
    return redirect("admin:cities_city_change", viewing.city_id)
