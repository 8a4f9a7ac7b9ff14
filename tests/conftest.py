"""The servers, the browser and the workers that tests use: all real, all their own.

Each process of a test run has its own database, its own numbered Redis database and its own SMTP server.
"""

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from icc_portal import embedded
from tests.mail_server import MailServer

CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/Applications/Chromium.app/Contents/MacOS/Chromium"]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers, or join those of another process of the run, and take a Redis database."""
    os.environ["ICC_FSYNC"] = "off"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's own loop runs in the thread of the test
    if config.option.collectonly:
        return
    try:
        embedded.start_missing()
    except embedded.CannotStart as sentence:
        pytest.exit(str(sentence), returncode=3)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    redis_url = embedded.redis_url(db=int(worker.removeprefix("gw") or -1) + 1)

    from django.conf import settings

    settings.REDIS_URL = redis_url
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": redis_url}}
    settings.CELERY_BROKER_URL = embedded.broker_url(redis_url)
    settings.MEDIA_ROOT = embedded.VAR / "media" / (worker or "main")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = True  # each client of a test would first look at all static files


# Database --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Migrate once for the migrations as they are; each database of a test run is a copy of that one."""
    from django.conf import settings

    digest = hashlib.sha256((embedded.REPO / "requirements.lock").read_bytes())
    for path in sorted(embedded.REPO.glob("*/migrations/*.py")):
        digest.update(str(path.relative_to(embedded.REPO)).encode() + path.read_bytes())
    template = f"migrated_{digest.hexdigest()[:12]}"
    with (embedded.VAR / "migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make_template(template)
    settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = template


def _make_template(template: str) -> None:
    import psycopg
    from psycopg import sql

    socket = str(embedded.SOCKETS / "pg")
    with psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'migrat%'").fetchall()
        names = [name for (name,) in rows]
        if template in names:
            return
        for name in names:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute("CREATE DATABASE migrating")
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"],
            cwd=embedded.REPO,
            env=_environment(DATABASE_URL=embedded.database_url("migrating")),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            pytest.exit(f"The migrations do not run:\n{done.stderr}", returncode=3)
        connection.execute(sql.SQL("ALTER DATABASE migrating RENAME TO {}").format(sql.Identifier(template)))


def _environment(**variables: str) -> dict[str, str]:
    """The environment of a process that works beside this test process, on the same servers."""
    from django.conf import settings

    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "ICC_ENV"))}
    return {
        **kept,
        "ICC_VAR": str(embedded.VAR),
        "REDIS_URL": settings.REDIS_URL,
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "EMAIL_URL": "smtp://127.0.0.1:9",  # nobody listens; `mail_sink` gives the address of one who does
        "PYTHONPATH": str(embedded.REPO),
        **variables,
    }


KEEP = """
DO $$ DECLARE name text; filled boolean; BEGIN
  CREATE SCHEMA migrated;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
    IF filled THEN EXECUTE format('CREATE TABLE migrated.%I AS TABLE public.%I', name, name); END IF;
  END LOOP;
END $$"""
RESTORE = """
DO $$ DECLARE name text; filled boolean; BEGIN
  SET LOCAL session_replication_role = replica;  -- rows go and come in any order, whatever refers to them
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM public.%I', name); END IF;
  END LOOP;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'migrated' LOOP
    EXECUTE format('INSERT INTO public.%I SELECT * FROM migrated.%I', name, name);
  END LOOP;
END $$"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> None:
    """A test that commits leaves the rows that the migrations made, and no others.

    Django would empty every table, used or not, and write the permissions again.
    """
    from django.db import connection
    from django.test import TransactionTestCase

    def restore(self: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            cursor.execute(RESTORE)

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(KEEP)
    TransactionTestCase._fixture_teardown = restore


@pytest.fixture(autouse=True)
def empty_redis() -> None:
    """No test finds the cache, the rate limits or the tasks of another."""
    import redis
    from django.conf import settings

    with redis.Redis.from_url(settings.REDIS_URL) as connection:
        connection.flushdb()


# Mail and workers ------------------------------------------------------------------------------


@pytest.fixture
def mail_sink(settings) -> Iterator[MailServer]:
    """A real SMTP server that Django's mail goes to; tell it how to behave with `mail_sink.answer(…)`."""
    server = MailServer()
    server.controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 3
    yield server
    server.released.set()
    server.controller.stop()


