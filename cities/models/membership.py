from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from common.dates import Precision, show
from common.uploads import generated_name


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

    @property
    def tone(self) -> str:
        return {"intent": "good", "reinstated": "good", "suspended": "warn", "withdrawn": "bad"}.get(self, "info")

    @classmethod
    def joining(cls) -> list["Step"]:
        return [cls.INTENT, cls.REINSTATED]

    @classmethod
    def leaving(cls) -> list["Step"]:
        return [cls.SUSPENDED, cls.WITHDRAWN]

    @classmethod
    def status_changing(cls) -> list["Step"]:
        return [cls.INTENT, cls.SUSPENDED, cls.REINSTATED, cls.WITHDRAWN]


LAST_FIRST = (F("on").desc(nulls_last=True), "-pk")


class StepQuerySet(models.QuerySet["MembershipStep"]):
    def deciding(self, on: date):
        """The steps that bear on the status on the day `on`, the one that decides first. A day that was not found
        counts as earlier than every other; of two steps of one day the one entered last decides."""
        by_then = self.filter(Q(on__lte=on) | Q(on=None), kind__in=Step.status_changing())
        return by_then.order_by(*LAST_FIRST)

    def standing(self, on: date):
        """Per city, the step that decides its status on the day `on`."""
        return self.deciding(on).order_by("city_id", *LAST_FIRST).distinct("city")

    def statements(self):
        """Statements of intent, the first of a city first; those whose day was not found come last."""
        return self.filter(kind=Step.INTENT).order_by(F("on").asc(nulls_last=True), "pk")

    def joined(self, year: int):
        """New members of the year, in order: by day, by ordinal, by name. What has no day belongs to no year."""
        order = ["on", F("ordinal").asc(nulls_last=True), "city__search", "pk"]
        return self.filter(kind=Step.INTENT, on__year=year).select_related("city").order_by(*order)

    def left(self, year: int):
        """Suspensions and withdrawals of the year, in order."""
        steps = self.filter(kind__in=Step.leaving(), on__year=year)
        return steps.select_related("city").order_by("on", "city__search", "pk")


def deciding(steps: Iterable["MembershipStep"], on: date) -> "MembershipStep | None":
    """Of the steps of one city, the one that decides its status on the day `on`, as `StepQuerySet.deciding` says it."""
    by_then = [step for step in steps if step.kind in Step.status_changing() and (step.on is None or step.on <= on)]
    return max(by_then, key=lambda step: (step.on or date.min, step.pk), default=None)


def stored_as(step: "MembershipStep", filename: str) -> str:
    return generated_name("membership", Path(filename).suffix.lower())


class MembershipStep(models.Model):
    """One dated step. A day that no source gives is left empty, never guessed."""

    city = models.ForeignKey("cities.City", on_delete=models.CASCADE, related_name="steps", verbose_name=_("city"))
    kind = models.CharField(_("step"), max_length=20, choices=Step)
    on = models.DateField(_("date"), null=True, blank=True)
    precision = models.CharField(_("known to the"), max_length=10, choices=Precision, default=Precision.DAY)
    ordinal = models.PositiveSmallIntegerField(
        _("ordinal"), null=True, blank=True, help_text=_("e.g. 145 for the 145th member")
    )
    document = models.FileField(_("document"), upload_to=stored_as, blank=True)
    source = models.URLField(_("source"), max_length=400, blank=True)
    note = models.TextField(_("note"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="against stale saves")

    history = HistoricalRecords()
    objects = StepQuerySet.as_manager()

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
            models.UniqueConstraint(
                fields=["ordinal"],
                name="ordinal_once",
                violation_error_message=_("Another city has this ordinal."),
            ),
            models.CheckConstraint(
                name="ordinal_on_intent",
                condition=Q(ordinal=None) | Q(kind=Step.INTENT),
                violation_error_message=_("Only a statement of intent gives an ordinal."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.shown_date}"

    @property
    def shown_date(self) -> str:
        return show(self.on, self.precision)

    @property
    def tone(self) -> str:
        return Step(self.kind).tone


class ContributionQuerySet(models.QuerySet["Contribution"]):
    def overdue(self, on: date):
        return self.filter(status=Contribution.Status.DUE, due_on__lt=on)

    def overview(self, on: date):
        """Per year, the last first: number and euros of what is `due`, `paid` and `waived`, and of what is `overdue`."""
        parts = {status.value: Q(status=status) for status in Contribution.Status}
        parts["overdue"] = Q(pk__in=Contribution.objects.overdue(on).values("pk"))
        counts = {name: Count("pk", filter=part) for name, part in parts.items()}
        sums = {f"{name}_eur": Sum("amount", filter=part, default=Decimal(0)) for name, part in parts.items()}
        return self.order_by("-year").values("year").annotate(cities=Count("pk"), **counts, **sums)


class Contribution(models.Model):
    """The yearly contribution of a city: due, paid or waived."""

    class Status(models.TextChoices):
        DUE = "due", _("Due")
        PAID = "paid", _("Paid")
        WAIVED = "waived", _("Waived")

        @property
        def tone(self) -> str:
            return {"due": "warn", "paid": "good", "waived": "info"}[self]

    city = models.ForeignKey(
        "cities.City", on_delete=models.CASCADE, related_name="contributions", verbose_name=_("city")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    amount = models.DecimalField(_("amount"), max_digits=9, decimal_places=2, help_text="EUR")
    due_on = models.DateField(_("to be paid by"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DUE, editable=False)
    settled_on = models.DateField(_("paid or waived on"), null=True, blank=True, editable=False)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, editable=False
    )
    reason = models.CharField(_("reason for the waiver"), max_length=300, blank=True, editable=False)

    history = HistoricalRecords()
    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("contribution"), _("contributions")
        ordering = ["-year", "city"]
        constraints = [
            models.UniqueConstraint(
                fields=["city", "year"],
                name="contribution_once_a_year",
                violation_error_message=_("This city has a contribution for that year already."),
            ),
            models.CheckConstraint(
                name="contribution_due_xor_settled",
                condition=Q(status="due") ^ Q(settled_on__isnull=False),
                violation_error_message=_("What is paid or waived has its day; what is due has none."),
            ),
            models.CheckConstraint(
                name="contribution_waived_for_a_reason",
                condition=Q(status="waived") ^ Q(reason=""),
                violation_error_message=_("A waiver needs its reason, and nothing else has one."),
            ),
            models.CheckConstraint(
                name="contribution_amount_positive",
                condition=Q(amount__gt=0),
                violation_error_message=_("The amount is more than zero; a city that pays nothing has a waiver."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city} {self.year}"

    def is_overdue(self, on: date) -> bool:
        """As `ContributionQuerySet.overdue` says it."""
        return self.status == self.Status.DUE and self.due_on is not None and self.due_on < on
