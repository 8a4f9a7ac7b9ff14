"""A form posted after the session ended is not lost: it waits in the session until its author has logged in.

The middleware stands where Django's own stood. A view takes the text back and shows it, saving nothing:

    typed = kept(request)                                # a QueryDict once, or None
    form = ProjectForm(request.POST or typed, …)
    if request.method == "POST" and form.is_valid(): …
"""

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

SESSION_KEY = "kept_form"
MAX_CHARACTERS = 200_000
SECONDS = 3600


class LoginRequiredMiddleware(DjangoLoginRequiredMiddleware):
    def handle_no_permission(self, request: HttpRequest, view_func) -> HttpResponse:
        if request.method == "POST" and not request.FILES:
            posted = request.POST.copy()
            posted.pop("csrfmiddlewaretoken", None)
            if posted and len(text := posted.urlencode()) <= MAX_CHARACTERS:
                request.session[SESSION_KEY] = {"path": request.path, "text": text}
                request.session.set_expiry(SECONDS)
        return super().handle_no_permission(request, view_func)


def kept(request: HttpRequest) -> QueryDict | None:
    """What was typed into this page before logging in again, once; None when there is nothing."""
    found = request.session.get(SESSION_KEY)
    if request.method != "GET" or not found or found["path"] != request.path:
        return None
    del request.session[SESSION_KEY]
    messages.warning(
        request, _("Your session had ended. What you typed is below and is not saved yet: check it and save.")
    )
    return QueryDict(found["text"])
