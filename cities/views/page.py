"""Texts in further languages and the picture: written by the officials of the city, read by everybody."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.exceptions import Stale

from .. import services
from ..languages import named
from ..models import CityPicture
from ..models.page import TEXT_LANGUAGES
from ..page_forms import PictureForm, TextForm, TextLanguageForm
from .profile import city_to_edit

A_YEAR = 365 * 24 * 60 * 60


def texts(request: HttpRequest, slug: str) -> HttpResponse:
    """The languages there are, and the choice of another."""
    city = city_to_edit(request, slug)
    rows = list(city.texts.all())
    form = TextLanguageForm(request.POST or None, city=city, taken={row.language for row in rows})
    if form.is_valid():
        return redirect("cities:text", slug, form.cleaned_data["language"])
    return render(request, "cities/texts.html", {"city": city, "texts": rows, "form": form})


def text(request: HttpRequest, slug: str, language: str) -> HttpResponse:
    city = city_to_edit(request, slug)
    if language not in TEXT_LANGUAGES:
        raise Http404
    row = city.texts.filter(language=language).first()
    initial = {"text": row.text, "version": row.version} if row else {"version": 0}
    form = TextForm(request.POST or None, initial=initial)
    context: dict[str, Any] = {
        "city": city,
        "form": form,
        "language": language,
        "language_label": named([language])[0][1],
        "direction": "rtl" if language in settings.LANGUAGES_BIDI else "ltr",
    }
    if form.is_valid():
        try:
            saved = services.save_text(city, language, by=request.user, **form.cleaned_data)
        except Stale as stale:
            form.keep(stale.current.version if stale.current else 0)
            return render(request, "cities/text.html", {**context, "stale": True, "current": stale.current}, status=409)
        messages.success(request, _("The text is saved.") if saved else _("The text is removed."))
        return redirect("cities:texts", slug)
    return render(request, "cities/text.html", context)


def picture(request: HttpRequest, slug: str) -> HttpResponse:
    city = city_to_edit(request, slug)
    row = CityPicture.objects.filter(city=city).first()
    names = ("alt_en", "alt_fr", "credit", "version")
    initial = {name: getattr(row, name) for name in names} if row else {"version": 0}
    form = PictureForm(request.POST or None, request.FILES or None, initial=initial, is_first=row is None)
    status = 200
    if form.is_valid():
        try:
            services.save_picture(city, by=request.user, **form.cleaned_data)
        except Stale as stale:
            form.keep(stale.current.version if stale.current else 0)
            status = 409
        except ValidationError as error:  # what only decoding finds, and what a service refuses
            form.add_error("file", error)
        else:
            messages.success(request, _("The picture is saved."))
            return redirect(city)
    return render(request, "cities/picture.html", {"city": city, "picture": row, "form": form}, status=status)


@require_POST
def picture_remove(request: HttpRequest, slug: str) -> HttpResponse:
    city = city_to_edit(request, slug)
    services.remove_picture(city, by=request.user)
    messages.success(request, _("The picture is removed."))
    return redirect(city)


@login_not_required
def picture_file(request: HttpRequest, slug: str, token: str) -> FileResponse:
    """The picture itself. Another picture has another address, so that this one may be kept for a year."""
    row = get_object_or_404(CityPicture, city__slug=slug)
    if row.token != token:
        raise Http404
    response = FileResponse(row.file.open("rb"), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response
