from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Introduction(models.Model):
    """That an official wrote to another through the portal. What they wrote is in the mail alone."""

    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="introductions", verbose_name=_("sender")
    )
    term = models.ForeignKey(
        "cities.Term", on_delete=models.CASCADE, related_name="introductions", verbose_name=_("term of office")
    )
    sent_at = models.DateTimeField(_("sent"))

    class Meta:
        verbose_name, verbose_name_plural = _("message between officials"), _("messages between officials")
        ordering = ["-sent_at"]
        indexes = [models.Index(fields=["sender", "sent_at"], name="introduction_of_sender")]

    def __str__(self) -> str:
        return f"{self.sender} → {self.term}"
