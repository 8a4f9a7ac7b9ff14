"""Dates, money and text as the portal writes them, as filters; see `ui.py`."""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from common import formats, text

register = template.Library()


@register.filter
def instant(at: datetime | None) -> str:
    """Strasbourg time with its offset, then the reader's own when their clock differs."""
    if not at:
        return ""
    own = formats.own_time(at)
    own_part = format_html(' <span class="own-time">{}</span>', own) if own else ""
    return format_html(
        '<time datetime="{}">{}</time>{}',
        formats.iso(at),
        formats.strasbourg_time(at),
        own_part,
    )


@register.filter
def day(on: date | None) -> str:
    return formats.day(on) if on else ""


@register.filter
def euros(amount: Decimal | int | None) -> str:
    return "" if amount is None or amount == "" else formats.euros(amount)


@register.filter
def markdown(source: str | None) -> SafeString:
    """Safe HTML of a Markdown text, in a block with the portal's text rhythm."""
    return format_html('<div class="prose">{}</div>', mark_safe(text.markdown_to_html(source or "")))


@register.filter
def browser(user_agent: str) -> str:
    """Such as "Firefox, Windows" from what a browser says about itself, as far as it can be told."""
    names = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrom": "Chrome", "Safari/": "Safari"}
    systems = {
        "Android": "Android",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Mac OS": "Mac",
        "Linux": "Linux",
    }
    found = [next((says for mark, says in marks.items() if mark in user_agent), "") for marks in (names, systems)]
    return ", ".join(filter(None, found)) or _("Unknown browser")


@register.filter
def size(count: int) -> str:
    return filesizeformat(count)
