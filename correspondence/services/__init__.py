"""The life of a mailing: written, prepared, approved by a second person, sent once (invariants M5–M7).

Another app sends its own mailing with four calls:

    mailing = create_mailing(kind=…, title=…, audience=…, subject={"en": …, "fr": …}, body={…}, dated_on=…, by=author)
    prepare(mailing, on=day, attachments=enclose)   # enclose(city, language) -> Enclosure | None
    approve(mailing, by=second_person)
    dispatch(mailing, by=anyone_who_may)            # messages in the ledger; progress(mailing) counts them
"""

from mail.models import State

from .approving import approval_obstacles, approve, changes, fingerprint, touch
from .offices import live_link, renew_link, revoke_link, say_new_mayor, say_received
from .preparing import (
    Enclose,
    Enclosure,
    ask_for_pdfs,
    finish_rendering,
    prepare,
    sample_letters,
    send_test_copy,
)
from .returning import corrections, mark_returned, send_to_corrected
from .rows import EDITABLE, UNDER_WAY, Status
from .scheduling import due, schedule, send_scheduled, tell_trouble, unschedule
from .sending import cancel, dispatch, follow_messages, pause, progress, resume
from .writing import create_mailing, text_problems

__all__ = [
    "EDITABLE", "UNDER_WAY", "Enclose", "Enclosure", "State", "Status", "approval_obstacles", "approve", "ask_for_pdfs",
    "cancel", "changes", "corrections", "create_mailing", "dispatch", "due", "fingerprint", "finish_rendering",
    "follow_messages", "live_link", "mark_returned", "pause", "prepare", "progress", "renew_link", "resume", "revoke_link",
    "sample_letters", "say_new_mayor", "say_received", "schedule", "send_scheduled", "send_test_copy", "send_to_corrected",
    "tell_trouble", "text_problems", "touch", "unschedule",
]  # fmt: skip
