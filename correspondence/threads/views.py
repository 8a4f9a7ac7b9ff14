"""The exchanges of a city with the unit, on the portal. The unit answers in the administration."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cities.acting import acting_city, cities_of
from cities.models import City
from common.exceptions import Refused
from common.files import download
from common.kept import kept
from common.viewing import is_viewing

from . import services
from .forms import MessageForm, ThreadForm
from .models import EntryFile, Reading, Thread

PAGE = 20


def _visible(request: HttpRequest):
    return Thread.objects.visible_to(request.user, timezone.localdate())


def thread_list(request: HttpRequest) -> HttpResponse:
    unread = Thread.objects.unread_by(request.user).filter(pk=OuterRef("pk"))
    threads = _visible(request).select_related("city", "opened_by").annotate(is_unread=Exists(unread))
    page = Paginator(threads, PAGE).get_page(request.GET.get("page"))
    cities = cities_of(request)
    return render(request, "exchanges/list.html", {"page": page, "cities": cities, "shows_city": len(cities) != 1})


def thread_new(request: HttpRequest) -> HttpResponse:
    cities = City.objects.of_official(request.user, timezone.localdate())
    if request.user.is_staff or not cities_of(request):
        raise PermissionDenied
    form = ThreadForm(
        request.POST or kept(request), request.FILES or None, cities=cities, initial={"city": acting_city(request)}
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            thread = services.open_thread(by=request.user, **values)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Your message is with the unit. You get an e-mail when it answers."))
            return redirect(thread)
    return render(request, "exchanges/new.html", {"form": form, "city": acting_city(request)})


def thread(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_visible(request).select_related("city", "assigned_to"), pk=pk)
    form = MessageForm(request.POST or kept(request), request.FILES or None)
    if request.method == "POST":
        if request.user.is_staff:
            raise PermissionDenied
        if form.is_valid():
            try:
                services.write(found, by=request.user, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, refusal)
            else:
                messages.success(request, _("Your message is with the unit. You get an e-mail when it answers."))
                return redirect(found)
    elif not is_viewing(request) and not request.user.is_staff:
        services.mark_read(found, request.user)
    read = Reading.objects.filter(thread=found, user__is_staff=True).order_by("-read_at").first()
    context = {
        "thread": found,
        "entries": found.entries.select_related("author").prefetch_related("files"),
        "form": form,
        "unit_read_at": read.read_at if read else None,
    }
    return render(request, "exchanges/thread.html", context)


def file(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(EntryFile.objects.filter(entry__thread__in=_visible(request)), pk=pk)
    return download(found.file, found.name.rpartition(".")[0])
