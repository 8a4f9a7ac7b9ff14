from datetime import date
from decimal import Decimal

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

PERCENT = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]


class ResultQuerySet(models.QuerySet["IndexResult"]):
    def with_scores(self):
        """The last first, each with its scores as three lists in one order: `area_ids`, `values`, `means`."""
        lists = {"area_ids": "scores__area", "values": "scores__score", "means": "scores__sample_mean"}
        some = Q(scores__isnull=False)
        return self.order_by("-on").annotate(
            **{
                name: ArrayAgg(path, filter=some, order_by="scores__pk", default=Value([]))
                for name, path in lists.items()
            }
        )


class IndexResult(models.Model):
    """A city's result in the Intercultural Cities Index; never shown without its sample."""

    city = models.ForeignKey("cities.City", on_delete=models.CASCADE, related_name="index_results")
    on = models.DateField(_("date"))
    version = models.CharField(_("version of the Index"), max_length=20)
    overall = models.DecimalField(
        _("overall score"), max_digits=5, decimal_places=2, validators=PERCENT, help_text="0–100"
    )
    sample_size = models.PositiveSmallIntegerField(_("cities in the sample"))
    sample_on = models.DateField(
        _("date of the sample"), null=True, blank=True, help_text=_("Empty when it is the date of the result.")
    )
    overall_mean = models.DecimalField(
        _("overall mean of the sample"), max_digits=5, decimal_places=2, null=True, blank=True, validators=PERCENT
    )
    source = models.URLField(_("source"), max_length=400, blank=True)
    is_made_up = models.BooleanField(_("made up for the demonstration"), default=False)

    history = HistoricalRecords()
    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("Index result"), _("Index results")
        ordering = ["-on"]
        constraints = [
            models.UniqueConstraint(
                fields=["city", "on"],
                name="index_once_a_day",
                violation_error_message=_("This city has a result of this day already."),
            ),
            models.CheckConstraint(name="index_overall_0_100", condition=Q(overall__range=(0, 100))),
            models.CheckConstraint(name="index_mean_0_100", condition=Q(overall_mean__range=(0, 100))),
            models.CheckConstraint(
                name="index_has_a_sample",
                condition=Q(sample_size__gt=0),
                violation_error_message=_("A result needs its sample: at least one city."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city} {self.on}"

    @property
    def sampled_on(self) -> date:
        """The day of the sample that the result is compared with."""
        return self.sample_on or self.on


class IndexScore(models.Model):
    result = models.ForeignKey(IndexResult, on_delete=models.CASCADE, related_name="scores")
    area = models.ForeignKey("cities.PolicyArea", on_delete=models.PROTECT, verbose_name=_("policy area"))
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, validators=PERCENT, help_text="0–100")
    sample_mean = models.DecimalField(
        _("mean of the sample"), max_digits=5, decimal_places=2, null=True, blank=True, validators=PERCENT
    )

    class Meta:
        verbose_name, verbose_name_plural = _("Index score"), _("Index scores")
        ordering = ["area"]
        constraints = [
            models.UniqueConstraint(fields=["result", "area"], name="area_scored_once"),
            models.CheckConstraint(name="score_0_100", condition=Q(score__range=(0, 100))),
            models.CheckConstraint(name="score_mean_0_100", condition=Q(sample_mean__range=(0, 100))),
        ]

    def __str__(self) -> str:
        return f"{self.area}: {self.score}"
