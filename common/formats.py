"""How dates, times and money read in the two languages; the template filters in `ui.py` use these."""

from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

STRASBOURG = ZoneInfo(settings.TIME_ZONE)
NO_BREAK, NARROW = "\u00a0", "\u202f"


def is_french() -> bool:
    return (get_language() or "").startswith("fr")


def day(on: date) -> str:
    """Such as "20 April 2026", "1er mai 2026"; an instant counts as its day in Strasbourg."""
    if isinstance(on, datetime):
        on = on.astimezone(STRASBOURG)
    if is_french() and on.day == 1:
        return format_date(on, "1\\e\\r F Y")
    return format_date(on, "j F Y")


def days(first: date, last: date) -> str:
    """Such as "20 April 2026", "20–21 April 2026", "30 April 2026 – 2 May 2026"."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{'1er' if is_french() and first.day == 1 else first.day}–{day(last)}"
    return f"{day(first)} – {day(last)}"


def end_of(on: date) -> datetime:
    """The last second of a day in Strasbourg."""
    return datetime.combine(on, time(23, 59, 59), STRASBOURG)


def clock(at: datetime) -> str:
    """Such as "20:00" or "20 h 00", in the zone `at` carries."""
    return f"{at:%H}{NO_BREAK}h{NO_BREAK}{at:%M}" if is_french() else f"{at:%H:%M}"


def utc_offset(at: datetime) -> str:
    """Such as "UTC+2", "UTC-3:30", "UTC" of the zone `at` carries."""
    minutes = int(at.utcoffset().total_seconds() // 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "\u2212"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def strasbourg_time(at: datetime) -> str:
    """Such as "20 April 2026, 20:00 Strasbourg time (UTC+2)"."""
    here = at.astimezone(STRASBOURG)
    return _("%(day)s, %(time)s Strasbourg time (%(offset)s)") % {
        "day": day(here),
        "time": clock(here),
        "offset": utc_offset(here),
    }


def own_time(at: datetime) -> str:
    """The same instant in the reader's zone, or "" when their clock shows what Strasbourg's shows."""
    there, here = timezone.localtime(at), at.astimezone(STRASBOURG)
    if there.utcoffset() == here.utcoffset():
        return ""
    names = {"day": day_of(there), "time": clock(there), "offset": utc_offset(there)}
    if there.date() == here.date():
        return _("%(time)s your time (%(offset)s)") % names
    return _("%(day)s, %(time)s your time (%(offset)s)") % names


def day_of(local: datetime) -> str:
    return day(local.date())


def euros(amount: Decimal | int | str) -> str:
    """Such as "€14,900.00" or "14 900,00 €", to the cent, with spaces that do not break."""
    cents = Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)
    sign = "\u2212" if cents < 0 else ""
    english = f"{abs(cents):,.2f}"
    if is_french():
        french = english.replace(",", NARROW).replace(".", ",")
        return f"{sign}{french}{NO_BREAK}€"
    return f"{sign}€{english}"


def iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
