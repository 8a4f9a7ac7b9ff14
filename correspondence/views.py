"""The page of an office: its letter and documents, without an account, through a signed link (R8)."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cities.models import Office
from common.exceptions import Refused
from common.files import download
from mail.models import Attachment

from . import rendering, services
from .forms import NewMayorForm
from .links import link_of
from .models import Letter, LetterLink


def through_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view the link of the address: 404 for a forged one, 410 and a sentence for one that has ended.

    The page is not for search engines, not kept, and its address not told to other sites.
    """

    @login_not_required
    @never_cache
    @wraps(view)
    def inner(request: HttpRequest, token: str, **kwargs) -> HttpResponse:
        link = link_of(token)
        if link is None:
            raise Http404
        if link.is_open(timezone.now()):
            response = view(request, link, token, **kwargs)
        else:
            response = render(request, "correspondence/office_closed.html", {"link": link}, status=410)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = (
            "same-origin"  # with "no-referrer" browsers hide where a form comes from, and it is refused
        )
        patch_cache_control(response, private=True, no_store=True)
        return response

    return inner


@through_link
@require_safe
def office(request: HttpRequest, link: LetterLink, token: str) -> HttpResponse:
    """Looking says nothing: what follows links in mails looks too."""
    if request.method == "GET":
        LetterLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=timezone.now())
    letter = link.letter
    context = {
        "link": link,
        "letter": letter,
        "token": token,
        "subject": letter.message.subject if letter.message else rendering.filled(letter.mailing, letter, "subject"),
        "text": rendering.text(letter.mailing, letter),
        "files": documents(link),
        "is_of_mayor": letter.mailing.office == Office.MAYOR,
    }
    return render(request, "correspondence/office.html", context)


def documents(link: LetterLink) -> list[Attachment]:
    """In the order in which they were enclosed."""
    enclosed = Letter.attachments.through.objects.filter(letter=link.letter_id).select_related("attachment")
    return [row.attachment for row in enclosed.order_by("pk")]


@through_link
@require_safe
def office_file(request: HttpRequest, link: LetterLink, token: str, *, number: int) -> HttpResponse:
    files = documents(link)
    if not 1 <= number <= len(files):
        raise Http404
    file = files[number - 1]
    return download(file.file, file.name.rpartition(".")[0], content_type=file.content_type)


@through_link
@require_POST
def office_received(request: HttpRequest, link: LetterLink, token: str) -> HttpResponse:
    services.say_received(link, timezone.now())
    messages.success(request, _("Thank you. The unit sees that your letter has arrived."))
    return redirect("correspondence:office", token)


@through_link
def office_mayor(request: HttpRequest, link: LetterLink, token: str) -> HttpResponse:
    """Who the mayor is now: a task for the unit, nothing changes by itself."""
    if link.letter.mailing.office != Office.MAYOR:
        raise Http404
    form = NewMayorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.say_new_mayor(link, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Thank you. The unit checks what you wrote before it changes anything."))
            return redirect("correspondence:office", token)
    return render(
        request, "correspondence/office_mayor.html", {"link": link, "letter": link.letter, "token": token, "form": form}
    )
