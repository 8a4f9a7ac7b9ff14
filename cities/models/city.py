import re

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, F, Func, Q
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from simple_history.models import HistoricalRecords

from common.dates import Precision, show
from common.spans import span
from common.text import fold, spellings

from ..languages import CODES, named, written_in
from .membership import MembershipStep, Step


class PolicyArea(models.Model):
    """A field of urban policy that the Intercultural Cities Index measures."""

    code = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    is_optional = models.BooleanField(default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("policy area"), _("policy areas")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class NationalNetwork(models.Model):
    """A network of member cities; one of them is international."""

    code = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=150)
    country = CountryField(_("country"), blank=True)
    is_international = models.BooleanField(_("international"), default=False)
    website = models.URLField(_("website"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("network"), _("networks")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CityQuerySet(models.QuerySet["City"]):
    def members(self, on):
        """Member cities on the day `on`: a statement of intent by then, or one whose day was not found,
        and no later suspension or withdrawal that still stands."""
        deciding = MembershipStep.objects.deciding(on).filter(city=models.OuterRef("pk"))
        return self.alias(status=models.Subquery(deciding.values("kind")[:1])).filter(status__in=Step.joining())

    def of_network(self, on, **network):
        """Cities that were in a network on the day `on`: `of_network(day, is_international=True)`."""
        inside = NetworkMembership.objects.on(on).filter(
            **{f"network__{name}": value for name, value in network.items()}
        )
        return self.filter(pk__in=inside.values("city"))

    def by_country(self) -> dict[str, int]:
        """How many of these cities are in each country (its code), the most first."""
        return dict(self.order_by().values_list("country").annotate(n=Count("pk")).order_by("-n", "country"))

    def by_network(self, on) -> dict["NationalNetwork", int]:
        """How many of these cities are in each network on the day `on`, the most first; none is left out."""
        inside = NetworkMembership.objects.on(on).filter(city__in=self.order_by().values("pk"))
        counts = dict(inside.order_by().values_list("network").annotate(n=Count("city", distinct=True)))
        networks = NationalNetwork.objects.in_bulk(counts)
        return {networks[pk]: n for pk, n in sorted(counts.items(), key=lambda row: (-row[1], networks[row[0]].code))}

    def by_year_of_joining(self) -> dict[int | None, int]:
        """How many of these cities made their first statement of intent in each year, in order; None: day not found."""
        first = MembershipStep.objects.statements().filter(city=models.OuterRef("pk")).values("on__year")[:1]
        years = self.order_by().annotate(joined=models.Subquery(first)).values_list("joined")
        return dict(years.annotate(n=Count("pk")).order_by("joined"))

    def of_official(self, user, on):
        """Cities for which `user` may act on the day `on`: an open term there, or of a network they belong to."""
        from .people import Term

        terms = Term.objects.open(on).filter(contact__user=user)
        networks = terms.filter(network__isnull=False).values("network")
        own = terms.filter(city__isnull=False).values("city")
        served = NetworkMembership.objects.on(on).filter(network__in=networks).values("city")
        return self.filter(pk__in=own.union(served))  # one list: with OR, PostgreSQL would read all cities

    def search(self, text: str):
        """Cities whose names, country and region contain every word of `text`, whatever its case, accents and script."""
        if not (words := search_words(text)):
            return self.none()
        found = self
        for readings in words:
            either = Q()
            for reading in readings:
                either |= Q(search__contains=reading)
            found = found.filter(either)
        return found

    def for_page(self, on):
        """With what the page of a city shows of its own, in one query: `own_steps`, `own_texts`, `own_networks` on the
        day `on` (rows as dictionaries), `interest_ids`, and whether it has Index results (`is_scored`)."""
        from .index import IndexResult
        from .page import CityText

        mine = {"city": models.OuterRef("pk")}
        columns = ["pk", "kind", "on", "precision", "ordinal", "document", "source", "note"]
        steps = MembershipStep.objects.filter(**mine).values(row=JSONObject(**{name: name for name in columns}))
        texts = CityText.objects.filter(**mine).values(row=JSONObject(language="language", text="text"))
        names = {name: f"network__{name}" for name in ("code", "name_en", "name_fr")}
        networks = NetworkMembership.objects.on(on).filter(**mine).order_by("network__code")
        networks = networks.values(row=JSONObject(**names, joined_on="joined_on", precision="precision"))
        interests = City.interests.through.objects.filter(**mine).values("policyarea_id")
        return self.select_related("picture").annotate(
            own_steps=ArraySubquery(steps),
            own_texts=ArraySubquery(texts),
            own_networks=ArraySubquery(networks),
            interest_ids=ArraySubquery(interests),
            is_scored=models.Exists(IndexResult.objects.filter(**mine)),
        )


def search_words(text: str) -> list[list[str]]:
    """The words to look for, each in the ways that it can be written."""
    return [list(dict.fromkeys(filter(None, spellings(word)))) for word in re.findall(r"\w+", text)]


def searchable(name: str, other_names: str, places: list[str]) -> str:
    """What `City.search` holds: each name in each spelling on a line of its own, then behind a tab where the city is."""
    names = [name, *other_names.split(",")]
    lines = dict.fromkeys(spelling for each in names for spelling in spellings(each) if spelling)
    found = "\n".join(lines) + "\t" + " ".join(dict.fromkeys(map(fold, filter(None, places))))
    return found[:600]


def check_languages(codes: list[str]) -> None:
    if unknown := [code for code in codes if code not in CODES]:
        raise ValidationError(
            _("“%(code)s” is not the code of a language that the portal knows. Write codes such as en, fr, uk."),
            params={"code": unknown[0]},
        )


class City(models.Model):
    """A local or regional authority that takes part, or took part, in the programme."""

    class Kind(models.TextChoices):
        CITY = "city", _("City")
        BOROUGH = "borough", _("Borough")
        UNION = "union", _("Union of municipalities")
        REGION = "region", _("Region")

    name = models.CharField(_("name"), max_length=120)
    other_names = models.CharField(
        _("other names"),
        max_length=200,
        blank=True,
        help_text=_("in other languages and scripts, separated by commas; the search finds them"),
    )
    slug = models.SlugField(unique=True, max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.CITY)
    country = CountryField(_("country"))
    region = models.CharField(_("region"), max_length=120, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    coordinate_basis = models.CharField(_("what the point is"), max_length=250, blank=True)
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    population_basis = models.CharField(_("source of the population"), max_length=250, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=50, blank=True)
    languages = ArrayField(
        models.CharField(max_length=5),
        default=list,
        blank=True,
        verbose_name=_("languages"),
        validators=[check_languages],
        help_text=_("Codes of the languages that the officials of the city work in, separated by commas: en, fr, uk."),
    )
    interests = models.ManyToManyField(
        PolicyArea,
        blank=True,
        related_name="interested_cities",
        verbose_name=_("policy areas of interest"),
        help_text=_("What the city would like to exchange about with others."),
    )
    website = models.URLField(_("website"), blank=True)
    election_on = models.DateField(
        _("next local election"),
        null=True,
        blank=True,
        help_text=_("The unit then asks who is mayor. A confirmation after that day settles it."),
    )
    profile = models.TextField(
        _("profile"), blank=True, help_text=_("Markdown: what the city does for interculturality.")
    )
    source = models.URLField(
        _("source"), max_length=400, blank=True, help_text=_("the page that names the city as a member")
    )
    evidence_note = models.TextField(_("note on the evidence"), blank=True)
    networks = models.ManyToManyField(NationalNetwork, through="NetworkMembership", related_name="cities")
    search = models.CharField(max_length=600, editable=False, db_index=True)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="of the profile, against stale saves")

    objects = CityQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("city"), _("cities")
        ordering = ["search"]
        constraints = [
            models.UniqueConstraint(fields=["name", "country"], name="city_once_per_country"),
            models.CheckConstraint(
                name="coordinates_both_or_none",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs):
        places = []
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                places.append(str(self.country.name))
        self.search = searchable(self.name, self.other_names, [*places, self.region])
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = {*kwargs["update_fields"], "search"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("city", args=[self.slug])

    @property
    def own_names(self) -> list[tuple[str, str]]:
        """Its name in the scripts of its own languages that are not Latin, each with the language where one is known."""
        found: dict[frozenset[str], tuple[str, str]] = {}
        for name in filter(None, (part.strip() for part in self.other_names.split(","))):
            if languages := written_in(name):
                spoken = next((code for code in self.languages if code in languages), "")
                found.setdefault(
                    frozenset(languages), (name, spoken or (min(languages) if len(languages) == 1 else ""))
                )
        return list(found.values())

    @property
    def language_names(self) -> list[str]:
        """The languages of its officials, in the reader's own."""
        return [name for _code, name in named(self.languages)]


class CityOffices(City):
    """A city as the unit sees it when it asks who holds the offices."""

    class Meta:
        proxy = True
        verbose_name, verbose_name_plural = _("offices of a city"), _("offices of the cities")


class NetworkMembershipQuerySet(models.QuerySet["NetworkMembership"]):
    def on(self, day):
        """Memberships that hold on `day`; one without dates holds always."""
        return self.filter(Q(joined_on__lte=day) | Q(joined_on=None), Q(left_on__gt=day) | Q(left_on=None))


class NetworkMembership(models.Model):
    """A city in a network, from a day (if found) to a day (if it left)."""

    city = models.ForeignKey(City, on_delete=models.CASCADE, related_name="network_memberships")
    network = models.ForeignKey(NationalNetwork, on_delete=models.PROTECT, related_name="memberships")
    joined_on = models.DateField(_("since"), null=True, blank=True)
    precision = models.CharField(_("known to the"), max_length=10, choices=Precision, default=Precision.DAY)
    left_on = models.DateField(_("until"), null=True, blank=True)

    history = HistoricalRecords()
    objects = NetworkMembershipQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("network membership"), _("network memberships")
        constraints = [
            ExclusionConstraint(
                name="in_network_once_at_a_time",
                expressions=[
                    (span("city"), RangeOperators.OVERLAPS),
                    (span("network"), RangeOperators.OVERLAPS),
                    (Func(F("joined_on"), F("left_on"), function="daterange"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The city is in this network already on some of these days."),
            ),
            models.CheckConstraint(
                name="network_left_after_joined",
                condition=Q(left_on=None) | Q(joined_on=None) | Q(left_on__gt=F("joined_on")),
                violation_error_message=_("A city leaves a network after it has joined. Correct one of the two dates."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city} – {self.network}"

    @property
    def shown_since(self) -> str:
        """The day of joining as exactly as it is known, or nothing."""
        return show(self.joined_on, self.precision) if self.joined_on else ""
