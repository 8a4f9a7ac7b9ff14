"""The texts of a report: a list of tasks, and both languages of a chapter side by side with how they will look."""

from datetime import datetime

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from accounts.models import User
from common import formats
from common.admin import PortalAdmin
from common.exceptions import Refused, Stale
from common.kept import kept

from .. import figures, live, services
from ..facts.numbers import of_manual
from ..forms import ChapterForm
from ..models import AnnualReport, Chapter, ChapterDraft, ChapterPresence
from ..placeholders import number
from .pages import action_url


@admin.register(Chapter)
class ChapterAdmin(PortalAdmin):
    list_display = ["kind", "report", "version", "edited_at", "edited_by"]
    list_filter = ["report"]
    list_select_related = ["report", "edited_by"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Chapter | None = None) -> bool:
        return False

    def get_urls(self):
        live_view = self.admin_site.admin_view(require_POST(self.live_view))
        return [path("<path:object_id>/live/", live_view, name="reports_chapter_live"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """A save of an older version answers 409 and shows both texts; what was typed is never lost."""
        chapter, at = self.object_or_404(request, object_id), timezone.now()
        may_write = self.may_write(request, chapter)
        if request.method == "POST" and not self.has_change_permission(request, chapter):
            raise PermissionDenied
        draft = chapter.drafts.filter(user=request.user).first()
        taken = draft if "draft" in request.GET else None
        begun = taken or chapter
        initial = {"text_en": begun.text_en, "text_fr": begun.text_fr, "opened": begun.version}
        form = ChapterForm(request.POST or kept(request), initial=initial)
        current, status = None, 200
        if "_discard" in request.POST:
            services.forget_draft(chapter, by=request.user)
            return redirect(self.back_url(chapter))
        if request.method == "POST" and form.is_valid():
            texts, opened = form.texts(), form.cleaned_data["opened"]
            if "_preview" in request.POST:
                self.keep(chapter, texts, opened, request.user, at)
            else:
                try:
                    services.save_chapter(
                        chapter, text_en=texts["en"], text_fr=texts["fr"], version=opened, by=request.user, at=at
                    )
                except Stale as stale:
                    self.keep(chapter, texts, opened, request.user, at)
                    current, status = stale.current, 409
                    form.data = form.data.copy()
                    form.data["opened"] = str(stale.current.version)
                except Refused as refusal:
                    self.keep(chapter, texts, opened, request.user, at)
                    form.add_error(None, refusal)
                else:
                    messages.success(request, _("The chapter “%(chapter)s” is saved.") % {"chapter": chapter})
                    stays = "_continue" in request.POST
                    return redirect(self.back_url(chapter) if stays else action_url("chapters", chapter.report))
        if not may_write:
            for name in ("text_en", "text_fr"):
                form.fields[name].widget.attrs["readonly"] = True
        others = services.be_present(chapter, by=request.user, at=at) if may_write else []
        context = self.admin_site.each_context(request) | {
            "title": f"{chapter} – {chapter.report}",
            "opts": self.opts,
            "original": chapter,
            "form": form,
            "preview": live.preview(chapter.report, form.texts(), at, names=services.chapter_names(chapter)),
            "current": current,
            "draft": draft if not form.is_bound and not taken and may_write else None,
            "is_draft": bool(taken),
            "others": present(others),
            "known": known(chapter, at),
            "may_write": may_write,
            "back_url": action_url("chapters", chapter.report),
            "live_url": reverse("admin:reports_chapter_live", args=[chapter.pk]),
            "history_url": reverse("admin:reports_chapter_history", args=[chapter.pk]),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "reports/admin/chapter.html", context, status=status)

    def may_write(self, request: HttpRequest, chapter: Chapter) -> bool:
        drafting = chapter.report.status == AnnualReport.Status.DRAFTING
        return drafting and self.has_change_permission(request, chapter)

    def live_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """While somebody types: how it looks, the draft kept, and who else is writing."""
        chapter, at = self.object_or_404(request, object_id), timezone.now()
        if not self.may_write(request, chapter):
            raise PermissionDenied
        form = ChapterForm(request.POST)
        if not form.is_valid():
            return JsonResponse({}, status=400)
        texts, opened = form.texts(), form.cleaned_data["opened"]
        kept_draft = self.keep(chapter, texts, opened, request.user, at)
        said = []
        if kept_draft:
            said.append(_("Kept for you at %(time)s, not saved yet.") % {"time": clock(at)})
        if chapter.version != opened:
            said.append(
                _("Somebody else has saved this chapter since you opened it. When you save, you will see both texts.")
            )
        return JsonResponse(
            {
                "preview": live.preview(chapter.report, texts, at, names=services.chapter_names(chapter)),
                "status": " ".join(said),
                "others": present(services.be_present(chapter, by=request.user, at=at)),
            }
        )

    def keep(self, chapter: Chapter, texts: dict, opened: int, user: User, at: datetime) -> ChapterDraft | None:
        return services.keep_draft(chapter, text_en=texts["en"], text_fr=texts["fr"], version=opened, by=user, at=at)


def clock(at: datetime) -> str:
    return formats.clock(timezone.localtime(at))


def present(others: list[ChapterPresence]) -> str:
    """Who else is writing, and since when."""
    return " ".join(
        _("%(name)s has had this chapter open since %(time)s.")
        % {"name": row.user.name or row.user, "time": clock(row.since)}
        for row in others
    )


def known(chapter: Chapter, at: datetime) -> list[dict]:
    """What a text of this chapter can name, with its present value."""
    report = chapter.report
    end = figures.last_day(report.year, timezone.localdate(at))
    rows = [
        {"mark": f"{{{{ {name} }}}}", "label": label, "value": value}
        for name, label, value in (
            ("year", _("the year"), str(report.year)),
            ("city", _("the city of the mayor, for example"), live.example(at)),
        )
        if name in services.chapter_names(chapter)
    ]
    language = (formats.is_french() and "fr") or "en"
    labels = figures.counted(end)
    for key, (value, unit) in figures.values(end).items():
        shown = number(str(value), language, unit)
        rows.append({"mark": f"{{{{ figures.{key} }}}}", "label": labels[key].label, "value": shown})
    for manual in report.manual_figures.all():
        shown = number(of_manual(manual)["value"], language)
        rows.append({"mark": f"{{{{ figures.{manual.key} }}}}", "label": manual.label, "value": shown})
    return rows


def tasks(report: AnnualReport, user: User, at: datetime) -> list[dict]:
    """The chapters with what is written, by whom and when, and who is at it now."""
    drafts = set(ChapterDraft.objects.filter(chapter__report=report, user=user).values_list("chapter", flat=True))
    writing: dict[int, list[ChapterPresence]] = {}
    rows = ChapterPresence.objects.at(at).filter(chapter__report=report).exclude(user=user).select_related("user")
    for row in rows:
        writing.setdefault(row.chapter_id, []).append(row)
    return [
        {
            "chapter": chapter,
            "url": reverse("admin:reports_chapter_change", args=[chapter.pk]),
            **written(chapter),
            "draft": chapter.pk in drafts,
            "others": present(writing.get(chapter.pk, [])),
        }
        for chapter in report.chapters.select_related("edited_by")
    ]


def written(chapter: Chapter) -> dict[str, str]:
    """`state` in words and its `tone`."""
    there = [code for code in ("en", "fr") if (getattr(chapter, f"text_{code}") or "").strip()]
    if not there:
        return {"state": pgettext("a text", "Empty"), "tone": "bad"}
    if len(there) == 1:
        state = _("English only") if there == ["en"] else _("French only")
        return {"state": state, "tone": "warn"}
    if chapter.edited_at is None:
        return {"state": _("Starter text"), "tone": "info"}
    return {"state": _("Written in both languages"), "tone": "good"}
