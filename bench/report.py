"""How much work the annual report is: `python -m bench.report`.

In a database of its own on the embedded servers, with real worker processes and the local mail sink: load the data,
freeze 2020, compile it in both languages with a letter and sheet for every member, send everything. Then the same the
naive way, the whole report drawn and rendered again for each mayor, extrapolated from five, in the same run.
CPU seconds are those of all processes that did the stage, from the kernel's accounting.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

NAME = "icc_bench"
REDIS = 60  # the numbered database of the bench
YEAR = 2020
NAIVE = 5
WORKERS = [
    ("render", ["-Q", "render", "--concurrency", "2", "--max-tasks-per-child", "20"]),
    ("mail", ["-Q", "default,mail", "--concurrency", "1"]),
]


def main() -> None:
    from icc_portal import embedded

    embedded.start_missing()
    media = tempfile.mkdtemp(prefix="icc-bench-")
    os.environ |= {
        "DATABASE_URL": embedded.database_url(NAME),
        "REDIS_URL": embedded.redis_url(db=REDIS),
        "EMAIL_URL": embedded.email_url(),
        "MEDIA_ROOT": media,
        "DJANGO_SETTINGS_MODULE": "icc_portal.settings",
        "LOG_LEVEL": "ERROR",
    }
    recreate(embedded)
    workers: list[subprocess.Popen] = []
    try:
        run(embedded, workers)
    finally:
        for worker in workers:
            end(worker)
        shutil.rmtree(media, ignore_errors=True)
        drop(embedded)


def run(embedded, workers: list[subprocess.Popen]) -> None:
    import django

    django.setup()
    import redis
    from django.conf import settings
    from django.core.management import call_command

    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    call_command("migrate", verbosity=0)
    table = Table()
    with table.stage("load the data"), open(os.devnull, "w") as silent:
        call_command("load_data", stdout=silent)
        author, approver = make_people()
    from reports import dispatch, render, services
    from reports.models import Rendition

    report = services.create_report(YEAR, by=author)
    with table.stage("freeze"):
        frozen = services.freeze(report, by=author)
        report.refresh_from_db()
    workers += [start(embedded, name, options) for name, options in WORKERS]
    with table.stage("compile", workers[:1]):
        services.compile(report, by=author)
        wait(lambda: not still_compiling(report), lambda: services.progress(report), render.sweep)
    if report.status != "compiled":
        sys.exit(f"Not compiled: {services.progress(report)}")
    services.approve(report, by=approver)
    from mail.models import Message

    with table.stage("prepare the mailing"):
        dispatch.prepare_dispatch(report, by=author)
    with table.stage("send", workers[1:]):
        dispatch.send(report, by=approver)
        report.refresh_from_db()
        mails = Message.objects.filter(mailing=report.mailing.key)
        wait(lambda: not mails.unsettled().exists(), lambda: dict(count_by(mails, "state")))
    rows = frozen.renditions
    letters = rows.filter(kind=Rendition.Kind.LETTER).count()
    pages = {row.language: row.pages for row in rows.filter(kind=Rendition.Kind.REPORT)}
    sent = mails.filter(state="sent").count()
    table.print()
    print(
        f"\n{letters} letters with sheets, reports of {pages['en']} (en) and {pages['fr']} (fr) pages, {sent} mails sent."
    )
    print("Peak memory: " + ", ".join(f"{name} {peak / 1024:.0f} MB" for name, peak in table.peaks.items()))
    for worker in workers:
        end(worker)
    per_mayor = naive(frozen.pk)
    compiling = table.cpu["compile"]
    print(
        f"\nThe naive way: {per_mayor:.2f} s of CPU for each mayor (mean of {NAIVE}), {per_mayor * letters:.0f} s for {letters}."
    )
    print(
        f"Compiling as the portal does takes {compiling:.1f} s of CPU: {per_mayor * letters / compiling:.0f} times less."
    )


def naive(snapshot_id: int) -> float:
    """CPU seconds per mayor when report and letter are made anew for each, in a process of its own without caches."""
    spent = []
    slugs = naive_slugs(snapshot_id)
    for slug in slugs:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                from django.core.cache import cache
                from django.db import connections

                connections.close_all()
                cache.clear()  # the charts are drawn again, too
                from reports import render

                data = render.frozen_data(snapshot_id)
                render.make_report(data, "en")
                render.make_letter(data, "en", slug)
                code = 0
            finally:
                os._exit(code)
        _pid, status = os.waitpid(child, 0)
        if status:
            sys.exit("The naive way failed.")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return sum(spent) / len(spent)


def naive_slugs(snapshot_id: int) -> list[str]:
    from reports import render

    return list(render.frozen_data(snapshot_id)["cities"])[:NAIVE]


# People and processes --------------------------------------------------------------------------


def make_people():
    """Two of the unit, and a mayor's office for each member: every fifth reads French."""
    from accounts.models import User
    from cities.models import City, Contact, Office, Term

    author, approver = (User.objects.create_superuser(f"{name}@unit.example", name=name) for name in ("author", "head"))
    for number, city in enumerate(City.objects.members(datetime.now(UTC).date())):
        contact = Contact.objects.create(
            name=f"Mayor's Office, {city}",
            email=f"mayor@{city.slug}.example",
            language="fr" if number % 5 == 0 else "en",
        )
        Term.objects.create(
            contact=contact, city=city, office=Office.MAYOR, started_on=datetime(2018, 1, 1, tzinfo=UTC).date()
        )
    return author, approver


