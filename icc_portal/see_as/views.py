"""Choosing as whom to look, and coming back."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import User
from cities.models import City
from common.exceptions import Refused

from . import services, session

SHOWN = 20


class OfficialForm(forms.Form):
    official = forms.ModelChoiceField(
        label=gettext_lazy("As whom?"), queryset=User.objects.none(), widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, *args, officials, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["official"].queryset = officials
        if len(officials) == 1:
            self.fields["official"].initial = officials[0]


def choose_city(request: HttpRequest) -> HttpResponse:
    """Search for a city to look as."""
    _check(request)
    text = request.GET.get("q", "").strip()[:100]
    members = City.objects.members(timezone.localdate())
    cities = members.search(text).defer("profile_en", "profile_fr")[:SHOWN] if text else []
    return render(request, "see_as/cities.html", {"q": text, "cities": cities})


def choose_official(request: HttpRequest, slug: str) -> HttpResponse:
    _check(request)
    city = get_object_or_404(City, slug=slug)
    officials = services.officials_of(city, timezone.localdate())
    form = OfficialForm(request.POST or None, officials=officials)
    if form.is_valid():
        try:
            viewing = services.start(city, form.cleaned_data["official"], by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            session.remember(request, viewing)
            return redirect("home")
    minutes = int(services.LASTS.total_seconds() // 60)
    return render(
        request, "see_as/officials.html", {"city": city, "form": form, "officials": officials, "minutes": minutes}
    )


@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    return session.leave(request) if request.viewing else redirect("home")


def _check(request: HttpRequest) -> None:
    if not services.may_view(request.user):
        raise PermissionDenied(_("You may not look at the portal as a city. Ask a unit administrator."))
