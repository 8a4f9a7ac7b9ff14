"""How much goes out at once: two limits that hold over all worker processes together."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db import connection

PLACES = 0x1CC  # the first half of the advisory locks' keys; the second is the number of the place
RESERVED = 10  # one message in so many is kept for single ones (a password, a receipt) while a mailing runs


@contextmanager
def place_at_server() -> Iterator[bool]:
    """One of the `MAIL_CONNECTIONS` connections to the mail server; False when others have them all.

    PostgreSQL takes the place back however the process ends. 0 is no limit.
    """
    place = _take()
    try:
        yield place is not None
    finally:
        if place:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [PLACES, place])


def _take() -> int | None:
    """The number of the place; 0 where there is no limit, None where none is free."""
    if not settings.MAIL_CONNECTIONS:
        return 0
    with connection.cursor() as cursor:
        for place in range(1, settings.MAIL_CONNECTIONS + 1):
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [PLACES, place])
            if cursor.fetchone()[0]:
                return place
    return None


def may_send(at: datetime, *, is_mass: bool) -> bool:
    """Whether one more message goes in the minute of `at`: `MAIL_PER_MINUTE`, 0 is no limit. Asking counts."""
    limit = settings.MAIL_PER_MINUTE
    if not limit:
        return True
    key = f"mail/minute/{int(at.timestamp() // 60)}"
    cache.add(key, 0, timeout=120)
    return cache.incr(key) <= (limit - limit // RESERVED if is_mass else limit)
