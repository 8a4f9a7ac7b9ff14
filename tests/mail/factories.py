"""Messages in the outbox."""

from django.utils import timezone

from mail.models import Message
from mail.services import Draft, Recipient, queue_all


def queued(count: int = 1, *, mailing: str = "", **fields) -> list[Message]:
    """`count` messages to made-up offices, due now; `fields` are those of a Draft."""
    start = Message.objects.count()
    drafts = [
        Draft(
            **{
                "key": f"test/{number}",
                "to": Recipient(f"office{number}@city.example", f"Office {number}"),
                "subject": f"Message {number}",
                "body": "Dear Mayor,\n\nthe **report** is here.",
                "not_before": timezone.now(),
                "mailing": mailing,
                **fields,
            }
        )
        for number in range(start, start + count)
    ]
    return queue_all(drafts)
