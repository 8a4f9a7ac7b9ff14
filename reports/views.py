"""The published reports: pages and documents."""

import json
from functools import lru_cache

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from . import document
from .dispatch import file_name
from .models import AnnualReport, Rendition, Snapshot
from .permissions import may_download, may_preview
from .snapshot import LANGUAGES

Kind, State = Rendition.Kind, Rendition.State
CONTENT_TYPES = {
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@login_not_required
@require_safe
def report_list(request: HttpRequest) -> HttpResponse:
    reports = AnnualReport.objects.visible_to(request.user)
    return render(request, "reports/list.html", {"reports": reports})


@login_not_required
@require_safe
def detail(request: HttpRequest, year: int) -> HttpResponse:
    """The HTML twin: the same facts, figures and charts as the PDF, from the same snapshot."""
    report = get_object_or_404(AnnualReport.objects.visible_to(request.user), year=year)
    frozen = report.snapshot()
    if frozen is None:
        return render(request, "reports/not_frozen.html", {"report": report})
    context = twin(frozen.pk, language_of(request))
    files = frozen.renditions.filter(kind__in=[Kind.REPORT, Kind.ANNEX], state=State.DONE).order_by("-kind", "language")
    response = render(request, "reports/detail.html", {**context, "report": report, "frozen": frozen, "files": files})
    patch_cache_control(response, private=True, max_age=0)
    return response


@lru_cache(maxsize=8)
def twin(snapshot_id: int, language: str) -> dict:
    """What the page shows. Snapshots never change, so a web process reads each once."""
    return document.report_context(json.loads(Snapshot.objects.get(pk=snapshot_id).data), language)


def language_of(request: HttpRequest) -> str:
    language = (get_language() or "en").split("-")[0]
    return language if language in LANGUAGES else "en"


# Documents -------------------------------------------------------------------------------------


@login_not_required
@require_safe
def report_pdf(request: HttpRequest, year: int, language: str) -> HttpResponse:
    return document_of(request, year, Kind.REPORT, language)


@login_not_required
@require_safe
def annex(request: HttpRequest, year: int, language: str) -> HttpResponse:
    return document_of(request, year, Kind.ANNEX, language)


def document_of(request: HttpRequest, year: int, kind: str, language: str) -> HttpResponse:
    report = get_object_or_404(AnnualReport.objects.visible_to(request.user), year=year)
    if not may_download(request.user, report):
        raise PermissionDenied
    rows = Rendition.objects.filter(snapshot=report.snapshot(), kind=kind, language=language, state=State.DONE)
    return served(request, get_object_or_404(rows.select_related("snapshot__report")), is_public=report.is_public)


@require_safe
def letter(request: HttpRequest, year: int, slug: str) -> HttpResponse:
    """A letter with its sheet, for the unit; the mayor's office gets it by mail or through its link."""
    report = get_object_or_404(AnnualReport.objects.visible_to(request.user), year=year)
    if not may_preview(request.user, report):
        raise PermissionDenied
    rows = Rendition.objects.filter(snapshot=report.snapshot(), kind=Kind.LETTER, city__slug=slug, state=State.DONE)
    return served(request, get_object_or_404(rows.select_related("snapshot__report", "city")), is_public=False)


def served(request: HttpRequest, rendition: Rendition, *, is_public: bool) -> HttpResponse:
    """The stored file as an attachment; its hash is its ETag, so that a reader fetches it once."""
    etag = quote_etag(rendition.sha256)
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponse = HttpResponseNotModified()
    else:
        try:
            content = default_storage.open(rendition.file.name, "rb")
        except OSError as error:
            raise Http404 from error
        name = file_name(rendition)
        kind = CONTENT_TYPES["." + name.rpartition(".")[2]]
        response = FileResponse(content, as_attachment=True, filename=name, content_type=kind)
        response["Content-Length"] = rendition.size
        response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = etag
    if is_public:
        patch_cache_control(response, public=True, max_age=300)
        patch_vary_headers(response, ["Cookie"])
    else:
        patch_cache_control(response, private=True, no_cache=True)
    return response
