"""Numbers of a snapshot in the language of the reader."""

from decimal import Decimal

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reports import placeholders

register = template.Library()


@register.simple_tag
def number(value: str | None, unit: str = "") -> str:
    """ "10000.00" as the language in force writes it; "not known" for None."""
    if value is None:
        return _("not known")
    return placeholders.number(value, _language(), unit)


@register.simple_tag
def change(value: str | None, unit: str = "") -> str:
    """A difference with its sign: "+4", "−2", "±0"."""
    if value is None:
        return _("not known")
    amount = Decimal(value)
    sign = "+" if amount > 0 else "\N{MINUS SIGN}" if amount < 0 else "±"
    return sign + placeholders.number(str(abs(amount)), _language(), unit)


def _language() -> str:
    return (get_language() or "en").split("-")[0]


@register.simple_block_tag(takes_context=True)
def numbered_table(context: template.Context, content: str, key: str, classes: str = "") -> str:
    """The table of this key in `numbered`, under its number and caption; on a page it scrolls in a region of its own."""
    parts = {"entry": context["numbered"][key], "content": content, "classes": classes}
    return render_to_string("reports/numbered_table.html", parts)


@register.simple_tag(takes_context=True)
def numbered_figure(
    context: template.Context, key: str, svg: str, classes: str = "", source: str = "", note: str = ""
) -> str:
    """The picture of this key in `numbered`, under its number and caption."""
    parts = {"entry": context["numbered"][key], "svg": svg, "classes": classes, "source": source, "note": note}
    return render_to_string("reports/numbered_figure.html", parts)


@register.simple_tag(takes_context=True)
def see(context: template.Context, key: str) -> str:
    """A reference such as “Table 3”, which leads there; in print the page follows."""
    entry = context["numbered"][key]
    return format_html('<a class="see" href="#{}">{}</a>', entry.anchor, entry.label)
