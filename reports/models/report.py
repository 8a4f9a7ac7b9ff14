"""The annual report: texts, the frozen snapshot, and everything rendered from it (invariants R1–R9)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from cities.models import City
from common.text import language_name
from correspondence.models import Mailing, Signatory

User = settings.AUTH_USER_MODEL


class AnnualReportQuerySet(models.QuerySet["AnnualReport"]):
    def visible_to(self, user):
        """Approved reports; unit staff see them all."""
        return self if user.is_staff else self.filter(status__in=AnnualReport.PUBLIC)


class AnnualReport(models.Model):
    class Status(models.TextChoices):
        DRAFTING = "drafting", _("Drafting")
        FROZEN = "frozen", _("Frozen")
        COMPILED = "compiled", _("Compiled")
        APPROVED = "approved", _("Approved")
        DISPATCHED = "dispatched", _("Dispatched")

        @property
        def tone(self) -> str:
            return {"dispatched": "good", "approved": "good", "compiled": "info", "frozen": "info"}.get(
                self.value, "neutral"
            )

    PUBLIC = ("approved", "dispatched")

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFTING, editable=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    frozen_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    compiling_since = models.DateTimeField(
        _("compiling since"),
        null=True,
        blank=True,
        editable=False,
        help_text="null when nobody asked, done or cancelled",
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    approved_sha256 = models.CharField(
        max_length=64, blank=True, editable=False, help_text="of snapshot and renditions"
    )
    mailing = models.OneToOneField(
        Mailing, null=True, blank=True, on_delete=models.PROTECT, related_name="report", editable=False
    )
    signatory = models.ForeignKey(
        Signatory, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("signed by")
    )

    history = HistoricalRecords()
    objects = AnnualReportQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("annual report"), _("annual reports")
        ordering = ["-year"]
        permissions = [
            ("freeze_annualreport", _("Can freeze the facts of an annual report")),
            ("compile_annualreport", _("Can compile an annual report")),
            ("approve_annualreport", _("Can approve an annual report")),
            ("send_annualreport", _("Can send an annual report to the mayors")),
        ]
        constraints = [
            models.CheckConstraint(
                name="report_four_eyes", condition=Q(approved_by=None) | ~Q(approved_by=models.F("frozen_by"))
            ),
            models.CheckConstraint(
                name="report_drafting_or_frozen_by", condition=Q(status="drafting") ^ Q(frozen_by__isnull=False)
            ),
            models.CheckConstraint(
                name="report_compiles_while_frozen", condition=Q(compiling_since=None) | Q(status="frozen")
            ),
            models.CheckConstraint(
                name="report_approved_at_and_by", condition=Q(approved_at__isnull=True) ^ Q(approved_by__isnull=False)
            ),
            models.CheckConstraint(
                name="report_approved_status",
                condition=Q(approved_at__isnull=False) ^ ~Q(status__in=["approved", "dispatched"]),
            ),
        ]

    def __str__(self) -> str:
        return str(_("Annual report %(year)s") % {"year": self.year})

    def get_absolute_url(self) -> str:
        return reverse("reports:detail", args=[self.year])

    @property
    def is_public(self) -> bool:
        return self.status in self.PUBLIC

    def snapshot(self) -> "Snapshot | None":
        """The facts that hold now: the newest freeze, or none while the report is drafted."""
        return None if self.status == self.Status.DRAFTING else self.freezes().first()

    def freezes(self) -> "models.QuerySet[Snapshot]":
        """The frozen versions, the newest first; a draft is none."""
        return self.snapshots.filter(is_draft=False)

    def draft(self) -> "Snapshot | None":
        """The facts of the draft that was compiled last."""
        return self.snapshots.filter(is_draft=True).first()


class Chapter(models.Model):
    """A text of the report that staff write; `kind` says where it stands."""

    class Kind(models.TextChoices):
        LETTER = "letter", _("Letter to the mayor")
        FOREWORD = "foreword", _("Foreword")
        FIGURES = "figures", _("The year in figures")
        MEMBERS = "members", _("Members and new members")
        INDEX = "index", _("Index and expert visits")
        ACTIVITIES = "activities", _("Activities")
        GRANTS = "grants", _("Inter-city grants")
        NETWORKS = "networks", _("Networks")
        PUBLICATIONS = "publications", _("Publications")
        PRACTICES = "practices", _("Good practices")
        PLANS = "plans", _("Plans")

    report = models.ForeignKey(AnnualReport, on_delete=models.CASCADE, related_name="chapters")
    kind = models.CharField(_("chapter"), max_length=20, choices=Kind)
    text = models.TextField(
        _("text"), blank=True, help_text=_("Markdown; {{ figures.members }} and the like are filled in.")
    )
    version = models.PositiveIntegerField(default=1, editable=False, help_text="against stale saves")
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True, editable=False, help_text="null: starter text")
    edited_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        verbose_name, verbose_name_plural = _("chapter"), _("chapters")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["report", "kind"], name="chapter_once"),
            models.CheckConstraint(
                name="chapter_edited_at_and_by", condition=Q(edited_at__isnull=True) ^ Q(edited_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Snapshot(models.Model):
    """The facts of the year as they were frozen: one canonical JSON document and its SHA-256. Never changed.

    A draft holds the facts of the day it was made, to be looked at; it is version 0, and the next draft replaces it.
    """

    report = models.ForeignKey(AnnualReport, on_delete=models.PROTECT, related_name="snapshots")
    version = models.PositiveSmallIntegerField(_("version"))
    is_draft = models.BooleanField(_("draft"), default=False)
    data = models.TextField(help_text="canonical JSON: sorted keys, no spaces, UTF-8")
    sha256 = models.CharField(max_length=64)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    frozen_at = models.DateTimeField(_("frozen"))
    frozen_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("snapshot"), _("snapshots")
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["report", "version"], name="snapshot_version_once"),
            models.CheckConstraint(name="snapshot_draft_is_version_0", condition=Q(is_draft=True) ^ Q(version__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.report} v{self.version}"


class Rendition(models.Model):
    """A document to be made from a snapshot: a promise of work that a worker claims with a lease."""

    class Kind(models.TextChoices):
        REPORT = "report", _("Report")
        LETTER = "letter", _("Letter with the sheet of the city")
        ANNEX = "annex", _("Data annex")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        RENDERING = "rendering", _("Rendering")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", pgettext_lazy("a mail or document", "Cancelled")

        @property
        def tone(self) -> str:
            return {"done": "good", "failed": "bad", "rendering": "info"}.get(self.value, "neutral")

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="renditions")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    language = models.CharField(_("language"), max_length=5)
    city = models.ForeignKey(
        City, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("city")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="also tells an overtaken worker from the one that claimed"
    )
    error = models.TextField(_("error"), blank=True)
    file = models.FileField(_("file"), upload_to="reports/", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True, help_text="bytes")
    pages = models.PositiveSmallIntegerField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("rendition"), _("renditions")
        ordering = ["kind", "language", "city"]
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "kind", "language", "city"], name="rendition_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="rendition_leased_while_rendering", condition=Q(state="rendering") ^ Q(lease_until__isnull=True)
            ),
            models.CheckConstraint(
                name="rendition_done_has_file",
                condition=Q(state="done") ^ Q(file="", sha256="", finished_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return " – ".join(map(str, filter(None, [self.get_kind_display(), language_name(self.language), self.city])))
