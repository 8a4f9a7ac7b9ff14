"""A database of the bench's own on the embedded servers, and a media folder; both are gone when it ends."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def own_database(name: str, redis_number: int) -> Iterator[None]:
    """An empty database and a numbered Redis database, named in the environment before Django is set up."""
    from icc_portal import embedded

    embedded.start_missing()
    media = tempfile.mkdtemp(prefix="icc-bench-")
    os.environ |= {
        "DATABASE_URL": embedded.database_url(name),
        "REDIS_URL": embedded.redis_url(db=redis_number),
        "EMAIL_URL": embedded.email_url(),
        "MEDIA_ROOT": media,
        "DJANGO_SETTINGS_MODULE": "icc_portal.settings",
        "LOG_LEVEL": "ERROR",
    }
    _execute(embedded, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    _execute(embedded, f"CREATE DATABASE {name}")
    try:
        yield
    finally:
        shutil.rmtree(media, ignore_errors=True)
        _execute(embedded, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _execute(embedded, statement: str) -> None:
    import psycopg

    with psycopg.connect(
        host=str(embedded.SOCKETS / "pg"), user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(statement)


def load() -> None:
    """The schema and the real cities, with nothing in the cache."""
    import django

    django.setup()
    import redis
    from django.conf import settings
    from django.core.management import call_command

    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    call_command("migrate", verbosity=0)
    with open(os.devnull, "w") as silent:
        call_command("load_data", stdout=silent)
