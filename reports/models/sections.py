"""The section that a network writes for the report, asked of its coordinator by a date."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cities.models import NationalNetwork, Term

from .report import AnnualReport

User = settings.AUTH_USER_MODEL


class NetworkSectionQuerySet(models.QuerySet["NetworkSection"]):
    def of_coordinator(self, user, on: date) -> "NetworkSectionQuerySet":
        """Sections of the networks that `user` coordinates on the day `on`."""
        terms = Term.objects.open(on).filter(contact__user=user, network__isnull=False)
        return self.filter(network__in=terms.values("network"))


class NetworkSection(models.Model):
    class Status(models.TextChoices):
        ASKED = "asked", _("Asked")
        HANDED_IN = "handed_in", _("Handed in")
        ACCEPTED = "accepted", _("Accepted")

        @property
        def tone(self) -> str:
            return {"asked": "neutral", "handed_in": "warn", "accepted": "good"}[self.value]

    report = models.ForeignKey(
        AnnualReport, on_delete=models.CASCADE, related_name="sections", verbose_name=_("annual report")
    )
    network = models.ForeignKey(NationalNetwork, on_delete=models.PROTECT, related_name="+", verbose_name=_("network"))
    due_on = models.DateField(_("due on"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ASKED, editable=False)
    text = models.TextField(
        _("text"), blank=True, help_text=_("Markdown; {{ figures.members }} and the like are filled in.")
    )
    version = models.PositiveIntegerField(default=1, editable=False, help_text="against stale saves")
    asked_at = models.DateTimeField(_("asked"), editable=False)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    note = models.TextField(_("what the unit asks to change"), blank=True, editable=False)
    handed_in_at = models.DateTimeField(_("handed in"), null=True, blank=True, editable=False)
    handed_in_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True, editable=False)
    accepted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    objects = NetworkSectionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("section of a network"), _("sections of the networks")
        ordering = ["report", "network__name"]
        constraints = [
            models.UniqueConstraint(fields=["report", "network"], name="network_section_once"),
            models.CheckConstraint(
                name="section_handed_in_at_and_by",
                condition=Q(handed_in_at__isnull=True) ^ Q(handed_in_by__isnull=False),
            ),
            models.CheckConstraint(
                name="section_accepted_at_and_by", condition=Q(accepted_at__isnull=True) ^ Q(accepted_by__isnull=False)
            ),
            models.CheckConstraint(
                name="section_accepted_status", condition=Q(status="accepted") ^ Q(accepted_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network} ({self.report.year})"

    def get_absolute_url(self) -> str:
        return reverse("reports:section", args=[self.pk])