@pytest.fixture
def celery_worker_process(transactional_db, mail_sink, settings, tmp_path) -> Iterator[Callable[..., subprocess.Popen]]:
    """Starts real Celery workers on this test's database, Redis and SMTP server; kill them as you like.

    `start(queues="default,mail,render", concurrency=1)` returns the ready Popen, its log as `.log_path`.
    """
    from django.db import connection

    started: list[subprocess.Popen] = []

    def start(queues: str = "default,mail,render", concurrency: int = 1, **environment: str) -> subprocess.Popen:
        log = tmp_path / f"worker{len(started)}.log"
        command = [sys.executable, "-m", "celery", "-A", "icc_portal", "worker", "--queues", queues]
        command += ["--concurrency", str(concurrency), "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
        command += ["--hostname", f"test{len(started)}.{os.getpid()}@%h"]
        variables = {
            "DATABASE_URL": embedded.database_url(connection.settings_dict["NAME"]),
            "EMAIL_URL": mail_sink.url,
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=embedded.REPO,
                env=_environment(**{**variables, **environment}),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process.log_path = log
        started.append(process)
        deadline = time.monotonic() + 60
        while b" ready." not in log.read_bytes():
            assert process.poll() is None and time.monotonic() < deadline, f"The worker:\n{log.read_text()}"
            time.sleep(0.1)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
        with suppress(ProcessLookupError):  # and what it forked
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


# Browser ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    path = next((path for path in CHROMIUM if Path(path).exists()), None)
    if path is None:
        pytest.fail("The browser journeys need Chromium: bin/test installs it, or names the line that does.")
    return {**browser_type_launch_args, "executable_path": path, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict, live_server) -> dict:
    """Pages are addressed as `page.goto("/en/")`."""
    return {**browser_context_args, "base_url": live_server.url, "locale": "en-GB", "timezone_id": "Europe/Oslo"}


@pytest.fixture
def page(page) -> Iterator:
    """A browser page; what the Content Security Policy blocks, or a script breaks, fails the test."""
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda line: broken.append(line.text) if "Content Security Policy" in line.text else None)
    page.set_default_timeout(15_000)
    yield page
    assert not broken, "\n".join(broken)


@pytest.fixture
def sign_in(context, live_server) -> Callable:
    """`sign_in(user)`: the browser carries a session of this user from now on."""
    from django.conf import settings
    from django.test import Client

    def sign_in(user) -> None:
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url, "httpOnly": True}])

    return sign_in


@pytest.fixture
def axe() -> Callable:
    """`axe(page)` asserts that axe-core finds nothing; `axe(page, ignore={"rule-id"})` where a rule cannot apply."""
    from axe_playwright_python.sync_playwright import Axe

    run = "options => axe.run(options).then(results => results.violations)"
    source = Axe().axe_script

    def check(page, *, ignore: frozenset[str] | set[str] = frozenset()) -> None:
        page.evaluate(source)
        found = page.evaluate(run, {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}})
        lines = [
            f"{rule['id']} ({rule['impact']}): {rule['help']}\n"
            + "\n".join(
                f"    {' '.join(map(str, node['target']))}\n      {node['html'][:200]}" for node in rule["nodes"]
            )
            for rule in found
            if rule["id"] not in ignore
        ]
        assert not lines, f"{page.url} is not accessible:\n" + "\n".join(lines)

    return check


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A page in French leaves the thread in French; each test begins in English."""
    from django.utils import translation

    with translation.override("en"):
        yield
