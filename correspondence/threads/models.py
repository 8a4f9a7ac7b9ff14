"""What a city and the unit write to each other: a thread with entries, their files, and who has read it."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cities.models import City

User = settings.AUTH_USER_MODEL


class ThreadQuerySet(models.QuerySet["Thread"]):
    def visible_to(self, user, on):
        """What `user` may read on the day `on`: the unit all, others those of the cities they act for.

        A coordinator who left reads nothing any more, the next one everything; so does the coordinator of their network.
        """
        if user.is_staff:
            return self if user.has_perm("correspondence.view_thread") else self.none()
        return self.filter(city__in=City.objects.of_official(user, on))

    def unread_by(self, user):
        """Where the unit wrote last and `user` has not looked since."""
        seen = Reading.objects.filter(thread=OuterRef("pk"), user=user, read_at__gte=OuterRef("last_at"))
        return self.filter(~Exists(seen), is_last_from_unit=True)

    def waiting(self):
        """Where the unit owes an answer, the longest wait first."""
        return self.filter(state=Thread.State.WAITING).order_by("asked_at", "pk")


class Thread(models.Model):
    """One question of a city, or of the unit, and what was answered."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits for the unit")
        ANSWERED = "answered", _("Answered")
        CLOSED = "closed", pgettext_lazy("exchange", "Closed")

        @property
        def tone(self) -> str:
            return {"waiting": "warn", "answered": "good"}.get(self.value, "neutral")

    city = models.ForeignKey(City, on_delete=models.CASCADE, related_name="threads", verbose_name=_("city"))
    subject = models.CharField(_("subject"), max_length=150)
    state = models.CharField(_("state"), max_length=10, choices=State, editable=False)
    opened_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    opened_at = models.DateTimeField(_("opened"), editable=False)
    asked_at = models.DateTimeField(_("waiting since"), null=True, editable=False)
    last_at = models.DateTimeField(_("last message"), editable=False)
    is_last_from_unit = models.BooleanField(default=False, editable=False)
    assigned_to = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("assigned to")
    )
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("exchange in writing"), _("exchanges in writing")
        ordering = ["-last_at", "-pk"]
        permissions = [("answer_thread", _("Can answer, close and assign what cities write"))]
        indexes = [models.Index(fields=["city", "-last_at"])]
        constraints = [
            models.CheckConstraint(
                name="thread_waiting_since", condition=Q(state="waiting") ^ Q(asked_at__isnull=True)
            ),
            models.CheckConstraint(name="thread_closed_dated", condition=Q(state="closed") ^ Q(closed_at__isnull=True)),
            models.CheckConstraint(
                name="thread_closed_at_and_by", condition=Q(closed_at__isnull=True) ^ Q(closed_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.city})"

    def get_absolute_url(self) -> str:
        return reverse("exchanges:thread", args=[self.pk])

    def days_waiting(self, at) -> int:
        """Whole days since the city asked; 0 when it does not wait."""
        return (at - self.asked_at).days if self.asked_at else 0


class Entry(models.Model):
    """What one side wrote. `token` comes from the form, so that a double click is one entry."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="entries")
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    is_from_unit = models.BooleanField()
    text = models.TextField(_("text"))
    written_at = models.DateTimeField(_("written"))
    token = models.UUIDField(unique=True, default=uuid4, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("entry"), _("entries")
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return f"{self.thread}, {self.written_at:%Y-%m-%d}"


class EntryFile(models.Model):
    """A file that goes with an entry, stored under a generated name."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(_("file name"), max_length=150)
    file = models.FileField(upload_to="exchanges/")
    size = models.PositiveIntegerField(help_text="bytes")

    class Meta:
        verbose_name, verbose_name_plural = _("file"), _("files")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Reading(models.Model):
    """When somebody last looked at a thread."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="readings")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name, verbose_name_plural = _("reading"), _("readings")
        ordering = ["-read_at"]
        constraints = [models.UniqueConstraint(fields=["thread", "user"], name="reading_once_per_user")]

    def __str__(self) -> str:
        return f"{self.user}: {self.thread}"
