"""Who may log in, and the invitations that let them in."""

import zoneinfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def is_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone. Choose one such as Europe/Oslo."), params={"value": value}
        )


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account: city official, network coordinator, assessor or unit staff."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    language = models.CharField(
        _("language"), max_length=5, choices=[("en", "English"), ("fr", "Français")], default="en"
    )
    time_zone = models.CharField(_("time zone"), max_length=50, default="Europe/Paris", validators=[is_time_zone])
    is_staff = models.BooleanField(_("unit staff"), default=False, help_text=_("Opens the administration."))
    is_assessor = models.BooleanField(_("assessor"), default=False, help_text=_("Assesses grant applications."))
    is_active = models.BooleanField(_("active"), default=True)
    home_seen_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="what is new since")
    date_joined = models.DateTimeField(_("since"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name, verbose_name_plural = _("user"), _("users")
        ordering = ["email"]
        permissions = [
            ("export_user", _("Can export what is kept about a person, on that person’s request")),
            ("erase_user", _("Can erase a person from the record, on that person’s request")),
        ]
        constraints = [
            models.CheckConstraint(name="email_lower_case", condition=Q(email=models.functions.Lower("email")))
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class InvitationState(models.TextChoices):
    OPEN = "open", pgettext_lazy("invitation", "Open")
    ACCEPTED = "accepted", _("Accepted")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")

    @property
    def tone(self) -> str:
        return {"open": "info", "accepted": "good", "expired": "warn"}.get(self.value, "neutral")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def latest_to(self, addresses):
        """The newest invitation to each address, by the address in lower case; one query."""
        wanted = {address.lower() for address in addresses if address}
        return {i.email: i for i in self.filter(email__in=wanted).order_by("created_at", "pk")} if wanted else {}

    def open(self, at):
        """Invitations that can still be accepted at `at`."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=at)


class Invitation(models.Model):
    """A signed, expiring, single-use link that lets one address sign up."""

    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=150)
    language = models.CharField(
        _("language"), max_length=5, choices=[("en", "English"), ("fr", "Français")], default="en"
    )
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations")
    created_at = models.DateTimeField(_("sent"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="invitation"
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("invitation"), _("invitations")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="invitation_not_accepted_and_revoked",
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["email"], condition=Q(accepted_at=None, revoked_at=None), name="one_open_invitation"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def state(self, at) -> InvitationState:
        if self.accepted_at:
            return InvitationState.ACCEPTED
        if self.revoked_at:
            return InvitationState.WITHDRAWN
        return InvitationState.OPEN if self.is_open(at) else InvitationState.EXPIRED

    def is_open(self, at) -> bool:
        return self.accepted_at is None and self.revoked_at is None and at < self.expires_at


class Viewing(models.Model):
    """A member of staff looks at the portal as an official does: who, as whom, from when to when. Kept as evidence."""

    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("who looked"))
    official = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("as whom"))
    city = models.ForeignKey("cities.City", on_delete=models.PROTECT, related_name="+", verbose_name=_("city"))
    started_at = models.DateTimeField(_("from"))
    expires_at = models.DateTimeField(_("at most until"))
    ended_at = models.DateTimeField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("look as a city"), _("looks as a city")
        ordering = ["-started_at", "-pk"]
        permissions = [("start_viewing", _("Can look at the portal as an official of a city"))]
        constraints = [
            models.CheckConstraint(name="viewing_not_of_oneself", condition=~Q(staff=models.F("official"))),
            models.CheckConstraint(
                name="viewing_ends_in_time",
                condition=Q(expires_at__gt=models.F("started_at"))
                & (Q(ended_at=None) | Q(ended_at__range=(models.F("started_at"), models.F("expires_at")))),
            ),
            models.UniqueConstraint(fields=["staff"], condition=Q(ended_at=None), name="one_viewing_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.staff} → {self.official}"

    @property
    def minutes_left(self) -> int:
        """Whole minutes, never less than one."""
        return max(1, int((self.expires_at - timezone.now()).total_seconds() // 60))


class ViewedPage(models.Model):
    """One page of a viewing; `is_refused` when it was closed, or somebody tried to save."""

    viewing = models.ForeignKey(Viewing, on_delete=models.CASCADE, related_name="pages")
    path = models.CharField(_("page"), max_length=300)
    is_refused = models.BooleanField(_("refused"), default=False)
    at = models.DateTimeField(_("opened"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("page looked at"), _("pages looked at")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.path
