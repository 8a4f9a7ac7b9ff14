"""The embedded servers, started and killed for real in a folder of their own."""

import fcntl
import os
import shutil
import signal
import smtplib
import socket
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from icc_portal import embedded

CHECK = """
    import smtplib, psycopg, redis
    from icc_portal import embedded
    with psycopg.connect(host=str(embedded.SOCKETS / "pg"), user="postgres", dbname="icc") as connection:
        print(connection.execute("SELECT 'Évora' < 'Łódź'").fetchone()[0], end=" ")
    print(redis.Redis.from_url(embedded.redis_url()).ping(), end=" ")
    print(smtplib.SMTP("127.0.0.1", embedded.mail_port(), timeout=5).noop()[0])
"""
START = "from icc_portal import embedded; embedded.start_missing()"


class Portal:
    """Python processes that use the embedded servers of one `var/`."""

    def __init__(self, var: Path) -> None:
        self.var = var
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "DATABASE", "REDIS", "EMAIL"))}
        self.environment = {**inherited, "ICC_VAR": str(var), "ICC_FSYNC": "off"}

    def run(self, code: str, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)],
            cwd=embedded.REPO,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=150,
        )

    def open(self) -> subprocess.Popen:
        """A process that has started the servers and uses them until its standard input closes."""
        code = f"{START}; print('ready', flush=True); input()"
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=embedded.REPO,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "ready\n"
        return process

    def server(self, name: str) -> psutil.Process | None:
        return embedded.recorded(self.var / "run" / f"{name}.json")

    def servers(self) -> list[int]:
        return [process.pid for name in ("postgres", "redis", "mailsink") if (process := self.server(name))]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A database made once; the tests that do not look at its making begin with a copy."""
    portal = Portal(tmp_path_factory.mktemp("cluster") / "var")
    portal.run(START)
    return portal.var / "postgres"


@pytest.fixture
def portal(tmp_path, cluster):
    portal = Portal(tmp_path / "var")
    portal.var.mkdir()
    subprocess.run(["cp", "-a", cluster, portal.var / "postgres"], check=True)
    yield portal
    portal.run("from icc_portal import embedded; embedded.stop(force=True)")
    assert portal.servers() == []


def close(process: subprocess.Popen) -> None:
    process.communicate("\n", timeout=60)


def test_servers_answer_and_stop_with_their_last_user(portal):
    first, second = portal.open(), portal.open()
    assert portal.run(CHECK).stdout == "True True 250\n"
    servers = portal.servers()

    close(first)
    assert portal.servers() == servers
    close(second)

    assert len(servers) == 3
    assert portal.servers() == []


def test_two_processes_at_once_start_one_of_each(portal):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", f"{START}; print(len(embedded._children)); input()"],
            cwd=embedded.REPO,
            env=portal.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    started = sorted(int(process.stdout.readline()) for process in processes)

    assert portal.run(CHECK).stdout == "True True 250\n"
    for process in processes:
        close(process)
    assert started == [0, 3]


def test_who_waits_while_the_last_user_stops_the_servers_starts_them_again(portal):
    """Stopping takes the folder of the sockets away, and whoever waited for it must not rely on having seen it."""
    (portal.var / "run").mkdir(parents=True, exist_ok=True)
    lock = os.open(portal.var / "run" / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    waiting = subprocess.Popen([sys.executable, "-c", START], cwd=embedded.REPO, env=portal.environment)
    while not blocked(waiting.pid):
        time.sleep(0.05)
    sockets = portal.run("from icc_portal import embedded; print(embedded.SOCKETS)").stdout.strip()
    shutil.rmtree(sockets, ignore_errors=True)

    os.close(lock)

    assert waiting.wait(150) == 0


def blocked(pid: int) -> bool:
    """Whether the process waits for a lock on a file."""
    return any(line.split()[1] == "->" and f" {pid} " in line for line in Path("/proc/locks").read_text().splitlines())


def test_killed_servers_start_again_with_their_data(portal):
    user = portal.open()
    portal.run("""
        import psycopg
        from icc_portal import embedded
        with psycopg.connect(host=str(embedded.SOCKETS / "pg"), user="postgres", dbname="icc") as connection:
            connection.execute("CREATE TABLE kept (name text)")
    """)
    before = portal.servers()
    for name in ("postgres", "redis", "mailsink"):
        portal.server(name).kill()

    outcome = portal.run(
        START
        + textwrap.dedent(CHECK)
        + textwrap.dedent("""
        with psycopg.connect(host=str(embedded.SOCKETS / "pg"), user="postgres", dbname="icc") as connection:
            print(connection.execute("SELECT count(*) FROM kept").fetchone()[0])
    """)
    )

    assert outcome.stdout == "True True 250\n0\n", outcome.stderr
    assert not set(before) & set(portal.servers())
    close(user)


def test_user_that_was_killed_leaves_servers_that_the_next_one_stops(portal):
    user = portal.open()
    user.send_signal(signal.SIGKILL)
    user.wait()
    left = portal.servers()

    close(portal.open())

    assert len(left) == 3
    assert portal.servers() == []


def test_numbers_that_belong_to_other_processes_by_now_are_left_alone(portal):
    """As after a reboot: the files name processes that are somebody else's."""
    portal.run("from icc_portal import embedded; embedded.secret_key()")  # makes the folders
    stranger = subprocess.Popen(["sleep", "300"], start_new_session=True)
    for name in ("postgres", "redis", "mailsink"):
        (portal.var / "run" / f"{name}.json").write_text(f'{{"pid": {stranger.pid}, "started": 1.0}}')
    lock = portal.var / "postgres" / "postmaster.pid"
    lock.write_text(f"{stranger.pid}\n{portal.var / 'postgres'}\n1600000000\n5432\n/tmp\n\n\nready\n")

    user = portal.open()

    assert portal.run(CHECK).stdout == "True True 250\n"
    assert stranger.poll() is None
    close(user)
    stranger.kill()
    stranger.wait()


