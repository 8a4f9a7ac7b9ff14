"""A letter as text: placeholders filled in, and what stands around the text in the e-mail."""

from datetime import UTC, date, datetime, time
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from common import formats
from common.text import escape_markdown, markdown_to_html, typeset, typeset_html

from .models import Letter, Mailing
from .signatures import Signature, signature_of
from .texts import SIGNATURE, fill

LONG_LETTER = 2600  # characters of HTML; a longer letter is set smaller, so that it keeps to its page


def filled(mailing: Mailing, letter: Letter, field: str) -> str:
    """`subject` or `body` in the language of the letter, its placeholders filled in (in the body, as they are)."""
    values = {
        "city": letter.city.name,
        "year": str(mailing.year or mailing.dated_on.year),
        "salutation": letter.salutation,
    }
    if field == "body":
        values = {name: escape_markdown(value) for name, value in values.items()}
    return fill(getattr(mailing, f"{field}_{letter.language}") or "", values)


def text(mailing: Mailing, letter: Letter) -> str:
    """The text of the letter from its salutation on (Markdown), without the closing."""
    written = getattr(mailing, f"body_{letter.language}") or ""
    body = filled(mailing, letter, "body").strip()
    opening = "" if "salutation" in written else f"{escape_markdown(letter.salutation)},\n\n"
    note = f"\n\n{letter.note.strip()}" if letter.note else ""
    return f"{opening}{body}{note}"


def place_and_date(place: str, on: date, language: str) -> str:
    """ "Strasbourg, 1 February 2021", "Strasbourg, le 1er février 2021"."""
    with translation.override(language):
        day = date_format(on, "j F Y")
    if language == "fr":
        day = "le " + ("1er" + day[1:] if on.day == 1 else day)
    return f"{place}, {day}"


def email_body(mailing: Mailing, letter: Letter, page: str = "") -> str:
    """The Markdown of the e-mail: reference, place and date, text, the paragraph `page` about the office's page, closing."""
    head = [reference(mailing, letter), place_and_date(mailing.place, mailing.dated_on, letter.language)]
    signature = signature_of(mailing.signatory, letter.language)
    end = [closing(letter.language), *signed(signature, letter.language)]
    parts = [_lines(head), text(mailing, letter), page, _lines(end)]
    return "\n\n".join(part for part in parts if part)


def _lines(lines: list[str]) -> str:
    return "  \n".join(escape_markdown(line) for line in lines if line)


def reference(mailing: Mailing, letter: Letter) -> str:
    return fill(mailing.reference, {"city": letter.city.name})


def closing(language: str) -> str:
    """The last words before the signature."""
    return SIGNATURE.get(language, SIGNATURE["en"])[0]


def signed(signature: Signature, language: str) -> list[str]:
    """The lines under the signature; without a signatory those of the head of the unit, who then signs by hand."""
    _closing, office, programme = SIGNATURE.get(language, SIGNATURE["en"])
    return [signature.name, signature.title, programme] if signature.name else [office, programme]


def layout(
    *, language: str, reference: str, dated: str, address: list[str], subject: str, text: str, signature: Signature
) -> dict[str, Any]:
    """What `pdf/letter.html` asks for, whoever writes: a mailing, or the annual report. `text` is safe HTML."""
    return {
        "language": language,
        "reference": reference,
        "place_and_date": dated,
        "address": [typeset(line) for line in address if line],
        "subject": typeset(subject),
        "text": mark_safe(typeset_html(text)),
        "is_long": len(text) > LONG_LETTER,
        "closing": closing(language),
        "signature": signature,
        "signed": signed(signature, language),
    }


def letter_pdf(mailing: Mailing, letter: Letter) -> bytes:
    """The letter on paper: accessible PDF, the same bytes for the same letter."""
    html = letter_html(mailing, letter)
    from common.pdf import render_pdf  # loads Pango: only the workers that render need it

    noon = datetime.combine(mailing.dated_on, time(12), tzinfo=UTC)
    return render_pdf(html, language=letter.language, created_at=noon).content


def letter_title(letter: Letter) -> str:
    """What the page of the office calls the PDF, in its language."""
    with translation.override(letter.language):
        return _("Letter of %(day)s") % {"day": formats.day(letter.mailing.dated_on)}


def letter_html(mailing: Mailing, letter: Letter) -> str:
    with translation.override(letter.language):
        parts = layout(
            language=letter.language,
            reference=reference(mailing, letter),
            dated=place_and_date(mailing.place, mailing.dated_on, letter.language),
            address=[letter.addressee, letter.city.name, str(letter.city.country.name)],
            subject=filled(mailing, letter, "subject"),
            text=markdown_to_html(text(mailing, letter)),
            signature=signature_of(mailing.signatory, letter.language),
        )
        return render_to_string("pdf/letter.html", parts)