def still_compiling(report) -> bool:
    report.refresh_from_db()
    return bool(report.compiling_since)


def count_by(rows, field: str):
    from django.db.models import Count

    return rows.order_by().values_list(field).annotate(count=Count("pk"))


def start(embedded, name: str, options: list[str]) -> subprocess.Popen:
    log = Path(os.environ["MEDIA_ROOT"]) / f"{name}.log"
    command = [sys.executable, "-m", "celery", "-A", "icc_portal", "worker", "--without-gossip", "--without-mingle"]
    command += ["--loglevel", "INFO", "--hostname", f"bench-{name}.{os.getpid()}@%h", *options]
    with log.open("wb") as output:
        worker = subprocess.Popen(
            command, cwd=embedded.REPO, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    deadline = time.monotonic() + 120
    while b" ready." not in log.read_bytes():
        if worker.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"The worker did not start:\n{log.read_text()}")
        time.sleep(0.2)
    return worker


def end(worker: subprocess.Popen) -> None:
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def wait(done, state, sweep=None, seconds: float = 900) -> None:
    begin = swept = time.monotonic()
    while not done():
        if time.monotonic() - begin > seconds:
            sys.exit(f"Still not done after {seconds} s: {state()}")
        if sweep and time.monotonic() - swept > 60:
            sweep(datetime.now(UTC))
            swept = time.monotonic()
        time.sleep(0.5)


class Table:
    """Wall and CPU seconds of each stage, and the peak of resident memory of the largest process of each worker."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float, float]] = []
        self.cpu: dict[str, float] = {}
        self.peaks: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, workers: Sequence[subprocess.Popen] = ()) -> Iterator[None]:
        stop, measuring = threading.Event(), [0.0]
        pids = [worker.pid for worker in workers]
        watcher = threading.Thread(target=self.watch, args=(name, pids, stop, measuring))
        before = {worker.pid: tree_cpu(worker.pid) for worker in workers}
        own, begin = time.process_time(), time.monotonic()
        watcher.start()
        yield
        wall = time.monotonic() - begin
        stop.set()
        watcher.join()
        cpu = time.process_time() - own - measuring[0]
        cpu += sum(tree_cpu(worker.pid) - before[worker.pid] for worker in workers)
        self.rows.append((name, wall, cpu))
        self.cpu[name] = cpu

    def watch(self, name: str, pids: list[int], stop: threading.Event, measuring: list[float]) -> None:
        """What watching costs goes into `measuring`: to go through all processes of the machine is no part of the work."""
        import psutil

        while not stop.wait(0.5):
            for pid in pids:
                try:
                    main = psutil.Process(pid)
                    for process in [main, *main.children(recursive=True)]:
                        peak = resident_peak(process.pid)
                        self.peaks[name] = max(self.peaks.get(name, 0), peak)
                except psutil.Error:
                    continue
            measuring[0] = time.thread_time()

    def print(self) -> None:
        print(f"{'stage':<24}{'wall s':>10}{'CPU s':>10}")
        for name, wall, cpu in self.rows:
            print(f"{name:<24}{wall:>10.1f}{cpu:>10.1f}")


def tree_cpu(pid: int) -> float:
    """CPU seconds of a worker, its children that live, and those that ended and were waited for."""
    import psutil

    total = 0.0
    try:
        main = psutil.Process(pid)
        for process in [main, *main.children(recursive=True)]:
            times = process.cpu_times()
            total += times.user + times.system
            if process.pid == pid:
                total += times.children_user + times.children_system
    except psutil.Error:
        pass
    return total


def resident_peak(pid: int) -> float:
    """Kilobytes, the kernel's own high-water mark where it keeps one."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return float(line.split()[1])
    except OSError:
        return 0
    import psutil

    return psutil.Process(pid).memory_info().rss / 1024


# The database ----------------------------------------------------------------------------------


def recreate(embedded) -> None:
    drop(embedded)
    execute(embedded, f"CREATE DATABASE {NAME}")


def drop(embedded) -> None:
    execute(embedded, f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def execute(embedded, statement: str) -> None:
    import psycopg

    with psycopg.connect(
        host=str(embedded.SOCKETS / "pg"), user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(statement)


if __name__ == "__main__":
    main()
