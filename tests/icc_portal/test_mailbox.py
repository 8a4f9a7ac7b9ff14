"""The mailbox of the demonstration, filled over SMTP by the sink itself."""

import shutil
import smtplib
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone

from icc_portal import embedded, mailbox, mailsink

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink(settings, tmp_path, monkeypatch):
    """Django's mail goes to a sink process of this test, whose Maildir the pages read."""
    port = embedded.free_port()
    command = [
        sys.executable,
        "-m",
        "icc_portal.mailsink",
        str(port),
        str(tmp_path / "box"),
        str(tmp_path / "returned"),
    ]
    process = subprocess.Popen(command, cwd=embedded.REPO)
    while not (tmp_path / "box" / "cur").is_dir() or not _listens(port):
        assert process.poll() is None
        time.sleep(0.05)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    monkeypatch.setattr(embedded, "MAILBOX", tmp_path / "box")
    yield tmp_path / "box"
    process.terminate()
    process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def send(subject="The annual report 2020", to="mayor@evora.example", text="Dear Mayor", html="", files=()):
    mail = EmailMultiAlternatives(subject, text, "unit@icc-portal.example", [to])
    if html:
        mail.attach_alternative(html, "text/html")
    for file in files:
        mail.attach(*file)
    mail.send()


def test_sink_keeps_dots_and_megabytes_as_they_were_sent(sink, settings):
    body = ".\r\n..two\r\n" + "a line of a large mail\r\n" * 60_000 + ".\r\n"
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as smtp:
        smtp.sendmail("unit@icc-portal.example", ["mayor@evora.example"], body)
        smtp.sendmail("unit@icc-portal.example", ["mayor@evora.example"], "The next one")

    large, small = (path.read_bytes() for path in reversed(mailbox.newest_first()))
    assert large.endswith(b"X-RcptTo: mayor@evora.example\r\n" + body.encode())
    assert small.endswith(b"\r\nThe next one\r\n")


