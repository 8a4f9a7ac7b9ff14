from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from common import formats

from .city import City
from .people import Contact, Office


class ChangeRequest(models.Model):
    """A change that the unit decides: what was asked, by whom, and what became of it.

    `values` by kind: name {name}; status {kind}; mayor {name, and as far as known salutation, email, phone, language,
    started_on as an ISO date}; address {email, empty while nobody knows the new one}, with `office` whose address it is.
    """

    class Kind(models.TextChoices):
        NAME = "name", _("Name of the city")
        STATUS = "status", _("Legal status of the city")
        MAYOR = "mayor", _("Change of mayor")
        ADDRESS = "address", _("Address of an office")

    class Via(models.TextChoices):
        PORTAL = "portal", _("the portal")
        MAYOR = "mayor", _("the page of the mayor")
        BOUNCE = "bounce", _("mail that came back")

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for the unit")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        REPLACED = "replaced", _("Replaced by a newer request")

        @property
        def tone(self) -> str:
            return {"open": "warn", "accepted": "good", "declined": "bad"}.get(self.value, "neutral")

    city = models.ForeignKey(
        "cities.City", on_delete=models.CASCADE, related_name="change_requests", verbose_name=_("city")
    )
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    office = models.CharField(_("office"), max_length=20, choices=Office, blank=True)
    values = models.JSONField(_("asked for"), default=dict)
    note = models.TextField(_("note"), blank=True, max_length=1000)
    via = models.CharField(_("through"), max_length=10, choices=Via)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name, verbose_name_plural = _("request for a change"), _("requests for changes")
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["city", "kind", "office"], condition=Q(state="open"), name="one_open_change_of_a_kind"
            ),
            models.CheckConstraint(
                name="change_open_xor_decided", condition=Q(state="open") ^ Q(decided_at__isnull=False)
            ),
            models.CheckConstraint(name="declined_with_reason", condition=~Q(state="declined") | ~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.city}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    def asked(self) -> list[tuple[str, str]]:
        """What was asked for, as labels and values in the reader's language."""
        labels = {
            "name": _("Name"),
            "kind": _("Legal status"),
            "salutation": _("Salutation"),
            "email": _("E-mail"),
            "phone": _("Telephone"),
            "language": _("Language"),
            "started_on": _("In office from"),
        }
        return [(str(labels.get(key, key)), self._shown(key, value)) for key, value in self.values.items() if value]

    @staticmethod
    def _shown(key: str, value: str) -> str:
        if key == "kind":
            return str(City.Kind(value).label)
        if key == "language":
            return dict(Contact._meta.get_field("language").flatchoices).get(value, value)
        return formats.day(date.fromisoformat(value)) if key == "started_on" else value
