"""Letters that the unit sends to an audience of offices, and the log of exchanges with a city."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_countries.fields import CountryField
from simple_history.models import HistoricalRecords

from cities.models import City, NationalNetwork, Office, Term
from mail.models import Attachment, Message

from .threads.models import Entry, EntryFile, Reading, Thread  # noqa: F401  the exchanges in writing

User = settings.AUTH_USER_MODEL
OFFICES = [
    (o.value, o.label) for o in (Office.MAYOR, Office.DEPUTY_MAYOR, Office.COORDINATOR, Office.DEPUTY_COORDINATOR)
]


class Signatory(models.Model):
    """Who signs the unit's letters: name, title in each language, and the signature as a picture."""

    name = models.CharField(_("name"), max_length=120)
    title = models.CharField(_("title"), max_length=150, help_text=_("under the name, e.g. Head of the unit"))
    initials = models.CharField(
        _("initials"), max_length=10, blank=True, help_text=_("in the reference of the letter, e.g. IdA")
    )
    image = models.FileField(_("signature"), blank=True, upload_to="signatures/")

    class Meta:
        verbose_name, verbose_name_plural = _("signatory"), _("signatories")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("admin:correspondence_signatory_change", args=[self.pk])


class UnitOffice(models.Model):
    """Whom at the unit to ask about what; shown to every official on their first page."""

    field = models.CharField(_("field"), max_length=100, help_text=_("what to ask about, e.g. Grants"))
    name = models.CharField(_("office"), max_length=150, help_text=_("an office or a name, as cities should read it"))
    email = models.EmailField(_("e-mail"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_made_up = models.BooleanField(_("made up for the demonstration"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("office of the unit"), _("offices of the unit")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.field


class Mailing(models.Model):
    """One text to an audience of cities, approved by a second person before it is sent (M5–M7)."""

    class Kind(models.TextChoices):
        LETTER = "letter", _("Letter to mayors")
        ANNUAL_REPORT = "annual_report", _("Annual report")
        CALL = "call", _("Announcement of a call")
        INVITATION = "invitation", _("Invitation")

    class Audience(models.TextChoices):
        ALL = "all", _("All member cities")
        NETWORK = "network", _("The cities of a network")
        COUNTRY = "country", _("The cities of a country")
        LIST = "list", _("The cities listed")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RENDERING = "rendering", _("Letters are being made")
        PREPARED = "prepared", _("Ready for approval")
        APPROVED = "approved", _("Approved")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        FINISHED = "finished", _("Finished")
        CANCELLED = "cancelled", pgettext_lazy("a mail or document", "Cancelled")

        @property
        def tone(self) -> str:
            return {"finished": "good", "cancelled": "bad", "paused": "warn", "sending": "info"}.get(
                self.value, "neutral"
            )

    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.LETTER)
    title = models.CharField(_("title"), max_length=150, help_text=_("for the unit, not sent"))
    audience = models.CharField(_("audience"), max_length=10, choices=Audience)
    network = models.ForeignKey(
        NationalNetwork, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("network")
    )
    country = CountryField(_("country"), blank=True)
    cities = models.ManyToManyField(City, blank=True, related_name="+", verbose_name=_("cities"))
    office = models.CharField(_("office"), max_length=20, choices=OFFICES, default=Office.MAYOR)
    year = models.PositiveSmallIntegerField(
        _("year"), null=True, blank=True,
        help_text=_("What {{ year }} stands for; when empty, the year of the letter's date."),
    )  # fmt: skip
    reference = models.CharField(_("reference"), max_length=60, blank=True, help_text=_("e.g. ICC /IdA/lt/{{ city }}"))
    signatory = models.ForeignKey(
        Signatory, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("signed by"),
        help_text=_("Empty: the letter closes with the head of the unit, without a name."),
    )  # fmt: skip
    place = models.CharField(_("place"), max_length=60, default="Strasbourg")
    dated_on = models.DateField(_("date of the letter"))
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(
        _("text"), help_text=_("Markdown; {{ city }}, {{ year }} and {{ salutation }} are filled in.")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("author"))
    content_hash = models.CharField(
        max_length=64, blank=True, editable=False, help_text="SHA-256 of content and recipients"
    )
    approved_hash = models.CharField(max_length=64, blank=True, editable=False)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    edition = models.CharField(
        max_length=100,
        blank=True,
        editable=False,
        help_text="of the documents that go with it: version and fingerprint",
    )
    send_at = models.DateTimeField(_("to be sent"), null=True, blank=True, editable=False)
    scheduled_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    trouble = models.TextField(blank=True, editable=False, help_text="why it is not made or was not sent")
    dispatched_at = models.DateTimeField(_("sent"), null=True, blank=True, editable=False)
    dispatched_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        verbose_name, verbose_name_plural = _("mailing"), _("mailings")
        ordering = ["-pk"]
        permissions = [
            ("approve_mailing", _("Can approve a mailing that another person wrote")),
            ("send_mailing", _("Can send, pause and cancel an approved mailing")),
        ]
        constraints = [
            models.CheckConstraint(
                name="mailing_approved_at_and_by", condition=Q(approved_at__isnull=True) ^ Q(approved_by__isnull=False)
            ),
            models.CheckConstraint(
                name="mailing_scheduled_at_and_by", condition=Q(send_at__isnull=True) ^ Q(scheduled_by__isnull=False)
            ),
            models.CheckConstraint(
                name="mailing_scheduled_as_approved", condition=Q(send_at=None) | Q(approved_at__isnull=False)
            ),
            models.CheckConstraint(
                name="mailing_four_eyes", condition=Q(approved_by=None) | ~Q(approved_by=models.F("author"))
            ),
            models.CheckConstraint(
                name="mailing_sent_as_approved",
                condition=~Q(status__in=["sending", "paused", "finished"])
                | Q(approved_hash=models.F("content_hash"), approved_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("admin:correspondence_mailing_change", args=[self.pk])

    @property
    def key(self) -> str:
        """Groups the messages of this mailing in the ledger."""
        return f"mailing/{self.pk}"


class Letter(models.Model):
    """What one city's office gets in a mailing, or why it gets nothing."""

    class Skip(models.TextChoices):
        NOT_MEMBER = "not_member", _("It is not a member city on that day.")
        NO_TERM = "no_term", _("Nobody holds the office on that day.")
        NO_ADDRESS = "no_address", _("No e-mail address is known.")
        RETURNED = "returned", _("Mail to this address comes back.")
        NO_DOCUMENT = "no_document", _("The documents for this city are not ready.")

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="letters")
    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="letters", verbose_name=_("city"))
    term = models.ForeignKey(Term, null=True, blank=True, on_delete=models.SET_NULL, related_name="letters")
    addressee = models.CharField(_("addressee"), max_length=200, blank=True)
    address = models.EmailField(_("address"), blank=True)
    language = models.CharField(_("language"), max_length=5, default="en")
    salutation = models.CharField(_("salutation"), max_length=150, blank=True)
    note = models.TextField(_("note"), blank=True, help_text=_("Markdown put under the text for this city alone."))
    skip_reason = models.CharField(_("why not"), max_length=20, choices=Skip, blank=True)
    attachments = models.ManyToManyField(Attachment, blank=True, related_name="letters")
    is_rendered = models.BooleanField(
        default=True, editable=False, help_text="the PDF of the letter, if it has one, is attached"
    )
    message = models.OneToOneField(Message, null=True, blank=True, on_delete=models.PROTECT, related_name="letter")
    received_at = models.DateTimeField(
        _("received"), null=True, blank=True, editable=False, help_text="when the office said so on its page"
    )

    class Meta:
        verbose_name, verbose_name_plural = _("letter"), _("letters")
        ordering = ["city"]
        constraints = [
            models.UniqueConstraint(fields=["mailing", "city"], name="one_letter_per_city"),
            models.CheckConstraint(name="letter_addressed_or_skipped", condition=Q(address="") ^ Q(skip_reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.mailing} – {self.city}"


class LetterLink(models.Model):
    """A link by which an office opens its letter and documents without an account: expiring and revocable (R8)."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="links", verbose_name=_("letter"))
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    opened_at = models.DateTimeField(_("first opened"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("link of an office"), _("links of offices")
        ordering = ["-pk"]
        permissions = [("revoke_letterlink", _("Can withdraw and renew the link of an office"))]
        constraints = [
            models.UniqueConstraint(fields=["letter"], condition=Q(revoked_at=None), name="one_live_link_per_letter")
        ]

    def __str__(self) -> str:
        return str(self.letter)

    def is_open(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


class Exchange(models.Model):
    """A call, visit, letter or mail between the unit and a city."""

    class Kind(models.TextChoices):
        CALL = "call", _("Telephone or video call")
        VISIT = "visit", _("Visit")
        LETTER = "letter", _("Letter")
        MAIL = "mail", _("E-mail")

    city = models.ForeignKey(City, on_delete=models.CASCADE, related_name="exchanges", verbose_name=_("city"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    on = models.DateField(_("date"))
    summary = models.TextField(_("summary"))
    logged_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name, verbose_name_plural = _("exchange"), _("exchanges")
        ordering = ["-on", "-pk"]

    def __str__(self) -> str:
        return f"{self.city}, {self.on}"

    def get_absolute_url(self) -> str:
        return reverse("cities:detail", args=[self.city.slug])
