"""The letters of a mailing, made for its audience on a day."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cities.models import City
from common.exceptions import Refused
from mail import services as outbox
from mail.models import Attachment, Message

from ..audience import Recipient, recipients
from ..links import test_paragraph
from ..models import Letter, Mailing
from ..rendering import email_body, filled
from .approving import fingerprint
from .rows import EDITABLE, Status, lock, set_values, void
from .writing import text_problems


@dataclass(frozen=True)
class Enclosure:
    """What one city gets with its letter: files, and with `note` a paragraph of Markdown for it alone.

    Files that are too large for a mail are on the page of the office, to which the mail gives a link.
    """

    attachments: Sequence[Attachment] = field(default_factory=tuple)
    note: str = ""


Enclose = Callable[[City, str], Enclosure | None]


def prepare(
    mailing: Mailing, *, on: date | None = None, attachments: Enclose | None = None, edition: str = ""
) -> Mailing:
    """Make the letters for the audience on the day `on` (default: today in Strasbourg), ready for approval.

    `attachments` is called for each city that is written to, with the language of its letter; None means that its
    documents are missing, and the city is skipped with that reason. Without it, the letter of the kind "letter" gets
    itself as a PDF, which workers of the `render` queue make; the mailing is prepared when the last one is there.
    `edition` says which version of the documents that is. Preparing again starts over and voids an approval. Raises Refused: nobody in the audience, text problems, sent.
    """
    on = on or timezone.localdate()
    with transaction.atomic():
        mailing = lock(mailing)
        if mailing.status not in EDITABLE:
            raise Refused([_("This mailing was sent or cancelled already. Make a new one.")])
        problems = list(text_problems(mailing))
        people = recipients(mailing, on)
        if not any(not person.skip for person in people):
            problems.append(
                _(
                    "Nobody would get this mailing. Choose an audience with at least one member city whose office is held."
                )
            )
        if problems:
            raise Refused(problems)
        is_pdf = mailing.kind == Mailing.Kind.LETTER and attachments is None
        _write_letters(mailing, people, attachments, is_rendered=not is_pdf)
        void(mailing)
        set_values(mailing, edition=edition, trouble="")
        if is_pdf:
            set_values(mailing, status=Status.RENDERING)
            ask_for_pdfs(mailing)
        else:
            make_ready(mailing)
    return mailing


def _write_letters(mailing: Mailing, people: list[Recipient], enclose: Enclose | None, *, is_rendered: bool) -> None:
    mailing.letters.all().delete()
    letters, files = [], {}
    for person in people:
        enclosure = Enclosure()
        skip = person.skip
        if enclose and not skip:
            found = enclose(person.city, person.language)
            if found is None:
                skip = Letter.Skip.NO_DOCUMENT
            else:
                enclosure = found
        files[person.city.pk] = [] if skip else enclosure.attachments
        letters.append(
            Letter(
                mailing=mailing,
                city=person.city,
                term=person.term,
                addressee=person.addressee,
                address="" if skip else person.address,
                language=person.language,
                salutation=person.salutation,
                note="" if skip else enclosure.note,
                skip_reason=skip,
                is_rendered=is_rendered or bool(skip),
            )
        )
    Letter.objects.bulk_create(letters)
    Enclosed = Letter.attachments.through
    Enclosed.objects.bulk_create(
        [Enclosed(letter=letter, attachment=file) for letter in letters for file in files[letter.city_id]]
    )


def make_ready(mailing: Mailing) -> None:
    set_values(mailing, status=Status.PREPARED, content_hash=fingerprint(mailing), trouble="")


def ask_for_pdfs(mailing: Mailing) -> None:
    """Have the workers make the PDFs that are missing, once this transaction is through."""
    from ..tasks import render_letters

    pk = mailing.pk
    transaction.on_commit(
        lambda: render_letters.apply_async([pk], retry=False), robust=True
    )  # the sweep finds lost ones


@transaction.atomic
def finish_rendering(mailing: Mailing, troubles: Iterable[str] = ()) -> bool:
    """Make a mailing ready for approval once every letter has its PDF; says whether it is. `troubles`: why some have none."""
    mailing = lock(mailing)
    if mailing.status == Status.RENDERING:
        if mailing.letters.filter(is_rendered=False).exists():
            set_values(mailing, trouble="\n".join(troubles))
        else:
            make_ready(mailing)
    return mailing.status == Status.PREPARED


@transaction.atomic
def send_test_copy(mailing: Mailing, *, by: Any) -> list[Message]:
    """Mail `by` what the first recipient of each language would get, marked as a test. Raises Refused."""
    if problems := list(text_problems(mailing)):
        raise Refused(problems)
    copies: dict[str, Letter] = {}
    for letter in sample_letters(mailing):
        copies.setdefault(letter.language, letter)
    if not copies:
        raise Refused([_("Nobody would get this mailing, so there is nothing to try. Choose an audience first.")])
    return outbox.queue_all(
        outbox.Draft(
            key=f"{mailing.key}/test/{uuid4().hex}",
            to=outbox.Recipient(by.email, by.name, letter.language),
            subject="[Test] " + filled(mailing, letter, "subject"),
            body=email_body(mailing, letter, test_paragraph(letter, mailing.office)),
            template="correspondence/test",
            city=letter.city,
            attachments=list(letter.attachments.all()) if letter.pk else [],
        )
        for letter in copies.values()
    )


def sample_letters(mailing: Mailing) -> list[Letter]:
    """The letters that were prepared, or before that, unsaved ones for today's audience; only those to be sent."""
    prepared = list(mailing.letters.filter(skip_reason="").select_related("city"))
    return prepared or [
        Letter(
            mailing=mailing,
            city=p.city,
            addressee=p.addressee,
            address=p.address,
            language=p.language,
            salutation=p.salutation,
        )
        for p in recipients(mailing, timezone.localdate())
        if not p.skip
    ]
