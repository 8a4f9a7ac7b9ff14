"""The mail as it arrives: text and HTML, headers, attachments encoded once."""

import email
import email.policy
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from mail import encoding, services
from mail.models import Attachment, Message
from mail.services import Recipient, attach, fits
from mail.tasks import send_due
from tests.mail.factories import queued

pytestmark = pytest.mark.django_db


def sent(mail_sink, **fields):
    queued(1, **fields)
    send_due(timezone.now() + timedelta(minutes=1))
    return mail_sink.received[-1].message


def test_plain_part_is_the_text_and_html_part_is_rendered(mail_sink):
    mail = sent(
        mail_sink,
        body="Évora,\n\n.hidden dot\n\nsee **[the page](https://portal.example/a?b=1&c=2)** <script>x</script>",
    )

    plain, rich = (mail.get_body([kind]).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
    assert plain == "Évora,\n\n.hidden dot\n\nsee the page <https://portal.example/a?b=1&c=2> <script>x</script>\n"
    assert '<strong><a href="https://portal.example/a?b=1&amp;c=2">the page</a></strong>' in rich
    assert "<script>" not in rich and '<html lang="en">' in rich


def test_headers_tell_machines_what_the_mail_is(mail_sink, settings):
    mail = sent(mail_sink, to=Recipient("bureau@ville.example", "Bureau “Évora”, 1er étage", "fr"))

    message = Message.objects.get()
    assert mail["Message-ID"] == message.message_id
    assert mail["Reply-To"] == settings.UNIT_EMAIL
    assert mail["To"].addresses[0].display_name == "Bureau “Évora”, 1er étage"
    assert (mail["Auto-Submitted"], mail["List-Id"], mail["Content-Language"]) == ("auto-generated", None, "fr")
    assert mail["Date"].datetime.tzinfo is not None


def test_letter_to_many_is_marked_as_a_list(mail_sink):
    mail = sent(mail_sink, mailing="mailing/1")

    assert "letters." in mail["List-Id"] and mail["Auto-Submitted"] is None


def test_attachments_arrive_whole_and_in_their_order(mail_sink):
    files = [
        attach("rapport é.pdf", b"%PDF-1.7 " + bytes(range(256)) * 40),
        attach("sheet.pdf", b"%PDF-1.7 .\r\n.\r\n"),
    ]

    mail = sent(mail_sink, attachments=files)

    found = [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()]
    assert found == [(f.name, f.file.read()) for f in files]
    assert "Dear Mayor," in mail.get_body(["plain"]).get_content()


def test_attachment_is_read_and_encoded_once_for_a_batch(mail_sink):
    encoding.encoded_part.cache_clear()
    queued(30, attachments=[attach("report.pdf", b"%PDF-1.7" + b"x" * 100_000)])

    send_due(timezone.now() + timedelta(minutes=1))

    assert encoding.encoded_part.cache_info().misses == 1
    assert len(mail_sink.received) == 30


@pytest.mark.django_db(transaction=True)
def test_a_file_that_two_workers_attach_at_once_is_one(monkeypatch):
    barrier = Barrier(2)
    keep = services.keep_once
    monkeypatch.setattr(services, "keep_once", lambda *args: (keep(*args), barrier.wait(10))[0])  # neither found a row

    def attached(_number):
        try:
            return attach("letter.pdf", b"%PDF-1.7").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        rows = set(threads.map(attached, range(2)))

    assert len(rows) == Attachment.objects.count() == 1


def test_message_is_seven_bit_with_crlf_and_short_lines():
    (message,) = queued(1, body="é" * 3000 + "\n.", attachments=[attach("a.pdf", b"%PDF" * 5000)])

    content = b"".join(encoding.encode(message, timezone.now()))

    assert content.isascii() and b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert email.message_from_bytes(content, policy=email.policy.default).defects == []


def test_fits_counts_base64(settings):
    settings.MAIL_MAX_BYTES = 1000
    assert fits([attach("a.pdf", b"x" * 684)])
    assert not fits([attach("b.pdf", b"x" * 741)])
    assert not fits([attach("a.pdf", b"x" * 684), attach("c.pdf", b"x" * 57)])
