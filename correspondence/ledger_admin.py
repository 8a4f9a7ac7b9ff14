"""What became of a mailing, in the administration: each recipient, each year, as a page and as a table."""

import csv

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RangeDateTimeFilter, RelatedDropdownFilter

from common.admin import PortalAdmin, service_action
from common.files import download
from common.spreadsheets import neutralise
from mail.models import Attachment, State

from . import ledger, services
from .audience import recipients
from .models import Letter, LetterLink, Mailing


class LedgerViews:
    """Pages beside those of a mailing; `MailingAdmin` has them."""

    def ledger_urls(self) -> list:
        views = [
            ("sent/<int:year>/", self.sent_view, "correspondence_mailing_sent"),
            ("sent/<int:year>/csv/", self.sent_csv_view, "correspondence_mailing_sent_csv"),
            ("<path:object_id>/recipients/", self.recipients_view, "correspondence_mailing_recipients"),
            ("<path:object_id>/documents/<int:attachment>/", self.document_view, "correspondence_mailing_document"),
            ("<path:object_id>/recipients/csv/", self.recipients_csv_view, "correspondence_mailing_recipients_csv"),
        ]
        return [path(route, self.admin_site.admin_view(view), name=name) for route, view, name in views]

    def recipients_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Who gets it and who does not and why: as it would be today, or as it was prepared and what became of it."""
        mailing = self.object_or_404(request, object_id)
        is_live = mailing.status == Mailing.Status.DRAFT
        rows = _as_today(mailing) if is_live else _as_prepared(mailing)
        counts = services.progress(mailing)
        corrections = list(services.corrections(mailing, timezone.now())) if counts["total"] else []
        wanted = request.GET.get("state", "")
        wanted = wanted if counts.get(wanted) else ""
        written = [row for row in rows if not row.skip_reason]
        context = self.admin_site.each_context(request) | {
            "title": _("Recipients"),
            "opts": self.opts,
            "original": mailing,
            "mailing": mailing,
            "is_live": is_live,
            "total": len(written),
            "written": [row for row in written if not wanted or (row.message and row.message.state == wanted)],
            "skipped": [row for row in rows if row.skip_reason and not wanted],
            "progress": counts,
            "states": [(state.value, state.label, counts[state.value]) for state in State if counts.get(state.value)],
            "wanted": wanted,
            "rendered": sum(row.is_rendered for row in rows),
            "corrections": corrections,
            "can_go_again": any(not obstacle for _letter, _person, obstacle in corrections),
            "back_url": self.back_url(mailing),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "correspondence/recipients.html", context)

    def document_view(self, request: HttpRequest, object_id: str, attachment: int) -> HttpResponse:
        """A letter or document as an office gets it: what a second person reads before approving."""
        mailing = self.object_or_404(request, object_id)
        enclosed = Attachment.objects.filter(letters__mailing=mailing).distinct()
        file = get_object_or_404(enclosed, pk=attachment)
        return download(file.file, file.name.rpartition(".")[0], content_type=file.content_type)

    def recipients_csv_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        mailing = self.object_or_404(request, object_id)
        return self._table(request, ledger.rows([mailing]), f"mailing-{mailing.pk}", str(mailing))

    def sent_view(self, request: HttpRequest, year: int) -> HttpResponse:
        """The annual report on a year: who received which version, when, at which address."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        mailings = list(ledger.of_year(year))
        context = self.admin_site.each_context(request) | {
            "title": _("Who received the annual report %(year)s") % {"year": year},
            "opts": self.opts,
            "year": year,
            "mailings": mailings,
            "rows": ledger.rows(mailings),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "correspondence/sent.html", context)

    def sent_csv_view(self, request: HttpRequest, year: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._table(request, ledger.rows(ledger.of_year(year)), f"annual-report-{year}", str(year))

    def _table(self, request: HttpRequest, rows: list[ledger.Row], name: str, what: str) -> HttpResponse:
        """CSV that a spreadsheet program reads and does not run; who took it is written to the log."""
        response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}-recipients.csv"'
        writer = csv.writer(response)
        writer.writerow(ledger.headers())
        writer.writerows([neutralise(cell) for cell in row.cells()] for row in rows)
        LogEntry.objects.create(
            user=request.user,
            content_type=ContentType.objects.get_for_model(Mailing),
            action_flag=CHANGE,
            object_repr=what[:200],
            change_message=f"Exported {len(rows)} recipients as csv.",
        )
        return response


def _as_today(mailing: Mailing) -> list[Letter]:
    return [
        Letter(city=p.city, addressee=p.addressee, address=p.address, language=p.language, salutation=p.salutation, skip_reason=p.skip)
        for p in recipients(mailing, timezone.localdate())
    ]  # fmt: skip


def _as_prepared(mailing: Mailing) -> list[Letter]:
    letters = mailing.letters.select_related("city", "message").prefetch_related("attachments")
    return list(letters.order_by("city__search"))


@admin.register(LetterLink)
class LetterLinkAdmin(PortalAdmin):
    list_display = ["letter", "expires_at", "opened_at", "revoked_at"]
    list_select_related = ["letter__mailing", "letter__city"]
    list_filter = [("letter__mailing", RelatedDropdownFilter), ("revoked_at", RangeDateTimeFilter)]
    search_fields = ["letter__city__name", "letter__mailing__title"]
    fields = readonly_fields = ["letter", "expires_at", "opened_at", "revoked_at"]
    actions_detail = ["revoke", "renew"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LetterLink | None = None) -> bool:
        return False

    @service_action(
        description=gettext_lazy("Withdraw the link"),
        permissions=["correspondence.revoke_letterlink"],
        question=gettext_lazy("From now on this address opens nothing. The office can be given a new one."),
        done=gettext_lazy("The link is withdrawn."),
        when=lambda link: link.revoked_at is None,
    )
    def revoke(self, request: HttpRequest, link: LetterLink) -> None:
        services.revoke_link(link)

    @service_action(
        description=gettext_lazy("Send a new link"),
        permissions=["correspondence.revoke_letterlink"],
        question=lambda link: (
            _("A new link is mailed to %(address)s, where the letter went; an earlier one opens nothing any more.")
            % {"address": link.letter.address}
        ),
        done=gettext_lazy("The new link is in the queue."),
    )
    def renew(self, request: HttpRequest, link: LetterLink) -> None:
        services.renew_link(link, by=request.user)
