from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from common.dates import Precision, show


class Step(models.TextChoices):
    """The path of a member city; the last four change its status."""

    INTEREST = "interest", _("Expression of interest")
    INDEX = "index", _("Intercultural Cities Index")
    EXPERT_VISIT = "expert_visit", _("Expert visit")
    PROFILE = "profile", _("Intercultural profile")
    STRATEGY = "strategy", _("Intercultural strategy")
    INTENT = "intent", _("Statement of intent")
    SUSPENDED = "suspended", _("Suspended")
    REINSTATED = "reinstated", _("Reinstated")
    WITHDRAWN = "withdrawn", _("Withdrawn")

    @classmethod
    def joining(cls) -> list["Step"]:
        return [cls.INTENT, cls.REINSTATED]

    @classmethod
    def status_changing(cls) -> list["Step"]:
        return [cls.INTENT, cls.SUSPENDED, cls.REINSTATED, cls.WITHDRAWN]


class MembershipStep(models.Model):
    """One dated step. A day that no source gives is left empty, never guessed."""

    city = models.ForeignKey("cities.City", on_delete=models.CASCADE, related_name="steps", verbose_name=_("city"))
    kind = models.CharField(_("step"), max_length=20, choices=Step)
    on = models.DateField(_("date"), null=True, blank=True)
    precision = models.CharField(_("known to the"), max_length=10, choices=Precision, default=Precision.DAY)
    ordinal = models.PositiveSmallIntegerField(
        _("ordinal"), null=True, blank=True, help_text=_("e.g. 145 for the 145th member")
    )
    document = models.FileField(_("document"), upload_to="membership/", blank=True)
    source = models.URLField(_("source"), max_length=400, blank=True)
    note = models.TextField(_("note"), blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name, verbose_name_plural = _("membership step"), _("membership steps")
        ordering = [models.F("on").asc(nulls_first=True), "pk"]
        constraints = [
            models.CheckConstraint(
                name="step_dated_or_unknown",
                condition=Q(on__isnull=True) ^ ~Q(precision=Precision.UNKNOWN),
                violation_error_message=_("Give the date, or say that it is unknown."),
            ),
            models.CheckConstraint(
                name="change_of_status_dated",
                condition=~Q(kind__in=["suspended", "reinstated", "withdrawn"]) | Q(on__isnull=False),
                violation_error_message=_("A suspension, reinstatement or withdrawal needs its date."),
            ),
            models.UniqueConstraint(fields=["ordinal"], name="ordinal_once"),
            models.CheckConstraint(name="ordinal_on_intent", condition=Q(ordinal=None) | Q(kind=Step.INTENT)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.shown_date}"

    @property
    def shown_date(self) -> str:
        return show(self.on, self.precision)


class Contribution(models.Model):
    """The yearly contribution of a city: due, paid or waived."""

    class Status(models.TextChoices):
        DUE = "due", _("Due")
        PAID = "paid", _("Paid")
        WAIVED = "waived", _("Waived")

    city = models.ForeignKey("cities.City", on_delete=models.CASCADE, related_name="contributions")
    year = models.PositiveSmallIntegerField(_("year"))
    amount = models.DecimalField(_("amount"), max_digits=9, decimal_places=2, help_text="EUR")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DUE)
    settled_on = models.DateField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)

    history = HistoricalRecords()

    class Meta:
        verbose_name, verbose_name_plural = _("contribution"), _("contributions")
        ordering = ["-year", "city"]
        constraints = [
            models.UniqueConstraint(fields=["city", "year"], name="contribution_once_a_year"),
            models.CheckConstraint(
                name="contribution_due_xor_settled", condition=Q(status="due") ^ Q(settled_on__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city} {self.year}"
