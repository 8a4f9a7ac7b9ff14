import re

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from common.spans import span
from common.text import fold

OFFICE_WORDS = (
    "mayor", "maire", "mairie", "alcald", "sindac", "prefeit", "presid", "burgmeister", "burgermeister", "buergermeister",
    "borgm", "ordforer", "burmistrz", "prezydent", "dimarchos", "gradonacel", "office", "cabinet", "kabinet", "gabinet",
    "secretar", "sekretar", "info", "contact", "kontakt", "coordinat", "koordinat", "intercult", "icc", "post",
)  # fmt: skip


class Contact(models.Model):
    """A person, or an office without a name, that the programme writes to."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="contact"
    )
    name = models.CharField(_("name"), max_length=150, help_text=_("as the person writes it"))
    salutation = models.CharField(
        _("salutation"), max_length=150, blank=True, help_text=_("e.g. “Dear Mayor”, in the person's language")
    )
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    language = models.CharField(
        _("language"), max_length=5, choices=[("en", "English"), ("fr", "Français")], default="en"
    )
    is_listed = models.BooleanField(
        _("listed"), default=False, help_text=_("The person agreed to be shown to the other member cities.")
    )
    listed_at = models.DateTimeField(null=True, blank=True, editable=False)
    listed_wording = models.PositiveSmallIntegerField(
        null=True, blank=True, editable=False, help_text="cities.consent.WORDINGS; empty when the unit entered it"
    )
    is_bouncing = models.BooleanField(_("mail comes back"), default=False)
    is_made_up = models.BooleanField(_("made up for the demonstration"), default=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name, verbose_name_plural = _("contact"), _("contacts")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(name="consent_dated", condition=Q(is_listed=False) ^ Q(listed_at__isnull=False)),
            models.CheckConstraint(name="wording_of_consent", condition=Q(listed_wording=None) | Q(is_listed=True)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_office_address(self) -> bool:
        """Whether the address belongs to the office, so that a successor may take it over.

        It does when it speaks of an office ("mayor@", "cabinet@"), or when nothing of the person's name stands in it.
        """
        local = fold(self.email.partition("@")[0])
        if not local or any(word in local for word in OFFICE_WORDS):
            return bool(local)
        names = [name for name in re.split(r"[^a-z]+", fold(self.name)) if name]
        initials = "".join(name[0] for name in names)
        return re.sub(r"[^a-z]", "", local) != initials and not any(len(n) > 2 and n in local for n in names)


class Office(models.TextChoices):
    MAYOR = "mayor", _("Mayor")
    DEPUTY_MAYOR = "deputy_mayor", _("Deputy mayor")
    COORDINATOR = "coordinator", _("ICC coordinator")
    DEPUTY_COORDINATOR = "deputy_coordinator", _("Deputy coordinator")
    OFFICIAL = "official", _("Official")
    NETWORK_COORDINATOR = "network_coordinator", _("Network coordinator")

    @classmethod
    def in_order(cls, terms) -> list["Term"]:
        """`terms` from mayor to official."""
        order = list(cls.values)
        return sorted(terms, key=lambda term: (order.index(term.office), term.started_on))


CITY_OFFICES = [o for o in Office if o != Office.NETWORK_COORDINATOR]
SINGLE_OFFICES = [Office.MAYOR, Office.COORDINATOR, Office.NETWORK_COORDINATOR]
INVITABLE = [Office.DEPUTY_COORDINATOR, Office.OFFICIAL]  # by a colleague in the city


class TermQuerySet(models.QuerySet["Term"]):
    def open(self, on):
        """Terms that run on the day `on`; the last day is `ended_on` minus one."""
        return self.filter(Q(started_on__lte=on), Q(ended_on__gt=on) | Q(ended_on=None))


class Term(models.Model):
    """An office held by a contact from `started_on` up to, not including, `ended_on`.

    Two mayors, or two coordinators, of one city at a time are refused by the database.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="terms", verbose_name=_("contact"))
    city = models.ForeignKey(
        "cities.City", null=True, blank=True, on_delete=models.CASCADE, related_name="terms", verbose_name=_("city")
    )
    network = models.ForeignKey(
        "cities.NationalNetwork", null=True, blank=True, on_delete=models.CASCADE, related_name="terms"
    )
    office = models.CharField(_("office"), max_length=20, choices=Office)
    started_on = models.DateField(_("from"))
    ended_on = models.DateField(_("to"), null=True, blank=True)
    confirmed_on = models.DateField(_("last confirmed"), null=True, blank=True)
    end_reason = models.TextField(
        _("why it ended"), blank=True, max_length=500, help_text=_("asked when a city is left without a coordinator")
    )

    history = HistoricalRecords()
    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("term of office"), _("terms of office")
        ordering = ["city", "office", "-started_on"]
        constraints = [
            models.CheckConstraint(
                name="term_of_city_or_network",
                violation_error_message=_(
                    "A term belongs to a city; that of a network coordinator belongs to a network."
                ),
                condition=Q(office=Office.NETWORK_COORDINATOR, network__isnull=False, city__isnull=True)
                | (~Q(office=Office.NETWORK_COORDINATOR) & Q(city__isnull=False, network__isnull=True)),
            ),
            models.CheckConstraint(
                name="term_ends_after_start",
                condition=Q(ended_on=None) | Q(ended_on__gt=F("started_on")),
                violation_error_message=_("A term ends after it has started. Correct one of the two dates."),
            ),
            *[
                ExclusionConstraint(
                    name=f"one_{office.value}_at_a_time",
                    expressions=[
                        (
                            span("network" if office == Office.NETWORK_COORDINATOR else "city"),
                            RangeOperators.OVERLAPS,
                        ),
                        (Func(F("started_on"), F("ended_on"), function="daterange"), RangeOperators.OVERLAPS),
                    ],
                    condition=Q(office=office),
                    violation_error_message=_(
                        "Another term of this office overlaps these dates. Look at the list of people and correct the dates."
                    ),
                )
                for office in SINGLE_OFFICES
            ],
        ]

    def __str__(self) -> str:
        return f"{self.get_office_display()}, {self.city or self.network}: {self.contact}"

    def runs(self, on) -> bool:
        """Whether this term is open on the day `on`, as `TermQuerySet.open` says it."""
        return self.started_on <= on and (self.ended_on is None or self.ended_on > on)

    def ends_sooner(self, ended_on, on) -> bool:
        """Whether `ended_on` would end this term, which runs on the day `on`, before its time: people are told of that."""
        return self.runs(on) and ended_on is not None and (self.ended_on is None or ended_on < self.ended_on)

    def may_be_written_to(self) -> bool:
        """By officials of other cities, through the portal: who agreed to be listed, and every coordinator, unnamed."""
        return self.contact.is_listed or self.office == Office.COORDINATOR

    def validate_constraints(self, exclude=None) -> None:
        """Without an office there is nothing to compare: the field's own error says what to do."""
        if "office" not in (exclude or ()):
            super().validate_constraints(exclude=exclude)
