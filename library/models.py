"""What the programme publishes, and what its cities do well."""

from pathlib import PurePath

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from cities.models import City, PolicyArea
from common.text import fold, language_name


class Publication(models.Model):
    class Kind(models.TextChoices):
        POLICY_BRIEF = "policy brief", _("Policy brief")
        THEMATIC_PAPER = "thematic paper", _("Thematic paper")
        GUIDE = "guide", _("Guide")
        MANUAL = "manual", _("Manual")
        POLICY_STUDY = "policy study", _("Policy study")
        RESEARCH = "research", _("Research")
        STRATEGY = "strategy", _("Strategy")
        INDEX_REPORT = "index report", _("Index report")
        PROFILE = "intercultural profile", _("Intercultural profile")
        ANNUAL_REPORT = "annual report", _("Annual report")
        NETWORK_REPORT = "network annual report", _("Annual report of a network")
        SURVEY_REPORT = "survey report", _("Survey report")
        MEETING_REPORT = "meeting report", _("Meeting report")
        NEWSLETTER = "newsletter", _("Newsletter")
        ARTICLE = "article", _("Article")

    title = models.CharField(_("title"), max_length=300)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    topic = models.CharField(_("heading"), max_length=100, blank=True, help_text=_("of the page where it was found"))
    policy_areas = models.ManyToManyField(
        PolicyArea, blank=True, related_name="publications", verbose_name=_("policy areas")
    )
    cities = models.ManyToManyField(City, blank=True, related_name="publications", verbose_name=_("cities"))
    languages = models.CharField(_("languages"), max_length=60, blank=True, help_text=_("ISO 639-1, separated by |"))
    abstract = models.TextField(_("abstract"), blank=True)
    source = models.URLField(_("source"), max_length=400, blank=True)
    is_made_up = models.BooleanField(_("made up for the demonstration"), default=False)
    search = models.TextField(editable=False)
    added_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords(excluded_fields=["search"])

    class Meta:
        verbose_name, verbose_name_plural = _("publication"), _("publications")
        ordering = [F("year").desc(nulls_last=True), "title"]
        constraints = [models.UniqueConstraint(fields=["title", "year"], name="publication_once", nulls_distinct=False)]

    def __str__(self) -> str:
        return self.title

    def save(self, *args, **kwargs):
        self.search = fold(f"{self.title} {self.topic} {self.abstract}")
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("library:detail", args=[self.pk])

    @property
    def language_names(self) -> list[str]:
        return [language_name(code) for code in self.languages.split("|") if code]


class PublicationFile(models.Model):
    """One file per language, served to members only."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="files")
    language = models.CharField(_("language"), max_length=5, help_text="ISO 639-1")
    file = models.FileField(_("file"), upload_to="library/")
    size = models.PositiveIntegerField(editable=False, help_text="bytes")

    class Meta:
        verbose_name, verbose_name_plural = _("file"), _("files")
        ordering = ["language"]
        constraints = [models.UniqueConstraint(fields=["publication", "language"], name="file_once_per_language")]

    def __str__(self) -> str:
        return f"{self.publication} ({self.language})"

    def save(self, *args, **kwargs):
        self.size = self.file.size
        super().save(*args, **kwargs)

    @property
    def kind(self) -> str:
        return PurePath(self.file.name).suffix.lstrip(".").upper()


class GoodPracticeQuerySet(models.QuerySet["GoodPractice"]):
    def visible_to(self, user, on):
        """Published practices, and an official's own cities' drafts; the secretariat sees those handed in."""
        if user.is_staff:
            return self.exclude(status=GoodPractice.Status.DRAFT)
        return self.filter(Q(status=GoodPractice.Status.PUBLISHED) | Q(city__in=City.objects.of_official(user, on)))


class GoodPractice(models.Model):
    """A practice written by a city, reviewed by the unit, possibly inspired by another city's."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("In review")
        PUBLISHED = "published", _("Published")
        RETURNED = "returned", _("Returned to the city")

        @property
        def tone(self) -> str:
            return {"published": "good", "submitted": "info", "returned": "warn"}.get(self.value, "neutral")

    city = models.ForeignKey(City, on_delete=models.CASCADE, related_name="good_practices", verbose_name=_("city"))
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(_("summary"))
    description = models.TextField(_("description"), blank=True, help_text="Markdown")
    policy_areas = models.ManyToManyField(
        PolicyArea, blank=True, related_name="good_practices", verbose_name=_("policy areas")
    )
    inspired_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="inspired", verbose_name=_("inspired by")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="against stale saves")
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    submitted_at = models.DateTimeField(_("handed in"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    review_note = models.TextField(_("note of the review"), blank=True)
    is_made_up = models.BooleanField(_("made up for the demonstration"), default=False)

    history = HistoricalRecords()
    objects = GoodPracticeQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("good practice"), _("good practices")
        permissions = [("review_goodpractice", "Can publish or return a good practice")]
        ordering = ["-published_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="practice_published_dated", condition=Q(status="published") ^ Q(published_at__isnull=True)
            ),
            models.CheckConstraint(name="not_inspired_by_itself", condition=~Q(inspired_by=F("pk"))),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("library:practice", args=[self.pk])
