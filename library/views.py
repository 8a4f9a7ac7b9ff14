from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cities.acting import acting_city
from cities.models import City
from common.exceptions import Refused, Stale
from common.files import download
from common.text import fold

from . import services
from .forms import PracticeForm, PublicationFilter
from .models import GoodPractice, Publication, PublicationFile
from .permissions import may_download, may_edit, may_write

PAGE = 20


def publication_list(request: HttpRequest) -> HttpResponse:
    form = PublicationFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = Publication.objects.prefetch_related("policy_areas", "files")
    for word in fold(chosen.get("q", "")).split():
        found = found.filter(search__contains=word)
    if area := chosen.get("area"):
        found = found.filter(policy_areas=area)
    if kind := chosen.get("kind"):
        found = found.filter(kind=kind)
    if year := chosen.get("year"):
        found = found.filter(year=year)
    if language := chosen.get("language"):
        found = found.filter(Q(languages=language) | Q(languages__regex=rf"(^|\|){language}(\||$)"))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "library/list.html", {"page": page, "filter_form": form})


def publication_detail(request: HttpRequest, pk: int) -> HttpResponse:
    publication = get_object_or_404(Publication.objects.prefetch_related("policy_areas", "cities", "files"), pk=pk)
    may = may_download(request.user, timezone.localdate())
    return render(request, "library/detail.html", {"publication": publication, "may_download": may})


def file(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(PublicationFile.objects.select_related("publication"), pk=pk)
    if not may_download(request.user, timezone.localdate()):
        raise PermissionDenied(_("The files of the library are for officials of member cities."))
    return download(found.file, f"{found.publication.title} {found.language}")


def practice_list(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    visible = GoodPractice.objects.visible_to(request.user, today).select_related("city")
    page = Paginator(visible.prefetch_related("policy_areas"), PAGE).get_page(request.GET.get("page"))
    return render(request, "library/practices.html", {"page": page, "may_write": may_write(request.user, today)})


def practice_detail(request: HttpRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    visible = GoodPractice.objects.visible_to(request.user, today).select_related("city", "inspired_by__city")
    practice = get_object_or_404(visible, pk=pk)
    context = {
        "practice": practice,
        "areas": practice.policy_areas.all(),
        "inspired": practice.inspired.filter(status=GoodPractice.Status.PUBLISHED).select_related("city"),
        "may_edit": may_edit(request.user, practice, today),
    }
    return render(request, "library/practice.html", context)


def practice_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Write a new practice, or edit a draft; a save of an older version answers 409 and shows both texts."""
    today = timezone.localdate()
    cities = City.objects.of_official(request.user, today)
    practice = get_object_or_404(GoodPractice.objects.visible_to(request.user, today), pk=pk) if pk else None
    if not (may_edit(request.user, practice, today) if practice else may_write(request.user, today)):
        raise PermissionDenied
    initial = {} if practice else {"city": acting_city(request)}
    form = PracticeForm(request.POST or None, instance=practice, cities=cities, initial=initial)
    current, status = None, 200
    if form.is_valid():
        data = form.cleaned_data
        try:
            saved = services.save_practice(
                practice,
                city=practice.city if practice else data["city"],
                texts=form.texts(),
                areas=list(data["policy_areas"]),
                by=request.user,
                version=data["version"],
            )
        except Stale as stale:
            current, status = stale.current, 409
            form.data = form.data.copy()
            form.data["version"] = stale.current.version
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("The practice is saved. Hand it in when it is complete."))
            return redirect(saved)
    context = {"form": form, "practice": practice, "current": current}
    return render(request, "library/practice_edit.html", context, status=status)


def practice_submit(request: HttpRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    practice = get_object_or_404(GoodPractice.objects.visible_to(request.user, today), pk=pk)
    if request.method != "POST":
        return redirect(practice)
    if not City.objects.of_official(request.user, today).filter(pk=practice.city_id).exists():
        raise PermissionDenied
    try:
        services.submit(practice, by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.messages[0])
    else:
        messages.success(request, _("The practice is handed in. The unit reviews it and writes to you."))
    return redirect(practice)
