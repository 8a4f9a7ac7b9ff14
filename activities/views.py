from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cities.acting import acting_city
from cities.models import City
from common.exceptions import Refused
from common.files import download
from common.viewing import is_viewing

from . import calendars, services
from .forms import ActivityFilter, NeedsForm, RegistrationForm
from .models import Activity, Material, Registration
from .permissions import may_change_registration

PAGE = 20
FEED_SALT = "activities.feed"


def activity_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    form = ActivityFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    activities = Activity.objects.visible_to(request.user).select_related("host_city")
    if (when := chosen.get("when")) == "past":
        activities = activities.filter(ends_at__lt=now)
    elif when != "all":
        activities = activities.filter(ends_at__gte=now).order_by("starts_at", "pk")
    for name in ("kind", "format"):
        if value := chosen.get(name):
            activities = activities.filter(**{name: value})
    held = Count("registrations", filter=Q(registrations__status__in=Registration.HOLDS_SEAT))
    page = Paginator(activities.annotate(taken=held), PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "activities/list.html",
        {"page": page, "filter_form": form, "now": now, "when": when, "feed_url": feed_url(request)},
    )


def activity_detail(request: HttpRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    activity = get_object_or_404(Activity.objects.visible_to(request.user).select_related("host_city"), pk=pk)
    cities = City.objects.of_official(request.user, timezone.localdate(now))
    mine = list(activity.registrations.filter(city__in=cities).select_related("city"))
    if any(r.status == Registration.Status.WAITING for r in mine):
        order = {r.pk: (place, r.city_has_seat) for place, r in enumerate(services.waiting_order(activity), start=1)}
        for registration in mine:
            registration.place = order.get(registration.pk)
    return render(
        request,
        "activities/detail.html",
        {
            "activity": activity,
            "agenda": activity.agenda.all(),
            "materials": activity.materials.all(),
            "registrations": mine,
            "is_confirmed": any(r.status in ("confirmed", "attended") for r in mine),
            "taken": services.seats_taken(activity),
            "is_open": activity.is_open(now),
            "may_register": bool(cities),
            "now": now,
        },
    )


def registration_new(request: HttpRequest, pk: int) -> HttpResponse:
    activity = get_object_or_404(Activity.objects.visible_to(request.user), pk=pk, has_registration=True)
    cities = City.objects.of_official(request.user, timezone.localdate())
    if not cities:
        raise PermissionDenied
    initial = {"language": request.user.language, "city": acting_city(request)}
    form = RegistrationForm(request.POST or None, cities=cities, initial=initial)
    if form.is_valid():
        try:
            registration = services.register(
                activity, city=form.cleaned_data["city"], participant=form.participant(), by=request.user
            )
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _said(registration))
            return redirect("activities:registration", pk=registration.pk)
    return render(request, "activities/register.html", {"activity": activity, "form": form, "cities": cities})


def _said(registration: Registration) -> str:
    return {
        Registration.Status.CONFIRMED: _("The seat is confirmed."),
        Registration.Status.WAITING: _("All seats are taken. The participant is on the waiting list."),
        Registration.Status.REQUESTED: _("The request has been sent. The unit will decide."),
    }[registration.status]


def _registration(request: HttpRequest, pk: int) -> Registration:
    """The registration, if its activity is visible; staff and officials of its city may open it."""
    visible = Registration.objects.filter(activity__in=Activity.objects.visible_to(request.user))
    registration = get_object_or_404(visible.select_related("activity", "city"), pk=pk)
    if not (request.user.is_staff or may_change_registration(request.user, registration, timezone.localdate())):
        raise Http404
    return registration


def registration_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """State of one registration, with what can be done now; each button posts `do`."""
    registration = _registration(request, pk)
    form = NeedsForm(request.POST if request.POST.get("do") == "needs" else None, initial={"needs": registration.needs})
    if request.method == "POST":
        try:
            if said := _do(request, registration, form):
                messages.success(request, said)
                return redirect("activities:registration", pk=pk)
        except Refused as refusal:
            for sentence in refusal.messages:
                messages.error(request, sentence)
            return redirect("activities:registration", pk=pk)
    return render(
        request,
        "activities/registration.html",
        {"registration": registration, "activity": registration.activity, "form": form, "now": timezone.now()},
    )


def _do(request: HttpRequest, registration: Registration, form: NeedsForm) -> str:
    """Carry out the button that was pressed; an empty answer means the form must be shown again."""
    match request.POST.get("do"):
        case "accept":
            services.accept_offer(registration)
            return _("The seat is confirmed.")
        case "decline":
            services.decline_offer(registration)
            return _("The offer is declined. Thank you for making room.")
        case "cancel":
            services.cancel_registration(registration, by=request.user)
            return _("The registration is cancelled.")
        case "needs" if form.is_valid():
            services.tell_needs(registration, form.cleaned_data["needs"])
            return _("The organiser will take this into account.")
        case "needs":
            return ""
    raise Refused(_("Choose one of the buttons on this page."))


def registration_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once before a seat is given back."""
    registration = _registration(request, pk)
    return render(request, "activities/cancel.html", {"registration": registration, "activity": registration.activity})


def calendar_entry(request: HttpRequest, pk: int) -> HttpResponse:
    """The `.ics` of one activity; the joining link is in it only for a city with a confirmed seat."""
    activity = get_object_or_404(Activity.objects.visible_to(request.user), pk=pk)
    return _calendar(f"activity-{pk}.ics", [activity], request.user)


@login_not_required
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The personal calendar feed, opened by a calendar program with a signed address."""
    try:
        pk = signing.loads(token, salt=FEED_SALT)
    except signing.BadSignature as error:
        raise Http404 from error
    user = get_object_or_404(User, pk=pk, is_active=True)
    return _calendar("activities.ics", Activity.objects.visible_to(user).filter(has_registration=True), user)


def _calendar(name: str, activities, user: User) -> HttpResponse:
    cities = City.objects.of_official(user, timezone.localdate())
    confirmed = Registration.objects.filter(city__in=cities, status__in=["confirmed", "attended"])
    content = calendars.published(activities, confirmed=frozenset(confirmed.values_list("activity", flat=True)))
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )


def feed_url(request: HttpRequest) -> str:
    """The reader's own address, which nobody else may see."""
    if is_viewing(request):
        return ""
    return request.build_absolute_uri(reverse("activities:feed", args=[signing.dumps(request.user.pk, salt=FEED_SALT)]))


def material(request: HttpRequest, pk: int) -> HttpResponse:
    """A file of an activity, for those who may see the activity."""
    visible = Material.objects.filter(activity__in=Activity.objects.visible_to(request.user)).exclude(file="")
    found = get_object_or_404(visible, pk=pk)
    return download(found.file, found.title)


@login_not_required
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """Anyone with the code can check that a certificate is genuine (A8)."""
    registration = get_object_or_404(
        Registration.objects.select_related("activity", "city"), certificate_code=code, status="attended"
    )
    return render(request, "activities/certificate.html", {"registration": registration})
