"""Figures in the chapter texts: `{{ figures.members }}`, `{{ year }}`, in the letter also `{{ city }}`. Not a template language."""

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches

from django.utils import formats, translation
from django.utils.translation import gettext as _

from common.formats import euros

MARK = re.compile(r"\{\{\s*(.*?)\s*\}\}")
PUNCTUATION = re.compile(r"([\\`*_\[\]<>#|])")


def mistakes(text: str, keys: Collection[str], *, names: Collection[str] = ("year",)) -> Iterator[str]:
    """Sentences on the placeholders of `text` that nothing will fill in, each with its line."""
    known = sorted({*names, *(f"figures.{key}" for key in keys)})
    for number, line in enumerate(text.splitlines(), 1):
        for name in dict.fromkeys(MARK.findall(line)):
            if name not in known:
                yield (
                    _("Line %(line)s: “{{ %(name)s }}” is not known.")
                    % {
                        "line": number,
                        "name": name,
                    }
                    + " "
                    + advice(name, known)
                )
        rest = MARK.sub("", line)
        if "{{" in rest or "}}" in rest:
            yield _(
                "Line %(line)s: a placeholder is not complete. It begins with two braces and ends with two: {{ figures.members }}."
            ) % {"line": number}


def advice(name: str, known: list[str]) -> str:
    if near := get_close_matches(name, known, 1):
        return _("Did you mean “{{ %(name)s }}”?") % {"name": near[0]}
    return _("Use one of: %(known)s.") % {"known": ", ".join(f"{{{{ {name} }}}}" for name in known)}


def filled(text: str, figures: Mapping[str, tuple[str, str]], year: int, language: str) -> str:
    """`text` with figures (key: value, unit) as numbers of `language`; what is unknown stays as it is."""
    values = {f"figures.{key}": number(value, language, unit) for key, (value, unit) in figures.items()}
    values["year"] = str(year)
    return MARK.sub(lambda match: values.get(match[1], match[0]), text)


def named(text: str, **names: str) -> str:
    """`text` with names of people and cities, which Markdown must not read as marks."""
    safe = {name: PUNCTUATION.sub(r"\\\1", value) for name, value in names.items()}
    return MARK.sub(lambda match: safe.get(match[1], match[0]), text)


def number(value: str | None, language: str, unit: str = "") -> str:
    """ "1234" as "1,234" or "1 234"; "10000.00" in euros as "€10,000.00" or "10 000,00 €"; None as ""."""
    if value is None:
        return ""
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return value
    with translation.override(language):
        if unit == "EUR":
            return euros(amount)
        shown = formats.number_format(amount, use_l10n=True, force_grouping=True)
        return f"{shown}\N{NO-BREAK SPACE}{unit}" if unit else shown
