"""The pages of a report in the administration that are not its form: chapters, figures, verification, versions, documents."""

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext

from common import formats

from .. import figures, services
from ..compare import differences
from ..facts.numbers import numbers
from ..models import AnnualReport
from ..services.verification import verification_obstacles
from ..snapshot import build, in_language
from .chapters import tasks
from .verification import answers, as_csv, counts, rounds

Status = AnnualReport.Status


class Pages:
    """Views and addresses, for the class that keeps the form."""

    def get_urls(self):
        pages = {
            "chapters": self.chapters_view,
            "figures": self.figures_view,
            "verification": self.verification_view,
            "compare": self.compare_view,
            "watch": self.watch,
        }
        own = [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"reports_annualreport_{name}")
            for name, view in pages.items()
        ]
        return [*own, *super().get_urls()]

    def page(self, request: HttpRequest, report: AnnualReport, name: str, title: str, **context) -> HttpResponse:
        context |= self.admin_site.each_context(request) | {
            "title": f"{title} – {report}",
            "opts": self.opts,
            "original": report,
            "back_url": self.back_url(report),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"reports/admin/{name}.html", context)

    def chapters_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        report = self.object_or_404(request, object_id)
        rows = tasks(report, request.user, timezone.now())
        return self.page(request, report, "chapters", gettext("The chapters"), rows=rows)

    def figures_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The figures as the records stand; with `?key=` the rows behind one, `&before` those of the year before."""
        report = self.object_or_404(request, object_id)
        end = figures.last_day(report.year, timezone.localdate())
        key = request.GET.get("key", "")
        if not key:
            rows = in_language(numbers(report, end), "fr" if formats.is_french() else "en")
            add_url = reverse("admin:reports_manualfigure_add") + f"?report={report.pk}"
            return self.page(request, report, "figures", gettext("Figures"), rows=rows, end=end, add_url=add_url)
        if key not in figures.known_keys():
            raise Http404
        if "before" in request.GET:
            end = figures.last_day(report.year - 1)
        label = figures.counted(end)[key].label
        return self.page(request, report, "behind", f"{label} ({end.year})", rows=list(figures.behind(key, end)))

    def verification_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        report = self.object_or_404(request, object_id)
        found = rounds(report)
        wanted = request.GET.get("version", "")
        shown = next((row for row in found if str(row.snapshot.version) == wanted), found[0] if found else None)
        if shown and request.GET.get("format") == "csv":
            return as_csv(shown)
        return self.page(
            request,
            report,
            "verification",
            gettext("Verification by the cities"),
            rounds=found,
            shown=shown,
            counts=counts(shown) if shown else [],
            rows=answers(shown) if shown else [],
            obstacles=list(verification_obstacles(report, timezone.now())) if report.status == Status.COMPILED else [],
        )

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """`?from=1&to=2`; without `to`, what changed in the records since."""
        report = self.object_or_404(request, object_id)
        versions = list(report.freezes().order_by("version"))
        known = {str(row.version): row for row in versions}
        old = known.get(request.GET.get("from", ""), versions[-1] if versions else None)
        new = known.get(request.GET.get("to", ""))
        found = None
        if old:
            after = json.loads(new.data) if new else build(report, timezone.now())
            found = differences(json.loads(old.data), after, "fr" if formats.is_french() else "en")
        return self.page(
            request, report, "compare", gettext("Compare"), versions=versions, old=old, new=new, found=found
        )

    def watch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Works by itself: the page loads again every few seconds while workers are busy."""
        report = self.object_or_404(request, object_id)
        frozen = report.snapshot()
        rows = frozen.renditions.select_related("city").order_by("-kind", "language", "city__search") if frozen else []
        return self.page(
            request,
            report,
            "progress",
            gettext("Documents and progress"),
            progress=services.progress(report),
            rows=rows,
        )
