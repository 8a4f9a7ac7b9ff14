"""Calls for inter-city grants, from the published call to the award (invariants G1–G11)."""

from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from cities.models import City
from common.formats import STRASBOURG
from common.text import fold

User = settings.AUTH_USER_MODEL


def strasbourg_day(at: datetime) -> date:
    """The day on which membership and offices are looked up for the aware instant `at`."""
    return at.astimezone(STRASBOURG).date()


class CallQuerySet(models.QuerySet["Call"]):
    def visible_to(self, user):
        """Published calls; the secretariat also sees drafts."""
        return self if user.is_staff else self.filter(is_published=True)


class Phase(models.TextChoices):
    """Where a published call stands; computed, never stored."""

    COMING = "coming", _("Opens soon")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed, being assessed")
    DECIDED = "decided", _("Closed, decided")

    @property
    def tone(self) -> str:
        return {"open": "good", "coming": "info"}.get(self.value, "neutral")


class Call(models.Model):
    """A call for proposals. It is open from `opens_at` up to, not including, `closes_at`."""

    title = models.CharField(_("title"), max_length=200)
    year = models.PositiveSmallIntegerField(_("year"))
    summary = models.TextField(_("summary"), blank=True)
    description = models.TextField(_("text of the call"), blank=True, help_text="Markdown")
    opens_at = models.DateTimeField(_("opens"))
    closes_at = models.DateTimeField(_("deadline"))
    is_published = models.BooleanField(_("published"), default=False)
    envelope = models.DecimalField(_("envelope"), max_digits=10, decimal_places=2, help_text="EUR")
    ceiling = models.DecimalField(_("ceiling per project"), max_digits=10, decimal_places=2, help_text="EUR")
    min_cities = models.PositiveSmallIntegerField(_("member cities at least"), default=2)
    cofinancing_share = models.DecimalField(
        _("co-financing at least"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        help_text=_("percent of the total"),
    )
    released_at = models.DateTimeField(_("decisions released"), null=True, blank=True, editable=False)
    is_made_up = models.BooleanField(_("made up for the demonstration"), default=False)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("call"), _("calls")
        ordering = ["-closes_at"]
        permissions = [("release_call", _("Can release the decisions of a call"))]
        constraints = [
            models.CheckConstraint(name="call_closes_after_opening", condition=Q(closes_at__gt=F("opens_at"))),
            models.CheckConstraint(
                name="ceiling_inside_envelope", condition=Q(ceiling__gt=0, ceiling__lte=F("envelope"))
            ),
            models.CheckConstraint(name="cofinancing_percent", condition=Q(cofinancing_share__range=(0, 100))),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("grants:call", args=[self.pk])

    def is_open(self, at: datetime) -> bool:
        """Whether applications are taken at the instant `at`."""
        return self.is_published and self.opens_at <= at < self.closes_at

    def phase(self, at: datetime) -> Phase:
        if at < self.opens_at:
            return Phase.COMING
        if at < self.closes_at:
            return Phase.OPEN
        return Phase.DECIDED if self.released_at else Phase.CLOSED


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user, on):
        """What `user` may read: the secretariat all but drafts, an official those of their cities, an assessor
        those assigned to them once they declared that no interest stands against it."""
        if user.is_staff:
            return self.exclude(status=Application.Status.DRAFT)
        joined = Partner.objects.filter(city__in=City.objects.of_official(user, on), declined_at=None)
        assigned = Assessment.objects.filter(assessor=user, has_conflict=False)
        return self.filter(
            Q(pk__in=joined.values("application"))
            | Q(pk__in=assigned.values("application"), status__in=Application.SUBMITTED)
        )

    def for_list(self):
        lead = Partner.objects.filter(application=models.OuterRef("pk"), is_lead=True)
        return self.select_related("call").annotate(lead_city=models.Subquery(lead.values("city__name")[:1]))


class Application(models.Model):
    """A joint application of a lead city and its partner cities."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        AWARDED = "awarded", _("Awarded")
        RESERVE = "reserve", _("Reserve list")
        REJECTED = "rejected", _("Not selected")

        @property
        def tone(self) -> str:
            return {"awarded": "good", "submitted": "info", "rejected": "bad", "reserve": "warn"}.get(
                self.value, "neutral"
            )

    SUBMITTED = ("submitted", "awarded", "reserve", "rejected")

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="applications")
    reference = models.CharField(_("reference"), max_length=30, unique=True, null=True, blank=True, editable=False)
    title = models.CharField(_("title of the project"), max_length=200)
    theme = models.CharField(_("theme"), max_length=150, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    objectives = models.TextField(_("objectives and expected results"), blank=True)
    activities = models.TextField(_("activities and calendar"), blank=True)
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="of the project section, against stale saves"
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True, editable=False)
    submitted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    frozen = models.JSONField(null=True, blank=True, editable=False, help_text="the submission as it was handed in")
    sha256 = models.CharField(max_length=64, blank=True, editable=False, help_text="of the frozen submission")

    history = HistoricalRecords(excluded_fields=["frozen"])
    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("application"), _("applications")
        ordering = ["-pk"]
        permissions = [("decide_application", _("Can record the decision on an application"))]
        constraints = [
            models.CheckConstraint(
                name="submission_complete",
                condition=Q(submitted_at=None, reference=None, sha256="")
                | (Q(submitted_at__isnull=False, reference__isnull=False) & ~Q(sha256="")),
            ),
            models.CheckConstraint(
                name="draft_xor_submitted", condition=Q(status="draft") ^ Q(submitted_at__isnull=False)
            ),
            models.CheckConstraint(
                name="submitted_is_frozen", condition=Q(submitted_at__isnull=True) ^ Q(frozen__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("grants:application", args=[self.pk])


class Partner(models.Model):
    """A city in a consortium; a partner confirms through a person who holds an open term there."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="partners")
    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="partnerships", verbose_name=_("city"))
    is_lead = models.BooleanField(_("lead city"), default=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    declined_at = models.DateTimeField(_("declined"), null=True, blank=True)
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="of the budget lines, against stale saves"
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name, verbose_name_plural = _("partner"), _("partners")
        ordering = ["-is_lead", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "city"], name="city_once_per_consortium"),
            models.UniqueConstraint(fields=["application"], condition=Q(is_lead=True), name="consortium_one_lead"),
            models.CheckConstraint(
                name="confirmed_at_and_by", condition=Q(confirmed_at__isnull=True) ^ Q(confirmed_by__isnull=False)
            ),
            models.CheckConstraint(
                name="not_confirmed_and_declined", condition=Q(confirmed_at=None) | Q(declined_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city}"


class Extension(models.Model):
    """One late submission, allowed to one application by a named person, until an instant, once."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="extensions")
    until_at = models.DateTimeField(_("until"))
    reason = models.TextField(_("reason"))
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(_("granted"), auto_now_add=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("extension"), _("extensions")
        ordering = ["-granted_at"]
        constraints = [
            models.UniqueConstraint(fields=["application"], condition=Q(used_at=None), name="one_unused_extension"),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.until_at}"


class BudgetLine(models.Model):
    """One cost of one partner. Totals and shares are always computed."""

    class Heading(models.TextChoices):
        """The budget headings of Council of Europe grants."""

        STAFF = "staff", _("Human resources")
        TRAVEL = "travel", _("Travel and subsistence")
        EQUIPMENT = "equipment", _("Equipment and supplies")
        LOCAL_OFFICE = "local_office", _("Local office")
        OTHER = "other", _("Other costs and services")
        INDIRECT = "indirect", _("Indirect costs")

    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, related_name="budget_lines", verbose_name=_("partner")
    )
    heading = models.CharField(_("heading"), max_length=20, choices=Heading)
    label = models.CharField(_("what for"), max_length=150)
    amount = models.DecimalField(_("grant asked for"), max_digits=10, decimal_places=2, help_text="EUR")
    cofinancing = models.DecimalField(
        _("co-financing"), max_digits=10, decimal_places=2, default=Decimal(0), help_text="EUR"
    )

    class Meta:
        verbose_name, verbose_name_plural = _("budget line"), _("budget lines")
        ordering = ["partner", "heading", "pk"]
        constraints = [
            models.CheckConstraint(name="budget_not_negative", condition=Q(amount__gte=0, cofinancing__gte=0)),
        ]

    def __str__(self) -> str:
        return self.label


class Assessment(models.Model):
    """An assessor's view of an application: interests first, then a score."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="assessments")
    assessor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assessments", verbose_name=_("assessor"))
    declared_at = models.DateTimeField(_("interests declared"), null=True, blank=True)
    has_conflict = models.BooleanField(_("conflict of interest"), null=True, blank=True)
    score = models.DecimalField(
        _("score"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="0–100",
    )
    comment = models.TextField(_("reasons"), blank=True)
    scored_at = models.DateTimeField(_("scored"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name, verbose_name_plural = _("assessment"), _("assessments")
        ordering = ["application", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "assessor"], name="assessed_once_by_each"),
            models.CheckConstraint(name="score_after_declaration", condition=Q(score=None) | Q(has_conflict=False)),
            models.CheckConstraint(name="score_dated", condition=Q(score__isnull=True) ^ Q(scored_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.assessor}"

    @property
    def state(self) -> tuple[str, str]:
        """What is to be done or was done, in words, and its tone."""
        if self.has_conflict:
            return _("Excluded: interest declared"), "neutral"
        if self.scored_at:
            return _("Scored"), "good"
        return (_("To be scored"), "warn") if self.declared_at else (_("Declare your interests"), "warn")


class Decision(models.Model):
    """What the committee decided; drafted by staff, invisible until the call's decisions are released."""

    class Outcome(models.TextChoices):
        AWARD = "award", _("Award")
        RESERVE = "reserve", _("Reserve list")
        REJECT = "reject", _("Not selected")

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="decision")
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2, null=True, blank=True, help_text="EUR")
    reasons = models.TextField(_("reasons for the applicant"), blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"))

    history = HistoricalRecords()

    class Meta:
        verbose_name, verbose_name_plural = _("decision"), _("decisions")
        constraints = [
            models.CheckConstraint(
                name="amount_only_with_award",
                condition=Q(outcome="award", amount__isnull=False, amount__gt=0)
                | (~Q(outcome="award") & Q(amount__isnull=True)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.get_outcome_display()}"


class AwardQuerySet(models.QuerySet["Award"]):
    def search(self, text: str):
        """Awards whose project, theme or cities contain `text`, whatever its case and accents."""
        cities = Award.cities.through.objects.filter(city__search__contains=fold(text))
        return self.filter(
            Q(search__contains=fold(text))
            | Q(lead_city__search__contains=fold(text))
            | Q(pk__in=cities.values("award"))
        )


class Award(models.Model):
    """A row of the public register; earlier awards come from public sources, without an application."""

    application = models.OneToOneField(
        Application, null=True, blank=True, on_delete=models.PROTECT, related_name="award"
    )
    project = models.CharField(_("project"), max_length=250)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    theme = models.CharField(_("theme"), max_length=150, blank=True)
    lead_city = models.ForeignKey(
        City, null=True, blank=True, on_delete=models.PROTECT, related_name="led_awards", verbose_name=_("lead city")
    )
    cities = models.ManyToManyField(City, blank=True, related_name="awards", verbose_name=_("cities"))
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2, null=True, blank=True, help_text="EUR")
    source = models.URLField(_("source"), max_length=400, blank=True)
    published_at = models.DateTimeField(_("published"))
    search = models.CharField(max_length=450, editable=False)

    history = HistoricalRecords(excluded_fields=["search"])
    objects = AwardQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("award"), _("awards")
        ordering = [F("year").desc(nulls_last=True), "project"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "year"],
                condition=Q(application=None),
                name="past_award_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="award_amount_positive", condition=Q(amount=None) | Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return self.project

    def save(self, *args, **kwargs):
        self.search = fold(f"{self.project} {self.theme}")[:450]
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = {*kwargs["update_fields"], "search"}
        super().save(*args, **kwargs)
