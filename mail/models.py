"""The outbox: one row for every message that leaves the portal (invariants M1–M9)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

FINAL = ("sent", "failed", "bounced", "cancelled", "skipped")
WAITING = ("queued", "deferred")


class State(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    DEFERRED = "deferred", _("Deferred")
    FAILED = "failed", _("Failed")
    UNCERTAIN = "uncertain", _("Uncertain")
    BOUNCED = "bounced", _("Bounced")
    CANCELLED = "cancelled", pgettext_lazy("a mail or document", "Cancelled")
    SKIPPED = "skipped", _("Skipped")
    HELD = "held", _("Held")

    @property
    def tone(self) -> str:
        return {
            "sent": "good",
            "failed": "bad",
            "bounced": "bad",
            "uncertain": "warn",
            "deferred": "warn",
            "held": "warn",
        }.get(self.value, "neutral")


class Attachment(models.Model):
    """A file that goes with one or many messages, stored and encoded once."""

    name = models.CharField(_("file name"), max_length=150)
    title = models.CharField(_("title"), max_length=200, blank=True, help_text="what it is, in its own language")
    content_type = models.CharField(max_length=100, default="application/pdf")
    file = models.FileField(upload_to="mail/")
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField(help_text="bytes")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "sha256"], condition=~models.Q(file=""), name="file_attached_once")
        ]

    def __str__(self) -> str:
        return self.title or self.name

    @property
    def suffix(self) -> str:
        """Such as "pdf"."""
        return self.name.rpartition(".")[2]


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, at):
        """Queued or deferred messages whose time has come at `at`."""
        return self.filter(state__in=WAITING, not_before__lte=at)

    def lapsed(self, at):
        """Messages that a worker took and never told the outcome of."""
        return self.filter(state=State.SENDING, lease_until__lte=at)

    def unsettled(self):
        """Messages that have not reached a final state."""
        return self.exclude(state__in=FINAL)


class Message(models.Model):
    """One mail to one recipient. `key` names the occasion; the same key is never queued twice."""

    State = State

    key = models.CharField(max_length=200, unique=True)
    mailing = models.CharField(_("mailing"), max_length=100, blank=True, db_index=True)
    template = models.CharField(max_length=100)
    city = models.ForeignKey("cities.City", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    to_name = models.CharField(_("recipient"), max_length=200, blank=True)
    to_address = models.EmailField(_("address"), blank=True)
    reply_to = models.EmailField(_("answers go to"), blank=True, help_text=_("the unit's address where this is empty"))
    language = models.CharField(_("language"), max_length=5, default="en")
    subject = models.CharField(_("subject"), max_length=250)
    body = models.TextField(_("text"), help_text="Markdown, from which the plain part and the HTML part are made")
    is_sensitive = models.BooleanField(default=False, help_text="the text holds a secret and is emptied once sent")
    attachments = models.ManyToManyField(Attachment, blank=True, through="MessageAttachment")
    message_id = models.CharField(max_length=200, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    reason = models.CharField(_("reason"), max_length=250, blank=True, help_text="why skipped, cancelled or held")
    server_reply = models.TextField(_("the server's words"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    queued_at = models.DateTimeField(_("queued"), auto_now_add=True)
    not_before = models.DateTimeField(_("not before"))
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("decided by"), help_text=_("who sent it again, settled, released or cancelled it last"),
    )  # fmt: skip
    handled_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("message"), _("messages")
        ordering = ["-pk"]
        permissions = [("settle_message", _("Can send again, settle and release messages"))]
        indexes = [models.Index(fields=["state", "not_before"])]
        constraints = [
            models.CheckConstraint(
                name="message_leased_while_sending", condition=Q(state=State.SENDING) ^ Q(lease_until__isnull=True)
            ),
            models.CheckConstraint(
                name="message_sent_has_time",
                condition=~Q(state=State.SENT) | Q(sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="message_skipped_or_addressed", condition=~Q(to_address="") | Q(state=State.SKIPPED)
            ),
            models.CheckConstraint(
                name="message_handled_at_and_by", condition=Q(handled_at__isnull=True) ^ Q(handled_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to_address}"

    @property
    def why(self) -> str:
        """Why it was skipped, cancelled or held: kept in English, shown in the reader's language."""
        return gettext(self.reason) if self.reason else ""

    @property
    def words(self) -> str:
        """What the portal and the server say of its state."""
        return " – ".join(part for part in (self.why, self.server_reply) if part)


class MessageAttachment(models.Model):
    message = models.ForeignKey(Message, on_delete=models.CASCADE)
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT)

    class Meta:
        ordering = [F("pk")]
        constraints = [models.UniqueConstraint(fields=["message", "attachment"], name="attached_once")]


class Bounce(models.Model):
    """A mail that came back for a message, or one that matches none and waits for a person to look at it."""

    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.CASCADE, related_name="bounces", verbose_name=_("message")
    )
    is_hard = models.BooleanField(_("permanent"), help_text=_("The address is wrong, and is tried no more."))
    diagnostic = models.TextField(_("the server's words"))
    received_at = models.DateTimeField(_("received"))
    source = models.CharField(
        max_length=250, unique=True, null=True, help_text="Message-ID of the mail that came back: it counts once"
    )
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    excerpt = models.TextField(
        _("beginning"), blank=True, help_text="of a mail that matches none; emptied once looked at"
    )
    is_open = models.BooleanField(_("to be looked at"), default=False)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("decided by"),
    )  # fmt: skip
    handled_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("bounce"), _("bounces")
        ordering = ["-received_at"]
        permissions = [("settle_bounce", _("Can settle mails that came back"))]
        constraints = [
            models.CheckConstraint(
                name="bounce_handled_at_and_by", condition=Q(handled_at__isnull=True) ^ Q(handled_by__isnull=False)
            ),
            models.CheckConstraint(
                name="bounce_matched_or_kept", condition=Q(message__isnull=False) | Q(is_hard=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.message or self.subject or self.source)
