"""Worker processes of the bench, and what each stage costs: wall, CPU, memory, from the kernel's accounting."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from icc_portal import embedded


@dataclass
class Worker:
    """A Celery worker. `peak`, once it has ended, is the kilobytes of the largest of its processes, dead ones too."""

    process: subprocess.Popen
    log: Path
    peak: int = 0

    @property
    def pid(self) -> int:
        return self.process.pid

    def end(self) -> None:
        """Warm shutdown, then the kernel's word on it and on all its children."""
        if self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 30
        while True:
            pid, status, used = os.wait4(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                os.killpg(self.pid, signal.SIGKILL)
            time.sleep(0.05)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.peak = used.ru_maxrss


def start(name: str, options: list[str]) -> Worker:
    """A worker that is ready. Its log is in the media folder of the bench."""
    log = Path(os.environ["MEDIA_ROOT"]) / f"{name}.log"
    command = [sys.executable, "-m", "celery", "-A", "icc_portal", "worker", "--without-gossip", "--without-mingle"]
    command += ["--loglevel", "INFO", "--hostname", f"bench-{name}.{os.getpid()}@%h", *options]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=embedded.REPO, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    worker = Worker(process, log)
    deadline = time.monotonic() + 120
    while b" ready." not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"The worker did not start:\n{log.read_text()}")
        time.sleep(0.1)
    return worker


@dataclass
class Cost:
    """Of one stage: seconds on the clock, CPU seconds of the portal's own processes and of database, broker and sink."""

    wall: float = 0
    cpu: float = 0
    servers: float = 0
    waited: float = field(default=0, repr=False)  # CPU seconds of looking whether it is done, no part of the work


@contextmanager
def measured(*workers: Worker) -> Iterator[Cost]:
    """Everything that this process, these workers and the servers do inside."""
    cost = Cost()
    pids = [worker.pid for worker in workers]
    before, servers = sum(map(tree_cpu, pids)), server_cpu()
    own, begin = time.process_time(), time.monotonic()
    yield cost
    cost.wall = time.monotonic() - begin
    cost.cpu = time.process_time() - own - cost.waited + sum(map(tree_cpu, pids)) - before
    cost.servers = server_cpu() - servers


def wait(cost: Cost, done: Callable[[], bool], state: Callable[[], object], sweep=None, seconds: float = 3600) -> None:
    """Until it is done; `sweep` is called each minute, as beat does. What waiting costs is noted in `cost`."""
    begin = swept = time.monotonic()
    own = time.process_time()
    while not done():
        now = time.monotonic()
        if now - begin > seconds:
            sys.exit(f"Still not done after {seconds} s: {state()}")
        if sweep and now - swept > 60:
            sweep()
            swept = now
        time.sleep(min(0.1 + (now - begin) / 100, 1))
    cost.waited += time.process_time() - own


def tree_cpu(pid: int) -> float:
    """CPU seconds of a process, its children that live, and those that ended and were waited for."""
    total = 0.0
    try:
        main = psutil.Process(pid)
        for process in [main, *main.children(recursive=True)]:
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    except psutil.Error:
        pass
    return total


def server_cpu() -> float:
    """CPU seconds of the embedded servers so far."""
    processes = [embedded.recorded(embedded.RUN / f"{name}.json") for name in ("postgres", "redis", "mailsink")]
    return sum(tree_cpu(process.pid) for process in processes if process)
