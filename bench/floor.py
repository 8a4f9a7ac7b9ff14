"""The URLs of the portal, and an empty page of its layout: what every page costs before it shows anything."""

from django.conf.urls.i18n import i18n_patterns
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from icc_portal import urls

EMPTY = '{% extends "base.html" %}{% block heading %}{% page_header "Empty" %}{% endblock %}'


def floor(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(EMPTY).render({}, request))


urlpatterns = [*i18n_patterns(path("floor/", floor, name="floor")), *urls.urlpatterns]
