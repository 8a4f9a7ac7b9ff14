"""What a city shows of itself beside its facts: texts in its own languages, and a picture."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from common.text import language_name

from ..languages import CODES

TEXT_LANGUAGES = [code for code in CODES if code not in dict(settings.LANGUAGES)]


class CityText(models.Model):
    """The profile in a further language; English and French stand on the city itself."""

    city = models.ForeignKey("cities.City", on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=5)
    text = models.TextField(_("text"))
    version = models.PositiveIntegerField(default=1, editable=False, help_text="against stale saves")

    history = HistoricalRecords()

    class Meta:
        verbose_name, verbose_name_plural = _("text in a further language"), _("texts in further languages")
        ordering = ["language"]
        constraints = [models.UniqueConstraint(fields=["city", "language"], name="text_once_per_language")]

    def __str__(self) -> str:
        return f"{self.city}: {self.language}"

    @property
    def language_label(self) -> str:
        """The language in the reader's own."""
        name = language_name(self.language)
        return name[:1].upper() + name[1:]

    @property
    def own_label(self) -> str:
        """The language as its speakers write it, or nothing when that is not known."""
        try:
            return str(get_language_info(self.language)["name_local"])
        except KeyError:
            return ""

    @property
    def direction(self) -> str:
        return "rtl" if self.language in settings.LANGUAGES_BIDI else "ltr"


class CityPicture(models.Model):
    """One picture at the head of the page: ours in size and format, never without a description in both languages."""

    city = models.OneToOneField("cities.City", on_delete=models.CASCADE, related_name="picture")
    file = models.FileField(_("picture"), max_length=120)
    width = models.PositiveSmallIntegerField(editable=False)
    height = models.PositiveSmallIntegerField(editable=False)
    alt_en = models.CharField(_("description in English"), max_length=300)
    alt_fr = models.CharField(_("description in French"), max_length=300)
    credit = models.CharField(_("credit"), max_length=150, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="against stale saves")

    history = HistoricalRecords()

    class Meta:
        verbose_name, verbose_name_plural = _("picture of a city"), _("pictures of cities")
        constraints = [
            models.CheckConstraint(name="picture_described", condition=~Q(alt_en="") & ~Q(alt_fr="")),
        ]

    def __str__(self) -> str:
        return str(self.city)

    @property
    def alt(self) -> str:
        """The description in the reader's language."""
        return self.alt_fr if (get_language() or "").startswith("fr") else self.alt_en

    @property
    def token(self) -> str:
        """What the address of this very file ends with; another picture has another."""
        return self.file.name.rpartition("/")[2].partition(".")[0]
