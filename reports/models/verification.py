"""The cities look at their sheets before the report is approved: confirm, ask for a correction, or stay silent."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from cities.models import City

from .report import Snapshot

User = settings.AUTH_USER_MODEL


class Verification(models.Model):
    """The round in which the cities verify one frozen version, up to the end of the day `until`; or why there is none."""

    snapshot = models.OneToOneField(Snapshot, on_delete=models.PROTECT, related_name="verification")
    until = models.DateField(_("until"), null=True, blank=True, help_text="null when the cities were not asked")
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    skipped_reason = models.CharField(_("why it was skipped"), max_length=250, blank=True)
    skipped_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("verification by the cities"), _("verifications by the cities")
        ordering = ["-opened_at"]
        constraints = [
            models.CheckConstraint(
                name="verification_until_or_skipped", condition=Q(until__isnull=False) | ~Q(skipped_reason="")
            ),
            models.CheckConstraint(
                name="verification_skipped_reason_and_by",
                condition=Q(skipped_reason="") ^ Q(skipped_by__isnull=False),
            ),
            models.CheckConstraint(
                name="verification_skipped_is_closed", condition=Q(skipped_reason="") | Q(closed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.snapshot)


class CityCheck(models.Model):
    """What one city said to its sheet. A later version keeps the answer where the sheet is the same (`sheet_sha256`)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("No answer yet")
        CONFIRMED = "confirmed", _("Confirmed")
        CORRECTION = "correction", _("Asks for a correction")
        ANSWERED = "answered", _("Correction answered")
        SILENT = "silent", _("No answer: counts as agreed")
        UNREACHED = "unreached", _("Nobody to ask")

        @property
        def tone(self) -> str:
            return {
                "waiting": "info", "confirmed": "good", "correction": "bad", "answered": "good", "unreached": "warn",
            }.get(self.value, "neutral")  # fmt: skip

    verification = models.ForeignKey(Verification, on_delete=models.CASCADE, related_name="checks")
    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="+", verbose_name=_("city"))
    sheet_sha256 = models.CharField(max_length=64, help_text="of the city's part of the snapshot")
    state = models.CharField(_("state"), max_length=12, choices=State)
    said_at = models.DateTimeField(
        _("when"), null=True, blank=True, help_text="of the answer, or of the day that passed"
    )
    said_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )
    kept_from = models.PositiveSmallIntegerField(
        _("answer to version"), null=True, blank=True, help_text="where the sheet is the same as in that version"
    )
    request = models.TextField(_("what should be corrected"), blank=True)
    answer = models.TextField(_("answer of the unit"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    history = HistoricalRecords()

    class Meta:
        verbose_name, verbose_name_plural = _("answer of a city"), _("answers of the cities")
        ordering = ["city__search", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["verification", "city"], name="city_check_once"),
            models.CheckConstraint(
                name="check_said_at",
                condition=Q(state__in=["waiting", "unreached"]) ^ Q(said_at__isnull=False),
            ),
            models.CheckConstraint(
                name="check_said_by_whom",
                condition=~Q(state__in=["confirmed", "correction", "answered"]) | Q(said_by__isnull=False),
            ),
            models.CheckConstraint(
                name="check_correction_says_what",
                condition=~Q(state__in=["correction", "answered"]) | ~Q(request=""),
            ),
            models.CheckConstraint(name="check_answered", condition=Q(state="answered") ^ Q(answered_at__isnull=True)),
            models.CheckConstraint(
                name="check_answered_at_and_by",
                condition=Q(answered_at__isnull=True) ^ Q(answered_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city}, {self.verification.snapshot}"

    def get_absolute_url(self) -> str:
        report = self.verification.snapshot.report
        return reverse("reports:sheet", args=[report.year, self.city.slug])
