"""What stands beside the texts while a report is written: unsaved texts, who is writing, figures entered by hand."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .report import AnnualReport, Chapter

User = settings.AUTH_USER_MODEL


class ChapterDraft(models.Model):
    """What a person has typed into a chapter and not saved: offered again after a crash or an expired session."""

    chapter = models.ForeignKey(Chapter, on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    text_en = models.TextField(blank=True)
    text_fr = models.TextField(blank=True)
    version = models.PositiveIntegerField(help_text="of the chapter that the person began from")
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chapter", "user"], name="chapter_draft_once")]

    def __str__(self) -> str:
        return f"{self.chapter}, {self.user}"


class PresenceQuerySet(models.QuerySet["ChapterPresence"]):
    def at(self, at: datetime) -> "PresenceQuerySet":
        """Those whose page gave a sign of life not long before `at`."""
        return self.filter(seen_at__gt=at - ChapterPresence.EXPIRES)


class ChapterPresence(models.Model):
    """A person who has a chapter open to write; no sign of life for a while means gone."""

    EXPIRES = timedelta(seconds=90)

    chapter = models.ForeignKey(Chapter, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    objects = PresenceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chapter", "user"], name="chapter_presence_once")]

    def __str__(self) -> str:
        return f"{self.chapter}, {self.user}"


class ManualFigure(models.Model):
    """A figure that the portal does not record, entered by hand and marked so wherever it shows."""

    report = models.ForeignKey(
        AnnualReport, on_delete=models.CASCADE, related_name="manual_figures", verbose_name=_("annual report")
    )
    key = models.CharField(
        _("name in the texts"),
        max_length=40,
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9_]*$", _("Use small letters, digits and underscores: news_items, newsletters.")
            )
        ],
        help_text=_("A text names it as {{ figures.news_items }}."),
    )
    label = models.CharField(_("what is counted"), max_length=120)
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=2)
    previous = models.DecimalField(_("the year before"), max_digits=12, decimal_places=2, null=True, blank=True)
    source = models.CharField(
        _("source"), max_length=250, help_text=_("Where the figure comes from; the report says it.")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("figure entered by hand"), _("figures entered by hand")
        ordering = ["report", "pk"]
        constraints = [models.UniqueConstraint(fields=["report", "key"], name="manual_figure_once")]

    def __str__(self) -> str:
        return f"{self.label} ({self.report.year})"
