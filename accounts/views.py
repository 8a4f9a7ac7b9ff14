"""Accepting an invitation, and one's own preferences. Everything else about accounts is allauth's."""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from common.exceptions import Refused

from . import services
from .forms import AcceptForm, PreferencesForm


@sensitive_post_parameters()
@login_not_required
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """The page of an invitation's link. What cannot be accepted says why and what to do (404 unreadable, 410 over)."""
    invitation = services.read_link(token)
    if invitation is None:
        problems = [
            _("This link is not complete. Copy the whole link from the e-mail into the address bar of your browser.")
        ]
        return render(request, "accounts/invitation_closed.html", {"problems": problems}, status=404)
    if problems := list(services.obstacles(invitation, timezone.now())):
        return render(request, "accounts/invitation_closed.html", {"problems": problems}, status=410)
    if request.user.is_authenticated:
        return render(request, "accounts/invitation_other_user.html", {"invitation": invitation})
    form = AcceptForm(request.POST or None, invitation=invitation)
    if form.is_valid():
        try:
            user = services.accept_invitation(
                invitation, password=form.cleaned_data["password1"], name=form.cleaned_data["name"]
            )
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Your account is ready."))
            return perform_login(request, user, email_verification="none")
    return render(request, "accounts/accept.html", {"form": form, "invitation": invitation})


def preferences(request: HttpRequest) -> HttpResponse:
    form = PreferencesForm(request.POST or None, instance=request.user)
    if form.is_valid():
        user = form.save()
        with translation.override(user.language):
            messages.success(request, _("Your preferences are saved."))
            return redirect(reverse("accounts:preferences"))
    if form.errors:
        request.user.refresh_from_db()  # the page's frame shows what is saved, the form what was typed
    return render(request, "accounts/preferences.html", {"form": form})


@login_not_required
def root(request: HttpRequest) -> HttpResponse:
    """The bare address: home in the language of the reader, else of their browser."""
    language = (
        request.user.language if request.user.is_authenticated else translation.get_language_from_request(request)
    )
    with translation.override(language):
        response = redirect("home")
    response["Vary"] = "Accept-Language, Cookie"
    return response
