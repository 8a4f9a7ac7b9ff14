"""`bin/demo`: every process of the portal on this machine, and the annual report sent, until Ctrl-C."""

import fcntl
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command, get_commands

from icc_portal import embedded

MARK = f"demo-{embedded.SOCKETS.name}"  # in the command line of each child, by which the next run knows it
PATIENCE = 12  # seconds that a child has to end
RESTARTS = 3


class Ended(BaseException):
    """Somebody asked the demo to end."""


class Child:
    """One process of the portal, with its log and how we know that it is ready."""

    def __init__(self, name: str, command: list[str], ready: str, environment: dict[str, str]) -> None:
        self.name, self.command, self.ready, self.environment = name, command, ready, environment
        self.log = embedded.LOG / f"{name}.log"
        self.starts = 0
        self.start()

    def start(self) -> None:
        self.starts += 1
        with self.log.open("wb" if self.starts == 1 else "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.command],
                cwd=embedded.REPO,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the demo, which ends its children in order
            )

    def wait(self, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while self.ready not in self.log.read_text(errors="replace"):
            if self.process.poll() is not None:
                raise CommandError(f"{self.name} {self.how_it_ended()}; its log is {self.log}")
            if time.monotonic() > deadline:
                raise CommandError(f"{self.name} was not ready after {seconds:.0f} s; its log is {self.log}")
            time.sleep(0.1)

    def how_it_ended(self) -> str:
        code = self.process.returncode
        return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"


class Command(BaseCommand):
    help = "Run the whole portal on this machine and send the annual report 2020, until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser) -> None:
        parser.prog, parser.usage = "bin/demo", "bin/demo [--port N] [--fresh] [--no-report]"
        parser.add_argument("--port", type=int, default=8000, help="the port of the portal (8000)")
        parser.add_argument("--fresh", action="store_true", help="start from nothing")
        parser.add_argument("--no-report", action="store_true", help="do not compile and send the report")

    def handle(self, *, port: int, fresh: bool, no_report: bool, **options) -> None:
        self.began, self.children, self.ending, self.hurry = time.monotonic(), [], False, False
        if settings.PRODUCTION:
            raise CommandError("The demo makes up contacts and sends letters: it does not run with ICC_ENV=production.")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.asked_to_end)
        code = 0
        try:
            with only_one():
                self.run(port, fresh, no_report)
        except Ended:
            pass
        except CommandError as error:
            self.say(f"\n{error}")
            code = 1
        except embedded.CannotStart as sentence:
            self.say(f"\n{sentence}")
            code = 1
        finally:
            self.end()
        if code:
            sys.exit(code)

    def run(self, port: int, fresh: bool, no_report: bool) -> None:
        end_leftovers()
        if fresh:
            self.step("Deleting the database, the mails and the files of the last demo")
            start_from_nothing()
        check_port(port)
        settings.PORTAL_URL = f"http://127.0.0.1:{port}"  # this process writes mails too
        self.step("Starting PostgreSQL, Redis and the mailbox")
        embedded.start_missing()
        if not os.environ.get("EMAIL_URL"):
            settings.EMAIL_PORT = embedded.mail_port()  # may have changed since the settings were read
        self.step("Preparing the database")
        call_command("migrate", verbosity=0)
        known = get_commands()
        for name, what in (
            ("load_data", "Loading the member cities, networks, activities, grants and publications"),
            ("make_demo", "Making up contacts and accounts for the demonstration"),
        ):
            if name in known:
                self.step(what)
                call_command(name, verbosity=0, stdout=io.StringIO())
        self.step("Starting the web server and the workers")
        self.start_children(port)
        self.wait_for_page(f"{settings.PORTAL_URL}/healthz")
        sections = []
        if not no_report:
            from icc_portal.demo import prepare

            sections = prepare(self.step)
        self.summary(settings.PORTAL_URL, sections)
        self.watch()

    def start_children(self, port: int) -> None:
        environment = {
            **os.environ,
            "ICC_DEMO": "1",
            "PORTAL_URL": settings.PORTAL_URL,
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "icc_portal.settings",
        }
        worker = ["celery", "-A", "icc_portal", "worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
        render = ["-Q", "render", "--concurrency", "2", "--max-tasks-per-child", "20"]
        schedule = str(embedded.VAR / "celerybeat-schedule")
        beat = ["celery", "-A", "icc_portal", "beat", "--loglevel", "INFO", "--schedule", schedule]
        web = ["gunicorn", "icc_portal.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4"]
        commands = {
            "worker": ([*worker, "-Q", "default,mail", "--concurrency", "2", "-n", f"{MARK}-worker@%h"], " ready."),
            "render": ([*worker, *render, "-n", f"{MARK}-render@%h"], " ready."),
            "beat": ([*beat, "--pidfile", str(embedded.RUN / f"{MARK}.beat")], "beat: Starting"),
            "web": ([*web, "--name", MARK, "--graceful-timeout", "5", "--no-control-socket"], "Booting worker"),
        }
        (embedded.RUN / f"{MARK}.beat").unlink(missing_ok=True)
        for name, (command, ready) in commands.items():
            self.children.append(Child(name, command, ready, environment))
        for child in self.children:
            child.wait()

    def wait_for_page(self, url: str) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for _attempt in range(300):
            with suppress(urllib.error.URLError, OSError), opener.open(url, timeout=10) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.2)
        raise CommandError(f"The portal does not answer; its log is {embedded.LOG / 'web.log'}")

    def watch(self) -> None:
        """Say so when a process dies, and start it again a few times."""
        while True:
            time.sleep(2)
            embedded.start_missing()  # heals a server that was killed
            for child in self.children:
                if child.process.poll() is None:
                    continue
                self.say(f"{child.name} {child.how_it_ended()}; its log is {child.log}")
                if child.starts > RESTARTS:
                    raise CommandError(f"{child.name} ended {child.starts} times, so the demo ends.")
                self.say(f"Starting {child.name} again.")
                kill_group(child.process.pid)
                child.start()

    # Ending ------------------------------------------------------------------------------------

    def asked_to_end(self, number: int, frame) -> None:
        if self.ending:
            self.hurry = True
            return
        self.ending = True
        raise Ended

    def end(self) -> None:
        """End the children, web first, then the servers; a second Ctrl-C kills what is still there."""
        self.ending = True
        if self.children:
            self.say("\nStopping the portal …")
        for child in reversed(self.children):
            with suppress(ProcessLookupError):
                child.process.terminate()
        deadline = time.monotonic() + PATIENCE
        for child in reversed(self.children):
            while child.process.poll() is None and time.monotonic() < deadline and not self.hurry:
                time.sleep(0.05)
            if child.process.poll() is None:
                self.say(f"{child.name} did not end by itself and is killed.")
            kill_group(child.process.pid)
            child.process.wait()
        embedded.stop()
        if self.children:
            self.say("Everything is stopped. The data stays in var/ for the next bin/demo.")

    # Words -------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        with suppress(OSError, ValueError):  # the terminal may be gone
            print(text, flush=True)

    def step(self, text: str) -> None:
        self.say(f"{time.monotonic() - self.began:5.0f} s  {text} …")

    def summary(self, address: str, sections: list[tuple[str, list[tuple[str, str]]]]) -> None:
        """The sections of `icc_portal.demo.prepare`: a title, and pairs of a label and where to look."""
        portal = ("The portal is running", [("Address", f"{address}/en/"), ("Mailbox", f"{address}/en/demo/mailbox/")])
        everything = [portal, *sections, ("To stop", [("Ctrl-C", "the data stays for the next run")])]
        width = max(len(label) for _title, lines in everything for label, _value in lines)
        self.say("")
        for title, lines in everything:
            self.say(title)
            for label, value in lines:
                self.say(f"  {label:<{width}}  {value.replace('{address}', address)}")
            self.say("")


