"""A draft of a mailing, and what is wrong with its words."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cities.models import City, NationalNetwork, Office
from common.exceptions import Refused

from ..audience import languages_of
from ..models import Mailing, Signatory
from ..texts import LANGUAGES, unknown_placeholders


@transaction.atomic
def create_mailing(
    *,
    kind: str,
    title: str,
    audience: str,
    subject: dict[str, str],
    body: dict[str, str],
    dated_on: date,
    by: Any,
    office: str = Office.MAYOR,
    year: int | None = None,
    reference: str = "",
    network: NationalNetwork | None = None,
    country: str = "",
    cities: Iterable[City] = (),
    signatory: Signatory | None = None,
) -> Mailing:
    """A draft; `subject` and `body` by language ("en", "fr"), Markdown. Raises Refused for what cannot be filled in."""
    mailing = Mailing(
        kind=kind, title=title, audience=audience, dated_on=dated_on, author=by, office=office, year=year,
        reference=reference, network=network, country=country, signatory=signatory,
    )  # fmt: skip
    for language in LANGUAGES:
        setattr(mailing, f"subject_{language}", subject.get(language, ""))
        setattr(mailing, f"body_{language}", body.get(language, ""))
    if problems := list(text_problems(mailing)):
        raise Refused(problems)
    mailing.save()
    mailing.cities.set(cities)
    return mailing


def text_problems(mailing: Mailing) -> Iterator[str]:
    """What is wrong with the words, whoever gets them."""
    names = {"en": _("English"), "fr": _("French")}
    for language in LANGUAGES:
        subject, body = getattr(mailing, f"subject_{language}"), getattr(mailing, f"body_{language}")
        if bool(subject) != bool(body):
            yield _("In %(language)s there is only a subject or only a text. Write both, or neither.") % {
                "language": names[language]
            }
        yield from unknown_placeholders(f"{subject}\n{body}")
    if not languages_of(mailing):
        yield _("Write a subject and a text in English or in French.")
