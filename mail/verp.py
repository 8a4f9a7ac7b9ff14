"""The address that a message returns to when it cannot be delivered: it names the message, signed, so that none is forged."""

import re
from email.utils import parseaddr

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

PATTERN = re.compile(r"\+(\d{1,18})\.([0-9a-f]{20})@", re.IGNORECASE)


def return_address(message_id: int) -> str:
    """The sender on the envelope: "bounces+17.5f3a…@domain", or the plain sender where nobody reads bounces."""
    if not settings.BOUNCES_URL:
        return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    local, _at, domain = settings.BOUNCES_ADDRESS.rpartition("@")
    return f"{local}+{message_id}.{_signature(message_id)}@{domain}"


def message_of(addresses: str) -> int | None:
    """The message whose signed return address stands in this text."""
    for number, signature in PATTERN.findall(addresses):
        if constant_time_compare(signature.lower(), _signature(int(number))):
            return int(number)
    return None


def _signature(message_id: int) -> str:
    return salted_hmac("mail.verp", str(message_id), algorithm="sha256").hexdigest()[:20]
