"""Capacity-building events, and the seats that cities take in them (invariants A1–A8)."""

import zoneinfo
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from simple_history.models import HistoricalRecords

from cities.models import City, PolicyArea
from common import formats
from common.dates import Precision, show


class ActivityQuerySet(models.QuerySet["Activity"]):
    def visible_to(self, user):
        """Published and cancelled activities; the secretariat also sees drafts."""
        return self if user.is_staff else self.exclude(status=Activity.Status.DRAFT)


class Activity(models.Model):
    class Kind(models.TextChoices):
        COORDINATORS_MEETING = "coordinators_meeting", _("Coordinators’ meeting")
        SEMINAR = "seminar", _("Thematic seminar")
        WEBINAR = "webinar", _("Webinar")
        STUDY_VISIT = "study_visit", _("Study visit")
        EXPERT_VISIT = "expert_visit", _("Expert visit")
        TRAINING = "training", _("Training course")
        ACADEMY = "academy", _("Academy")
        ONLINE_COURSE = "online_course", _("Online course")
        CAMPAIGN = "campaign", _("Campaign")
        POLICY_LAB = "policy_lab", _("Policy lab")
        NETWORK_MEETING = "network_meeting", _("Network meeting")
        MEETING = "meeting", _("Meeting or conference")

    class Format(models.TextChoices):
        ONLINE = "online", _("Online")
        IN_PERSON = "in_person", _("In person")
        HYBRID = "hybrid", _("Hybrid")
        UNKNOWN = "unknown", _("Format not known")

    class Field(models.TextChoices):
        """The fields of capacity building that the letter to mayors names."""

        COMMUNICATION = "communication", _("Communication and awareness raising")
        NARRATIVES = "narratives", _("Alternative narratives")
        PARTICIPATION = "participation", _("Active participation")
        SUSTAINABLE = "sustainable", _("Sustainable intercultural societies")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        CANCELLED = "cancelled", _("Cancelled")

        @property
        def tone(self) -> str:
            return {"published": "good", "cancelled": "bad"}.get(self.value, "neutral")

    title = models.CharField(_("title"), max_length=250)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    format = models.CharField(_("format"), max_length=10, choices=Format)
    field = models.CharField(_("field"), max_length=20, choices=Field, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    precision = models.CharField(_("known to the"), max_length=10, choices=Precision, default=Precision.TIME)
    place = models.CharField(_("place"), max_length=200, blank=True)
    country = CountryField(_("country"), blank=True)
    host_city = models.ForeignKey(
        City,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="hosted_activities",
        verbose_name=_("host city"),
    )
    policy_areas = models.ManyToManyField(
        PolicyArea, blank=True, related_name="activities", verbose_name=_("policy areas")
    )
    summary = models.TextField(_("summary"), blank=True)
    description = models.TextField(_("description"), blank=True, help_text="Markdown")
    languages = models.CharField(_("working languages"), max_length=100, blank=True)
    joining_link = models.URLField(_("joining link"), blank=True, help_text=_("Shown to confirmed participants only."))
    has_registration = models.BooleanField(_("registration on the portal"), default=False)
    capacity = models.PositiveIntegerField(_("capacity"), null=True, blank=True)
    seats_per_city = models.PositiveIntegerField(_("seats per city"), null=True, blank=True)
    is_by_selection = models.BooleanField(_("by selection"), default=False, help_text=_("Staff confirm each request."))
    registration_opens_at = models.DateTimeField(_("registration opens"), null=True, blank=True)
    registration_closes_at = models.DateTimeField(_("registration closes"), null=True, blank=True)
    source = models.URLField(_("source"), max_length=400, blank=True)
    is_made_up = models.BooleanField(_("made up for the demonstration"), default=False)
    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False, help_text="of the calendar entry (RFC 5545)")
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("activity"), _("activities")
        ordering = ["-starts_at", "pk"]
        constraints = [
            models.CheckConstraint(name="activity_ends_after_start", condition=Q(ends_at__gte=F("starts_at"))),
            models.CheckConstraint(
                name="activity_cancelled_dated", condition=Q(status="cancelled") ^ Q(cancelled_at__isnull=True)
            ),
            models.CheckConstraint(
                name="registration_has_window",
                condition=Q(has_registration=False)
                | Q(
                    capacity__isnull=False,
                    registration_opens_at__isnull=False,
                    registration_closes_at__gt=F("registration_opens_at"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("activities:detail", args=[self.pk])

    @property
    def shown_dates(self) -> str:
        """First and last day as exactly as they are known, in Strasbourg."""
        zone = zoneinfo.ZoneInfo(settings.TIME_ZONE)
        first, last = (timezone.localdate(at, zone) for at in (self.starts_at, self.ends_at))
        if self.precision in (Precision.TIME, Precision.DAY):
            return formats.days(first, last)
        first_shown, last_shown = show(first, self.precision), show(last, self.precision)
        return first_shown if first_shown == last_shown else f"{first_shown} – {last_shown}"

    @property
    def where(self) -> str:
        """Place, host city and country, as far as they are known."""
        parts = [self.place, self.host_city.name if self.host_city else "", self.country.name if self.country else ""]
        return ", ".join(dict.fromkeys(part for part in parts if part))

    def is_open(self, at) -> bool:
        """Whether registrations are taken at `at`."""
        return (
            self.status == self.Status.PUBLISHED
            and self.has_registration
            and self.registration_opens_at <= at < self.registration_closes_at
        )


class AgendaItem(models.Model):
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="agenda")
    starts_at = models.DateTimeField(_("starts"))
    title = models.CharField(_("title"), max_length=200)
    speaker = models.CharField(_("speaker"), max_length=200, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("agenda item"), _("agenda items")
        ordering = ["starts_at", "pk"]

    def __str__(self) -> str:
        return self.title


class Material(models.Model):
    """A file or link handed out with an activity, for member cities."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="materials")
    title = models.CharField(_("title"), max_length=200)
    file = models.FileField(_("file"), upload_to="materials/", blank=True)
    link = models.URLField(_("link"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("material"), _("materials")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(name="material_file_xor_link", condition=Q(file="") ^ Q(link=""))]

    def __str__(self) -> str:
        return self.title


class Registration(models.Model):
    """One seat, asked for or held, for one named participant of a city."""

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        CONFIRMED = "confirmed", _("Confirmed")
        WAITING = "waiting", _("On the waiting list")
        OFFERED = "offered", _("Seat offered")
        DECLINED = "declined", _("Declined")
        EXPIRED = "expired", _("Offer expired")
        CANCELLED = "cancelled", _("Cancelled")
        ATTENDED = "attended", _("Attended")
        ABSENT = "absent", _("Absent")

        @property
        def tone(self) -> str:
            good, warn = ("confirmed", "attended"), ("offered", "requested", "waiting")
            return "good" if self.value in good else "warn" if self.value in warn else "neutral"

    HOLDS_SEAT = ("confirmed", "offered", "attended", "absent")
    LIVE = (*HOLDS_SEAT, "requested", "waiting")

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="registrations")
    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="registrations", verbose_name=_("city"))
    participant_name = models.CharField(_("name of the participant"), max_length=150)
    participant_email = models.EmailField(_("e-mail of the participant"))
    participant_function = models.CharField(_("function"), max_length=150, blank=True)
    language = models.CharField(max_length=5, default="en")
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    status = models.CharField(_("status"), max_length=10, choices=Status, editable=False)
    requested_at = models.DateTimeField(_("requested"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True, editable=False)
    offered_until = models.DateTimeField(_("offer ends"), null=True, blank=True, editable=False)
    needs = models.TextField(
        _("dietary and access needs"),
        blank=True,
        help_text=_("Seen by the organiser only and deleted after the activity."),
    )
    certificate_code = models.CharField(max_length=20, blank=True, editable=False)

    history = HistoricalRecords(excluded_fields=["needs"])

    class Meta:
        verbose_name, verbose_name_plural = _("registration"), _("registrations")
        ordering = ["requested_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                "activity",
                models.functions.Lower("participant_email"),
                condition=Q(status__in=["confirmed", "offered", "attended", "absent", "requested", "waiting"]),
                name="participant_once_per_activity",
            ),
            models.CheckConstraint(
                name="offer_has_deadline", condition=Q(status="offered") ^ Q(offered_until__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant_name}, {self.city}"

    @property
    def is_live(self) -> bool:
        """Whether there is still something to cancel."""
        return self.status in ("confirmed", "offered", "requested", "waiting")

    def is_offered(self, at) -> bool:
        """Whether the held seat can still be accepted at `at`."""
        return self.status == "offered" and at < self.offered_until
