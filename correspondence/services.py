"""The life of a mailing: written, prepared, approved by a second person, sent once (invariants M5–M7).

Another app sends its own mailing with four calls:

    mailing = create_mailing(kind=…, title=…, audience=…, subject={"en": …, "fr": …}, body={…}, dated_on=…, by=author)
    prepare(mailing, on=day, attachments=enclose)   # enclose(city, language) -> Enclosure | None
    approve(mailing, by=second_person)
    dispatch(mailing, by=anyone_who_may)            # messages in the ledger; progress(mailing) counts them
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from json import dumps
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import CharField, Count, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cities.models import City, Contact, NationalNetwork, Office
from common.exceptions import Refused
from mail import services as outbox
from mail.models import WAITING, Attachment, Message, State

from . import signatures
from .audience import Recipient, languages_of, recipients
from .models import Letter, Mailing
from .rendering import email_body, filled
from .texts import LANGUAGES, unknown_placeholders

Status = Mailing.Status
EDITABLE = (Status.DRAFT, Status.RENDERING, Status.PREPARED, Status.APPROVED)
UNDER_WAY = (Status.SENDING, Status.PAUSED, Status.FINISHED)


@dataclass(frozen=True)
class Enclosure:
    """What one city gets with its letter: files, and with `note` a paragraph of Markdown (a signed link, say)."""

    attachments: Sequence[Attachment] = field(default_factory=tuple)
    note: str = ""


Enclose = Callable[[City, str], Enclosure | None]


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
) -> Mailing:
    """A draft; `subject` and `body` by language ("en", "fr"), Markdown. Raises Refused for what cannot be filled in."""
    mailing = Mailing(
        kind=kind, title=title, audience=audience, dated_on=dated_on, author=by, office=office, year=year,
        reference=reference, network=network, country=country,
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


# Prepare ---------------------------------------------------------------------------------------


def prepare(mailing: Mailing, *, on: date | None = None, attachments: Enclose | None = None) -> Mailing:
    """Make the letters for the audience on the day `on` (default: today in Strasbourg), ready for approval.

    `attachments` is called for each city that is written to, with the language of its letter; None means that its
    documents are missing, and the city is skipped with that reason. Without it, the letter of the kind "letter" gets
    itself as a PDF, which workers of the `render` queue make; the mailing is prepared when the last one is there.
    Preparing again starts over and voids an approval. Raises Refused: nobody in the audience, text problems, sent.
    """
    on = on or timezone.localdate()
    with transaction.atomic():
        mailing = _lock(mailing)
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
        _void(mailing)
        if is_pdf:
            _set(mailing, status=Status.RENDERING)
            ask_for_pdfs(mailing)
        else:
            _ready(mailing)
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


def _ready(mailing: Mailing) -> None:
    _set(mailing, status=Status.PREPARED, content_hash=fingerprint(mailing))


def ask_for_pdfs(mailing: Mailing) -> None:
    """Have the workers make the PDFs that are missing, once this transaction is through."""
    from .tasks import render_letters

    pk = mailing.pk
    transaction.on_commit(
        lambda: render_letters.apply_async([pk], retry=False), robust=True
    )  # the sweep finds lost ones


@transaction.atomic
def finish_rendering(mailing: Mailing) -> bool:
    """Make a mailing ready for approval once every letter has its PDF; says whether it is."""
    mailing = _lock(mailing)
    if mailing.status == Status.RENDERING and not mailing.letters.filter(is_rendered=False).exists():
        _ready(mailing)
    return mailing.status == Status.PREPARED


# What is approved ------------------------------------------------------------------------------


def fingerprint(mailing: Mailing) -> str:
    """SHA-256 of everything a recipient would see and of who the recipients are, as canonical JSON."""
    document = {
        "kind": mailing.kind,
        "reference": mailing.reference,
        "place": mailing.place,
        "signatory": signatures.fingerprint(mailing.signatory),
        "dated_on": mailing.dated_on.isoformat(),
        "year": mailing.year,
        "office": mailing.office,
        "texts": {
            language: [getattr(mailing, f"subject_{language}") or "", getattr(mailing, f"body_{language}") or ""]
            for language in LANGUAGES
        },
        "letters": [
            {
                "city": letter.city_id,
                "addressee": letter.addressee,
                "address": letter.address,
                "language": letter.language,
                "salutation": letter.salutation,
                "note": letter.note,
                "skip": letter.skip_reason,
                "attachments": sorted([a.name, a.sha256] for a in letter.attachments.all()),
            }
            for letter in mailing.letters.order_by("city_id").prefetch_related("attachments")
        ],
    }
    return sha256(dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def changes(mailing: Mailing, on: date) -> Iterator[str]:
    """How text or recipients on the day `on` differ from what was prepared; nothing means they are the same."""
    if fingerprint(mailing) != mailing.content_hash:
        yield _("The text, the date or an attachment was changed.")
    letters = {letter.city_id: letter for letter in mailing.letters.select_related("city")}
    for person in recipients(mailing, on):
        letter = letters.pop(person.city.pk, None)
        if letter is None:
            yield _("%(city)s has come into the audience.") % {"city": person.city}
        elif person.skip and not letter.skip_reason:
            reason = Letter.Skip(person.skip).label
            yield _("%(city)s would not get it any more: %(reason)s") % {"city": person.city, "reason": reason}
        elif letter.skip_reason and not person.skip and letter.skip_reason != Letter.Skip.NO_DOCUMENT:
            yield _("%(city)s can be written to now.") % {"city": person.city}
        elif not letter.skip_reason and (letter.addressee, letter.address, letter.language, letter.salutation) != (
            person.addressee, person.address, person.language, person.salutation,
        ):  # fmt: skip
            yield _("The addressee, address, language or salutation for %(city)s is not the same any more.") % {
                "city": person.city
            }
    for letter in letters.values():
        yield _("%(city)s is not in the audience any more.") % {"city": letter.city}


def touch(mailing: Mailing) -> bool:
    """After an edit: a mailing whose content is not what was prepared goes back to draft; says whether it did."""
    with transaction.atomic():
        locked = _lock(mailing)
        if locked.status in (Status.RENDERING, Status.PREPARED, Status.APPROVED):
            is_same = locked.status != Status.RENDERING and fingerprint(locked) == locked.content_hash
            if not is_same:
                _void(locked)
    mailing.refresh_from_db()
    return mailing.status == Status.DRAFT


def approval_obstacles(mailing: Mailing, by: Any, on: date) -> Iterator[str]:
    """Why `by` cannot approve the mailing; nothing means they can."""
    if mailing.status != Status.PREPARED:
        yield _("Only a mailing that is ready for approval can be approved. This one is “%(status)s”.") % {
            "status": mailing.get_status_display()
        }
        return
    if by.pk == mailing.author_id:
        yield _("You wrote this mailing. Another person approves it.")
    yield from changes(mailing, on)


@transaction.atomic
def approve(mailing: Mailing, *, by: Any, at: datetime | None = None) -> Mailing:
    """Approve exactly this text for exactly these recipients. Raises Refused with every obstacle."""
    at = at or timezone.now()
    mailing = _lock(mailing)
    if problems := list(approval_obstacles(mailing, by, _day(at))):
        raise Refused(problems)
    _set(mailing, status=Status.APPROVED, approved_hash=mailing.content_hash, approved_at=at, approved_by=by)
    return mailing


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
            body=email_body(mailing, letter),
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


# Send ------------------------------------------------------------------------------------------


def dispatch(mailing: Mailing, *, by: Any, at: datetime | None = None) -> Mailing:
    """Put one message per city into the ledger, once, however many people press the button.

    Raises Refused when it is not approved, or when text or recipients changed since; that also voids the approval.
    """
    at = at or timezone.now()
    with transaction.atomic():
        mailing = _lock(mailing)
        if mailing.status in UNDER_WAY:
            return mailing
        if mailing.status != Status.APPROVED:
            raise Refused([_("Only an approved mailing can be sent. Prepare it and let another person approve it.")])
        differences = list(changes(mailing, _day(at)))
        if differences:
            _void(mailing)
        else:
            _queue(mailing)
            _set(mailing, status=Status.SENDING, dispatched_at=at, dispatched_by=by)
    if differences:
        raise Refused([*differences, _("The approval is void. Prepare the mailing again and have it approved.")])
    return mailing


def _queue(mailing: Mailing) -> None:
    letters = list(mailing.letters.select_related("city").prefetch_related("attachments"))
    messages = outbox.queue_all(_draft(mailing, letter) for letter in letters)
    for letter, message in zip(letters, messages, strict=True):
        letter.message = message
    Letter.objects.bulk_update(letters, ["message"])


def _draft(mailing: Mailing, letter: Letter) -> outbox.Draft:
    with translation.override("en"):  # reasons are kept in English and translated where they are shown
        reason = str(letter.get_skip_reason_display()) if letter.skip_reason else ""
    return outbox.Draft(
        key=f"{mailing.key}/{letter.city_id}/{mailing.office}",
        to=outbox.Recipient(letter.address, letter.addressee, letter.language),
        subject=filled(mailing, letter, "subject"),
        body="" if reason else email_body(mailing, letter),
        template=f"correspondence/{mailing.kind}",
        city=letter.city,
        mailing=mailing.key,
        attachments=[] if reason else list(letter.attachments.all()),
        skip_reason=reason,
    )


@transaction.atomic
def pause(mailing: Mailing, *, by: Any) -> Mailing:
    """Keep back what has not gone yet; what is on its way goes on. Raises Refused."""
    mailing = _expect(mailing, {Status.SENDING}, _("Only a mailing that is being sent can be paused."))
    outbox.hold_mailing(mailing.key, by=by)
    _set(mailing, status=Status.PAUSED)
    return mailing


@transaction.atomic
def resume(mailing: Mailing, *, by: Any) -> Mailing:
    """Let a mailing go on that was paused, or held after a restore. Raises Refused."""
    mailing = _expect(mailing, {Status.PAUSED, Status.SENDING}, _("Only a paused mailing can go on."))
    outbox.release_mailing(mailing.key, by=by)
    _set(mailing, status=Status.SENDING)
    return mailing


@transaction.atomic
def cancel(mailing: Mailing, *, by: Any) -> Mailing:
    """Stop a mailing for good; what was sent stays in the ledger. Raises Refused once it is finished."""
    mailing = _expect(
        mailing, {*EDITABLE, Status.SENDING, Status.PAUSED}, _("This mailing is finished or cancelled already.")
    )
    outbox.cancel_mailing(mailing.key, by=by)
    _set(mailing, status=Status.CANCELLED)
    return mailing


def progress(mailing: Mailing) -> dict[str, int]:
    """How many messages are in each state that occurs, and `total` and `done` (in a final state)."""
    messages = Message.objects.filter(mailing=mailing.key)
    counts: dict[str, int] = dict(messages.values_list("state").annotate(n=Count("pk")).order_by("state"))
    total = sum(counts.values())
    return {**counts, "total": total, "done": total - messages.unsettled().count()}


def follow_messages(**_signal: Any) -> None:
    """Bring mailings in line with their messages: finished means no row outside a final state.

    Also catches what was on its way while its mailing was paused or cancelled, and was put off by the server, and
    PDFs that the broker forgot. Runs after each batch and each minute.
    """
    for mailing in Mailing.objects.filter(status=Status.RENDERING):
        ask_for_pdfs(mailing)
    key = Concat(Value("mailing/"), Cast(OuterRef("pk"), CharField()))
    unsettled = Exists(Message.objects.filter(mailing=key).unsettled())
    waiting = Exists(Message.objects.filter(mailing=key, state__in=WAITING))
    for mailing in Mailing.objects.filter(~unsettled, status=Status.SENDING):
        _move_if(mailing, Status.SENDING, Status.FINISHED)
    for mailing in Mailing.objects.filter(unsettled, status=Status.FINISHED):
        _move_if(mailing, Status.FINISHED, Status.SENDING)
    for mailing in Mailing.objects.filter(waiting, status__in=[Status.PAUSED, Status.CANCELLED]):
        if mailing.status == Status.PAUSED:
            Message.objects.filter(mailing=mailing.key, state__in=WAITING).update(
                state=State.HELD, reason=outbox.PAUSED
            )
        else:
            Message.objects.filter(mailing=mailing.key, state__in=WAITING).update(state=State.CANCELLED)


def mark_returned(*, message: Message, diagnostic: str, **_signal: Any) -> None:
    """Mail to this address came back for good: its contacts are skipped until somebody corrects them."""
    for contact in Contact.objects.filter(email__iexact=message.to_address, is_bouncing=False):
        contact.is_bouncing = True
        contact.save(update_fields=["is_bouncing"])


# Parts -----------------------------------------------------------------------------------------


def _lock(mailing: Mailing) -> Mailing:
    return Mailing.objects.select_for_update().get(pk=mailing.pk)


def _expect(mailing: Mailing, statuses: set[Any], sentence: str) -> Mailing:
    locked = _lock(mailing)
    if locked.status not in statuses:
        raise Refused([sentence])
    return locked


def _set(mailing: Mailing, **values: Any) -> None:
    for name, value in values.items():
        setattr(mailing, name, value)
    mailing.save(update_fields=list(values))


def _void(mailing: Mailing) -> None:
    _set(mailing, status=Status.DRAFT, content_hash="", approved_hash="", approved_at=None, approved_by=None)


@transaction.atomic
def _move_if(mailing: Mailing, before: str, after: str) -> None:
    locked = _lock(mailing)
    if locked.status == before:
        _set(locked, status=after)


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()
