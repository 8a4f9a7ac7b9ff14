"""Numbers of a snapshot in the language of the reader."""

from decimal import Decimal

from django import template
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
