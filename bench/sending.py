"""Sending a megabyte to each of many, and what the local sink itself can take."""

import random
import smtplib
import time

from bench.processes import Cost, Worker, measured, wait

MEGABYTE = 1024 * 1024


def a_megabyte_each(count: int, mailer: Worker) -> Cost:
    """`count` messages with one attachment of a megabyte, from the ledger to the sink, by the portal's mail worker."""
    from django.conf import settings

    from mail import services
    from mail.models import Message

    content = b"%PDF-1.7\n" + random.Random(1).randbytes(MEGABYTE - 9)
    attachment = services.attach("report.pdf", content)
    rows = Message.objects.filter(key__startswith="bench/megabyte/")
    rows.delete()
    text = "The annual report is attached.\n\nWith kind regards"
    with measured(mailer) as cost:
        services.queue_all(
            services.Draft(
                f"bench/megabyte/{number}",
                services.Recipient(f"mayor{number}@city.example"),
                f"Annual report, {number}",
                text,
                mailing="bench",
                attachments=(attachment,),
            )
            for number in range(count)
        )
        wait(cost, lambda: not rows.unsettled().exists(), lambda: list(rows.values_list("state", "reason")[:3]))
    sent = rows.filter(state="sent").count()
    assert sent == count, f"{count - sent} of {count} messages of a megabyte were not sent ({settings.EMAIL_HOST})"
    return cost


def ceiling(count: int) -> float:
    """Messages a second that the sink takes when nothing is done but hand it the same bytes over one connection."""
    from django.conf import settings
    from django.utils import timezone

    from mail.encoding import encode
    from mail.models import Message

    message = Message.objects.filter(key__startswith="bench/megabyte/").first()
    assert message is not None
    whole = b"".join(encode(message, timezone.now())) + b".\r\n"
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as smtp:
        smtp.ehlo()
        begin = time.monotonic()
        for _number in range(count):
            smtp.mail("unit@icc-portal.example")
            smtp.rcpt("mayor@city.example")
            smtp.docmd("data")
            smtp.send(whole)
            code, reply = smtp.getreply()
            assert code == 250, reply
        return count / (time.monotonic() - begin)
