"""What the page of a report says of each step, with a link to where it is done."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common import formats

from .. import dispatch, services
from ..models import AnnualReport
from .pages import action_url, ledger_url, link
from .verification import counts, rounds


class Shown:
    """The read-only fields of the page."""

    @admin.display(description=_("status"))
    def state(self, report: AnnualReport) -> str:
        return report.get_status_display()

    @admin.display(description=_("chapters"))
    def written(self, report: AnnualReport) -> str:
        rows = list(report.chapters.all())
        counts = {"written": sum(chapter.edited_at is not None for chapter in rows), "all": len(rows)}
        words = gettext("%(written)s of %(all)s edited") % counts
        return format_html("{}<br>{}", words, link(action_url("chapters", report), gettext("Write the chapters")))

    @admin.display(description=_("figures"))
    def counted(self, report: AnnualReport) -> str:
        count = report.manual_figures.count()
        words = ngettext("%(count)s entered by hand", "%(count)s entered by hand", count) % {"count": count}
        return format_html("{}<br>{}", words, link(action_url("figures", report), gettext("Figures and their rows")))

    @admin.display(description=_("sections of the networks"))
    def networks_asked(self, report: AnnualReport) -> str:
        states = list(report.sections.values_list("status", flat=True))
        if not states:
            return gettext("none asked yet")
        waiting, accepted = states.count("handed_in"), states.count("accepted")
        counts = {"asked": len(states), "handed_in": waiting + accepted, "accepted": accepted}
        words = gettext("%(asked)s asked, %(handed_in)s handed in, %(accepted)s accepted") % counts
        address = reverse("admin:reports_networksection_changelist") + f"?report__id__exact={report.pk}"
        return format_html("{}<br>{}", words, link(address, gettext("Each section")))

    @admin.display(description=_("draft"))
    def drafted(self, report: AnnualReport) -> str:
        draft = report.draft()
        if draft is None:
            return gettext("none")
        rows = draft.renditions.all()
        parts = [
            link(reverse("reports:draft", args=[report.year, row.kind, row.language]), row)
            if row.state == "done"
            else f"{row}: {row.error or row.get_state_display()}"
            for row in rows
        ]
        head = format_html("{}<br>", formats.strasbourg_time(draft.frozen_at))
        return head + format_html_join(mark_safe("<br>"), "{}", ((part,) for part in parts))

    @admin.display(description=_("verification by the cities"))
    def verified(self, report: AnnualReport) -> str:
        found = rounds(report)
        if not found:
            return gettext("not asked yet")
        latest = found[0]
        words = latest.skipped_reason or ", ".join(f"{label} ({count})" for _state, label, count in counts(latest))
        version = gettext("Version %(version)s") % {"version": latest.snapshot.version}
        return format_html(
            "{} – {}<br>{}", version, words, link(action_url("verification", report), gettext("Who did what"))
        )

    @admin.display(description=_("documents"))
    def done(self, report: AnnualReport) -> str:
        counts = services.progress(report)
        if not counts["total"]:
            return gettext("none yet")
        words = gettext("%(done)s of %(total)s done, %(failed)s failed") % counts
        return format_html("{}<br>{}", words, link(action_url("watch", report), gettext("Documents and progress")))

    @admin.display(description=_("frozen facts"))
    def frozen_facts(self, report: AnnualReport) -> str:
        rows = [
            (
                gettext("Version %(version)s") % {"version": snapshot.version},
                " – ".join(filter(None, [formats.day(snapshot.frozen_at), str(snapshot.frozen_by), snapshot.reason])),
                snapshot.sha256,
            )
            for snapshot in report.freezes().select_related("frozen_by")
        ]
        if not rows:
            return gettext("not frozen yet")
        versions = format_html_join("", "<p>{}, {}<br><code>{}</code></p>", rows)
        return versions + link(action_url("compare", report), gettext("Compare versions, or with the records of today"))

    @admin.display(description=_("approval"))
    def approval(self, report: AnnualReport) -> str:
        if not report.approved_at:
            return gettext("not approved yet")
        return format_html(
            "{} – {}<br><code>{}</code>",
            formats.day(report.approved_at),
            report.approved_by,
            report.approved_sha256,
        )

    @admin.display(description=_("sending"))
    def sending(self, report: AnnualReport) -> str:
        if report.mailing is None:
            return gettext("not prepared yet")
        counts = dispatch.letter_counts(report)
        words = gettext("%(mails)s mails, %(skipped)s cities skipped with a reason, %(sent)s sent") % counts
        return format_html(
            '{}<br><a class="text-primary-600 underline dark:text-primary-500" href="{}">{}</a>',
            words,
            ledger_url(report),
            gettext("Each recipient"),
        )
