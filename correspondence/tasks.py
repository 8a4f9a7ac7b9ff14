"""The letters as PDF, in the `render` queue, and mailings whose instant has come."""

import logging

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from mail.services import attach

from . import services
from .models import Letter, Mailing
from .rendering import letter_pdf, letter_title

logger = logging.getLogger(__name__)


@shared_task
def render_letters(mailing_id: int) -> None:
    """Make the PDFs that a mailing lacks. Run twice, or beside itself, it makes each once: a letter is locked meanwhile.

    One that cannot be made never stops the rest; the mailing says why, and the sweep has it tried again.
    """
    troubles: dict[int, str] = {}
    while render_next(mailing_id, troubles):
        pass
    if mailing := Mailing.objects.filter(pk=mailing_id).first():
        services.finish_rendering(mailing, troubles.values())


@transaction.atomic
def render_next(mailing_id: int, troubles: dict[int, str]) -> bool:
    """Make one PDF, or note in `troubles` why not; False when none is left that nobody else is making."""
    waiting = Letter.objects.filter(mailing=mailing_id, is_rendered=False).exclude(pk__in=troubles)
    letter = waiting.select_for_update(skip_locked=True, of=["self"]).select_related("mailing", "city").first()
    if letter is None:
        return False
    try:
        with transaction.atomic():
            content = letter_pdf(letter.mailing, letter)
            letter.attachments.add(attach(f"letter-{letter.city.slug}.pdf", content, title=letter_title(letter)))
            letter.is_rendered = True
            letter.save(update_fields=["is_rendered"])
    except Exception as error:  # whatever is wrong with this letter: a person reads it, and the next has its turn
        logger.exception("Letter %s cannot be made", letter.pk)
        troubles[letter.pk] = f"{letter.city}: {' '.join(str(error).split())}"
    return True


@shared_task(ignore_result=True)
def send_scheduled() -> None:
    """Every minute: send what was to be sent by now and has not been."""
    services.send_scheduled(timezone.now())
