"""A letter as text: placeholders filled in, and what stands around the text in the e-mail."""

from datetime import UTC, datetime, time

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format

from common.text import markdown_to_html

from .models import Letter, Mailing
from .texts import SIGNATURE, fill


def filled(mailing: Mailing, letter: Letter, field: str) -> str:
    """`subject` or `body` in the language of the letter, its placeholders filled in."""
    values = {
        "city": letter.city.name,
        "year": str(mailing.year or mailing.dated_on.year),
        "salutation": letter.salutation,
    }
    return fill(getattr(mailing, f"{field}_{letter.language}") or "", values)


def text(mailing: Mailing, letter: Letter) -> str:
    """The text of the letter from its salutation on (Markdown), without the closing."""
    written = getattr(mailing, f"body_{letter.language}") or ""
    body = filled(mailing, letter, "body").strip()
    opening = "" if "salutation" in written else f"{letter.salutation},\n\n"
    note = f"\n\n{letter.note.strip()}" if letter.note else ""
    return f"{opening}{body}{note}"


def place_and_date(mailing: Mailing, language: str) -> str:
    """ "Strasbourg, 1 February 2021", "Strasbourg, le 1er février 2021"."""
    with translation.override(language):
        day = date_format(mailing.dated_on, "j F Y")
    if language == "fr":
        day = "le " + ("1er" + day[1:] if mailing.dated_on.day == 1 else day)
    return f"{mailing.place}, {day}"


def email_body(mailing: Mailing, letter: Letter) -> str:
    """The Markdown of the e-mail: reference, place and date, text, closing."""
    head = "  \n".join(part for part in (mailing.reference, place_and_date(mailing, letter.language)) if part)
    return "\n\n".join([head, text(mailing, letter), "  \n".join(closing(letter.language))])


def closing(language: str) -> list[str]:
    return SIGNATURE.get(language, SIGNATURE["en"])


def letter_pdf(mailing: Mailing, letter: Letter) -> bytes:
    """The letter on paper: accessible PDF, the same bytes for the same letter."""
    html = letter_html(mailing, letter)
    from common.pdf import quiet_collector, render_pdf  # loads Pango: only the workers that render need it

    noon = datetime.combine(mailing.dated_on, time(12), tzinfo=UTC)
    with quiet_collector():
        return render_pdf(html, language=letter.language, created_at=noon).content


def letter_html(mailing: Mailing, letter: Letter) -> str:
    with translation.override(letter.language):
        return render_to_string(
            "correspondence/letter.html",
            {
                "mailing": mailing,
                "letter": letter,
                "language": letter.language,
                "place_and_date": place_and_date(mailing, letter.language),
                "subject": filled(mailing, letter, "subject"),
                "text": markdown_to_html(text(mailing, letter)),
                "closing": closing(letter.language),
            },
        )
