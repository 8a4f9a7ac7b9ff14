"""`manage.py demo`, run for real: it starts everything, survives a kill, and leaves nothing behind."""

import email.policy
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from icc_portal import embedded

SECONDS = 240


@pytest.fixture
def var(tmp_path):
    var = tmp_path / "var"
    yield var
    code = "from icc_portal import embedded; embedded.stop(force=True)"
    subprocess.run([sys.executable, "-c", code], cwd=embedded.REPO, env=environment(var), check=True)


def environment(var, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "DATABASE", "REDIS", "EMAIL"))}
    return {**kept, "ICC_VAR": str(var), "ICC_DEMO": "1", "PYTHONUNBUFFERED": "1", **more}


def demo(var, *arguments: str, **more: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--no-report", *arguments],
        cwd=embedded.REPO,
        env=environment(var, **more),
        stdin=subprocess.DEVNULL,
        stdout=(var.parent / "output").open("a"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def output(var) -> str:
    return (var.parent / "output").read_text()


def wait_for(var, text: str, process: subprocess.Popen, times: int = 1) -> None:
    deadline = time.monotonic() + SECONDS
    while output(var).count(text) < times:
        assert process.poll() is None, output(var)
        assert time.monotonic() < deadline, output(var)
        time.sleep(0.2)


def children(var) -> list[int]:
    """The processes of this demo, by the name of its socket folder in their command lines."""
    mark = f"demo-icc-{os.getuid()}-{hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:12]}"
    return [
        process.pid
        for process in psutil.process_iter(["cmdline", "status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
        and any(mark in word for word in process.info["cmdline"] or [])
    ]


def answer(port: int) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return opener.open(f"http://127.0.0.1:{port}/healthz", timeout=20).status


def ports_in_mails(var, process: subprocess.Popen) -> set[str]:
    """Of the addresses of the portal that stand in the mails of the demo, once there is one."""
    mails = var / "mailbox" / "new"
    deadline = time.monotonic() + SECONDS
    while not (mails.exists() and any(mails.iterdir())):
        assert process.poll() is None and time.monotonic() < deadline, output(var)
        time.sleep(0.2)
    parsed = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in mails.iterdir()]
    texts = [part.get_content() for mail in parsed for part in mail.walk() if part.get_content_maintype() == "text"]
    return set(re.findall(r"http://127\.0\.0\.1:(\d+)", "".join(texts)))


def test_demo_runs_survives_a_kill_and_leaves_nothing(var):
    port = embedded.free_port()
    first = demo(var, "--port", str(port))
    wait_for(var, "To stop", first)
    assert answer(port) == 200
    assert ports_in_mails(var, first) == {str(port)}
    left = children(var)

    first.kill()
    first.wait()
    second = demo(var, "--port", str(port))
    wait_for(var, "To stop", second, times=2)
    assert answer(port) == 200
    assert not set(left) & set(children(var))

    third = demo(var, "--port", str(embedded.free_port()))
    assert third.wait(SECONDS) == 1
    assert f"A demo of this checkout is running already (process {second.pid})" in output(var)

    second.send_signal(signal.SIGINT)
    assert second.wait(SECONDS) == 0
    assert children(var) == []
    assert "Everything is stopped" in output(var)
    for name in ("postgres", "redis", "mailsink"):
        assert embedded.recorded(var / "run" / f"{name}.json") is None


def test_taken_port_gets_a_sentence_with_another(var):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert demo(var, "--port", str(port)).wait(SECONDS) == 1

    assert f"Port {port} is taken by another program. Choose another port: bin/demo --port " in output(var)
    assert "Traceback" not in output(var)


def test_demo_does_not_run_in_production(var):
    more = {
        "ICC_ENV": "production",
        "SECRET_KEY": "x" * 60,
        "ALLOWED_HOSTS": "portal.example",
        "DATABASE_URL": "postgres://db.example/portal",
        "REDIS_URL": "rediss://redis.example",
        "EMAIL_URL": "smtp+tls://mail.example:587",
        "PORTAL_URL": "https://portal.example",
    }

    assert demo(var, **more).wait(SECONDS) == 1

    assert "does not run with ICC_ENV=production" in output(var)
    assert "Traceback" not in output(var)
