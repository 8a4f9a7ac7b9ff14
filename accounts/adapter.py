"""How allauth behaves here: no open sign-up, every mail through the ledger, secrets encrypted at rest."""

import base64
from hashlib import sha256
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from mail.services import queue_message

from .models import User


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": _(
            "Too many failed attempts. Wait five minutes, then try again, or ask for a new password."
        ),
        "email_password_mismatch": _(
            "The address or the password is not correct. Check both, or ask for a new password."
        ),
        "rate_limited": _("Too many requests. Wait a minute, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: accounts are made by `services.accept_invitation`."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue `templates/mail/account/<name>.md` in the reader's language, or the page's for an unknown address."""
        name = template_prefix.rpartition("/")[2]
        user = User.objects.filter(email=email.lower()).first() or context.get("user")
        language = user.language if user else (translation.get_language() or "en")[:2]
        to = SimpleNamespace(email=email, name=user.name if user else "", language=language)
        values = {key: value for key, value in context.items() if key != "request"}
        queue_message(f"account/{name}", to=to, key=f"account/{name}/{uuid4()}", context=values, is_sensitive=True)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        with translation.override(request.user.language):
            return reverse("home")


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()


def _fernet() -> MultiFernet:
    """Ciphers of the secret key and of those it replaced (SECRET_KEY_FALLBACKS)."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(sha256(f"mfa:{key}".encode()).digest())) for key in keys])
