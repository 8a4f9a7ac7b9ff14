"""The directory of the member cities."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from ..forms import DirectoryForm
from ..maps import directory_maps
from ..models import City

PAGE_LENGTH = 25


@login_not_required
def city_list(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    members = City.objects.members(today)
    form = DirectoryForm(request.GET, codes=set(members.order_by().values_list("country", flat=True).distinct()))
    wanted = form.wanted()
    paginator = Paginator(members.matching(today, **wanted).for_list(today), PAGE_LENGTH)
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "is_filtered": bool(wanted),
        "maps": directory_maps(members) if not wanted and page.number == 1 else None,
        "own": City.objects.of_official(request.user, today) if request.user.is_authenticated else (),
    }
    return render(request, "cities/list.html", context)