def test_sink_refuses_what_is_too_large_and_takes_the_next(sink, settings):
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as smtp:
        smtp.docmd("ehlo", "portal")
        smtp.mail("unit@icc-portal.example")
        smtp.rcpt("mayor@evora.example")
        code, _reply = smtp.data(b"a line of a large mail\r\n" * (mailsink.MAX_BYTES // 20))
        smtp.sendmail("unit@icc-portal.example", ["mayor@evora.example"], "The next one")

    assert code == 552
    assert len(mailbox.newest_first()) == 1


def test_list_shows_the_newest_mail_first_to_everybody(sink, client):
    send("First")
    send("Second, for Évora")

    page = client.get(reverse("mailbox"))

    assert [mail.subject for mail in page.context["page"]] == ["Second, for Évora", "First"]


def test_mail_to_nobody_comes_back_and_is_noted(sink, settings):
    from mail import returned, tasks
    from mail.models import Message, State
    from mail.services import Recipient
    from tests.mail.factories import queued

    settings.BOUNCES_URL = f"maildir://{sink.parent / 'returned'}"
    queued(1, to=Recipient("mayor@bounce.example"))
    tasks.send_due(timezone.now() + timedelta(minutes=1))
    returned.read_mailbox(timezone.now())

    message = Message.objects.get()
    assert (message.state, message.bounces.get().is_hard) == (State.BOUNCED, True)
    assert "mayor@bounce.example is unknown here" in message.bounces.get().diagnostic


def test_search_finds_a_part_of_the_address_without_accents(sink, client):
    send("For Évora", to="mayor@evora.example")
    send("For Oslo", to="mayor@oslo.example")

    by_address = client.get(reverse("mailbox"), {"q": "@OSLO"})
    by_subject = client.get(reverse("mailbox"), {"q": "evora"})

    assert [mail.subject for mail in by_address.context["page"]] == ["For Oslo"]
    assert [mail.subject for mail in by_subject.context["page"]] == ["For Évora"]


def test_mail_shows_its_text_escaped_with_links_that_work(sink, client):
    send(text="<script>alert(1)</script> https://portal.example/invitation/abc")
    (mail,) = client.get(reverse("mailbox")).context["page"]

    page = client.get(reverse("mail", args=[mail.name])).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert 'href="https://portal.example/invitation/abc"' in page


def test_html_part_may_do_nothing_and_be_framed_here_only(sink, client):
    send(html="<html><head></head><body><script>alert(1)</script>Dear Mayor</body></html>")
    (mail,) = client.get(reverse("mailbox")).context["page"]

    response = client.get(reverse("mail_html", args=[mail.name]))

    assert b"Dear Mayor" in response.content
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert 'sandbox="allow-popups' in client.get(reverse("mail", args=[mail.name])).content.decode()


def test_attachment_is_downloaded_as_it_was_sent(sink, client):
    send(files=[("Évora 2020.pdf", b"%PDF-1.7 the sheet", "application/pdf")])
    (mail,) = client.get(reverse("mailbox")).context["page"]

    response = client.get(reverse("mail_attachment", args=[mail.name, 0]))

    assert response.content == b"%PDF-1.7 the sheet"
    assert response.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''%C3%89vora")


@pytest.mark.parametrize("name", ["nothing", "..%2F..%2Fsecret_key", "01795380751809977049.P1Q0.icc"])
def test_what_is_no_mail_is_not_found(sink, client, name):
    assert client.get(f"/en/demo/mailbox/{name}/").status_code == 404


def test_attachment_that_is_not_there_is_not_found(sink, client):
    send()
    (mail,) = client.get(reverse("mailbox")).context["page"]

    assert client.get(reverse("mail_attachment", args=[mail.name, 0])).status_code == 404


def test_public_server_has_no_mailbox(sink, client, settings):
    settings.PRODUCTION = True

    assert client.get(reverse("mailbox")).status_code == 404


def test_large_box_is_read_once_and_by_its_heads(sink, client, monkeypatch):
    send(files=[("report.pdf", b"x" * 1_000_000, "application/pdf")])
    (original,) = (sink / "new").iterdir()
    for number in range(600):
        instant = int(datetime(2021, 3, 1, 8, 0, number % 60, number, UTC).timestamp() * 1e9) + number
        (sink / "new" / f"{instant:020d}.P1Q{number}.icc").hardlink_to(original)
    read = []
    monkeypatch.setattr(Path, "open", _counting(Path.open, read))

    client.get(reverse("mailbox"), {"q": "evora"})
    first = len(read)
    page = client.get(reverse("mailbox"), {"q": "evora", "page": "25"})

    assert first == 601
    assert len(read) == 601
    assert page.context["page"].paginator.count == 601


def _counting(real, read):
    def opened(self, *args, **kwargs):
        if self.suffix == ".icc":
            read.append(self.name)
        return real(self, *args, **kwargs)

    return opened


def test_mail_is_refused_for_now_when_the_disk_takes_nothing(sink, client):
    """A sink that cannot keep a mail says so in SMTP's words, and the ledger tries again."""
    shutil.rmtree(sink / "tmp")

    with pytest.raises(smtplib.SMTPResponseException) as refusal:
        send()

    assert refusal.value.smtp_code == 452


def test_broken_headers_do_not_break_the_list(sink, client):
    (sink / "new" / "01795380751809977049.P1Q0.icc").write_bytes(
        b"X-RcptTo: a@b.example\nSubject: =?x?b?=\nTo: <<\n\nHi"
    )

    assert client.get(reverse("mailbox")).status_code == 200
    assert client.get(reverse("mail", args=["01795380751809977049.P1Q0.icc"])).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_mailbox_is_accessible(sink, page, axe):
    send(html="<html lang=en><head><title>Letter</title></head><body><h1>Dear Mayor</h1></body></html>")
    send(to="mayor@donaudampfschifffahrtsgesellschaft.example", files=[("sheet.pdf", b"%PDF", "application/pdf")])

    page.goto("/en/demo/mailbox/")
    axe(page)
    page.get_by_role("link", name="The annual report 2020").last.click()
    page.frame_locator("iframe").get_by_text("Dear Mayor").wait_for()
    axe(page)
    page.goto("/fr/demo/mailbox/")
    axe(page)