@contextmanager
def only_one() -> Iterator[None]:
    """One demo per checkout."""
    embedded.RUN.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(embedded.RUN / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.truncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    except BlockingIOError as error:
        number = os.read(descriptor, 20).decode()
        raise CommandError(f"A demo of this checkout is running already (process {number}). End it first.") from error
    finally:
        os.close(descriptor)


def end_leftovers() -> None:
    """End the children of a demo that was killed."""
    left = [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(MARK in word for word in process.info["cmdline"] or [])
    ]
    for process in left:
        with suppress(psutil.Error):
            process.terminate()
    _gone, alive = psutil.wait_procs(left, timeout=5)
    for process in alive:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=5)


def kill_group(number: int) -> None:
    """End what a child of ours forked; its number stays ours until we wait for it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(number, signal.SIGKILL)


def start_from_nothing() -> None:
    embedded.stop(force=True)
    for name in ("postgres", "mailbox", "returned", "media", "redis"):
        shutil.rmtree(embedded.VAR / name, ignore_errors=True)
    for path in embedded.VAR.glob("celerybeat-schedule*"):
        path.unlink()


def check_port(port: int) -> None:
    if not 0 < port < 65536:
        raise CommandError(f"{port} is not a port: choose one between 1024 and 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise CommandError(
                f"Port {port} is reserved for root: choose one from 1024, as bin/demo --port 8080."
            ) from error
        except OSError as error:
            other = embedded.free_port()
            raise CommandError(
                f"Port {port} is taken by another program. Choose another port: bin/demo --port {other}"
            ) from error