def test_servers_whose_folder_was_deleted_are_ended_and_made_again(portal):
    user = portal.open()
    old = portal.servers()
    subprocess.run(["rm", "-rf", str(portal.var)], check=True)

    close(portal.open())

    assert [number for number in old if psutil.pid_exists(number) and psutil.Process(number).status() != "zombie"] == []
    user.kill()
    user.wait()


def test_half_made_cluster_is_made_again(portal):
    shutil.rmtree(portal.var / "postgres")
    (portal.var / "postgres.new").mkdir(parents=True)
    (portal.var / "postgres.new" / "PG_VERSION").write_text("18\n")
    user = portal.open()

    assert portal.run(CHECK).stdout == "True True 250\n"
    close(user)


def test_taken_mail_port_is_left_to_its_owner(portal):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        (portal.var / "mail_port").write_text(str(taken.getsockname()[1]))
        user = portal.open()

        port = int((portal.var / "mail_port").read_text())

        assert port != taken.getsockname()[1]
        assert smtplib.SMTP("127.0.0.1", port, timeout=5).noop()[0] == 250
        close(user)


def test_deep_folder_works(tmp_path):
    portal = Portal(tmp_path / ("deep" * 20) / ("er" * 40) / "var")
    user = portal.open()

    assert portal.run(CHECK).stdout == "True True 250\n"
    close(user)
    assert portal.servers() == []


def test_only_what_is_not_configured_is_started(portal):
    outcome = portal.run(START, DATABASE_URL="postgres://db.example/icc", EMAIL_URL="smtp://mail.example")

    assert outcome.returncode == 0
    assert sorted(path.name for path in (portal.var / "log").iterdir()) == ["redis.log"]


def test_production_starts_nothing(portal):
    assert portal.run(START, ICC_ENV="production").returncode == 0
    assert not (portal.var / "run").exists()


def test_addresses_start_nothing_and_stay_the_same(portal):
    code = "from icc_portal import embedded as e; print(e.secret_key(), e.database_url(), e.redis_url(), e.email_url())"
    first, second = portal.run(code), portal.run(code)

    assert first.stdout == second.stdout != ""
    assert portal.servers() == []
    assert stat.S_IMODE((portal.var / "secret_key").stat().st_mode) == 0o600


def test_cluster_of_another_postgresql_is_refused_with_a_sentence(portal):
    (portal.var / "postgres" / "PG_VERSION").write_text("15\n")

    outcome = portal.run(START)

    assert outcome.returncode == 1
    assert "was written by PostgreSQL 15, this portal brings 18" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_folder_that_cannot_be_written_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")

    outcome = Portal(tmp_path / "file" / "var").run(START)

    assert outcome.returncode == 1
    assert "which it cannot write" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_failing_postgresql_gets_a_sentence_with_its_last_words(portal):
    (portal.var / "postgres" / "postgresql.conf").write_text("shared_buffers = nonsense\n")

    outcome = portal.run(START)

    assert outcome.returncode == 1
    assert "PostgreSQL did not start" in outcome.stderr
    assert "shared_buffers" in outcome.stderr


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("unix:///tmp/redis.sock?db=3", "redis+socket:///tmp/redis.sock?virtual_host=3"),
        ("redis://redis.example:6379/2", "redis://redis.example:6379/2"),
        ("rediss://:x@redis.example:6379/0", "rediss://:x@redis.example:6379/0?ssl_cert_reqs=required"),
        ("rediss://r.example/0?ssl_cert_reqs=none", "rediss://r.example/0?ssl_cert_reqs=none"),
    ],
)
def test_broker_url_is_what_celery_reads(given, expected):
    assert embedded.broker_url(given) == expected


def test_mail_survives_the_sink(portal):
    user = portal.open()
    port = int((portal.var / "mail_port").read_text())
    smtplib.SMTP("127.0.0.1", port).sendmail("unit@icc.example", ["mayor@oslo.example"], "Subject: Oslo\n\nDear Mayor")
    portal.server("mailsink").kill()
    portal.run(START)
    time.sleep(0.1)

    (mail,) = (portal.var / "mailbox" / "new").iterdir()

    assert b"X-RcptTo: mayor@oslo.example" in mail.read_bytes()
    close(user)
