from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from mail.services import hold_after_restore


def instant(text: str) -> datetime:
    """ "2026-03-01 14:30" or "2026-03-01", Strasbourg time unless an offset is given."""
    try:
        moment = parse_datetime(text) or ((day := parse_date(text)) and datetime.combine(day, datetime.min.time()))
    except ValueError:
        moment = None
    if not moment:
        raise CommandError(f"“{text}” is not an instant. Write it as 2026-03-01 or “2026-03-01 14:30”.")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


class Command(BaseCommand):
    help = (
        "After restoring a backup, and before the workers start: keeps back the mail that was waiting when the backup was "
        "made, because it may have been sent since. A person decides on each message in the administration."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--before", help="hold what was queued up to this instant (default: now, which is everything)"
        )
        parser.add_argument("--since", help="leave alone what was queued before this instant")

    def handle(self, *, before: str | None, since: str | None, **options):
        restored_at = instant(before) if before else timezone.now()
        first = instant(since) if since else None
        if first and first > restored_at:
            raise CommandError("--since is later than --before, so that no message lies between them.")
        counts = hold_after_restore(restored_at, since=first)
        self.stdout.write(
            f"Held: {counts['held']}. Uncertain (being sent when the backup was made): {counts['uncertain']}.\n"
            "They wait in the administration, under Mail, Messages: send again, settle or cancel each."
        )
