"""The rules about activities, grants and what is published, and about the trail of what the unit did."""

import re

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .rules import (
    ADDRESS,
    GONE,
    LAW,
    PARTICIPANT,
    RECORD,
    YEAR,
    Person,
    Rule,
    Whose,
    by_address,
    by_user,
)  # fmt: skip


def in_log(person: Person) -> Q:
    """Lines of the log that name the person, as a whole word."""
    found = Q(pk__in=[])
    for text in filter(None, {person.name, *person.addresses}):
        pattern = rf"\y{re.escape(text)}\y"
        found |= Q(object_repr__iregex=pattern) | Q(change_message__iregex=pattern)
    return found


PROGRAMME = [
    # Activities
    Rule(
        model="activities.Registration",
        whose=Whose.ACTIVITY,
        what=_("Dietary and access needs"),
        why=_("To make taking part possible. Only the organiser sees them."),
        fields={"needs": ""},
        days=0,
        since="activity__ends_at",
        since_words=_("Until the activity has ended"),
        of=by_address("participant_email"),
    ),
    Rule(
        model="activities.Registration",
        whose=Whose.ACTIVITY,
        what=_("Address and function of a participant"),
        why=_("To organise the activity."),
        fields={"participant_email": ADDRESS, "participant_function": ""},
        days=2 * YEAR,
        since="activity__ends_at",
        since_words=_("after the activity"),
        of=by_address("participant_email"),
        also=("activity__title", "city__name", "status", "requested_at"),
    ),
    Rule(
        model="activities.Registration",
        whose=Whose.ACTIVITY,
        what=_("Name of a participant"),
        why=_("To certify and to report who took part."),
        fields={"participant_name": PARTICIPANT},
        days=5 * YEAR,
        since="activity__ends_at",
        since_words=_("after the activity"),
        of=by_address("participant_email"),
        also=("activity__title", "city__name"),
    ),
    Rule(
        model="activities.AgendaItem",
        whose=Whose.ACTIVITY,
        what=_("Speakers in a programme"),
        why=_("The published programme."),
        fields={"speaker": ""},
        keeps=RECORD,
    ),
    # Grants
    Rule(
        model="grants.Application",
        whose=Whose.GRANT,
        what=_("Who submitted and confirmed an application"),
        why=_("The application as it was handed in, with its fingerprint."),
        fields={"frozen": None},
        keeps=LAW,
        of=by_user("created_by", "submitted_by"),
        also=("reference", "title", "submitted_at"),
        secret=("frozen",),
    ),
    Rule(
        model="grants.Assessment",
        whose=Whose.GRANT,
        what=_("Reasons that an assessor gives"),
        why=_("To decide, and to answer a complaint."),
        fields={"comment": ""},
        days=10 * YEAR,
        since="scored_at",
        since_words=_("after the assessment"),
        keeps=LAW,
        of=by_user("assessor"),
        also=("score", "scored_at"),
    ),
    Rule(
        model="grants.Extension",
        whose=Whose.GRANT,
        what=_("Why somebody could not keep a deadline"),
        why=_("To allow a late application."),
        fields={"reason": GONE},
        days=10 * YEAR,
        since="granted_at",
        since_words=_("after it was granted"),
        keeps=LAW,
        of=by_user("granted_by"),
        also=("granted_at",),
    ),
    # Published
    Rule(
        model="reports.ChapterDraft",
        whose=Whose.PUBLISHED,
        what=_("Texts for an annual report that were typed and not saved"),
        why=_("To lose nothing when a session or a computer ends."),
        fields={"text_en": "", "text_fr": ""},
        deletes=True,
        days=90,
        since="kept_at",
        since_words=_("after the last change"),
        of=by_user("user"),
        also=("kept_at",),
    ),
    Rule(
        model="reports.CityCheck",
        whose=Whose.PUBLISHED,
        what=_("What a city asked to correct in its sheet, and the answer"),
        why=_("To know why an annual report says what it says."),
        fields={"request": GONE, "answer": GONE},
        rows=~Q(request=""),
        keeps=RECORD,
        of=by_user("said_by"),
        also=("said_at", "city__name"),
    ),
    Rule(
        model="reports.Snapshot",
        whose=Whose.PUBLISHED,
        what=_("Mayors to whom an annual report was addressed"),
        why=_("The report is made from frozen facts and stays the same."),
        fields={"data": None},
        keeps=RECORD,
    ),
    Rule(
        model="reports.Rendition",
        whose=Whose.PUBLISHED,
        what=_("Letters to mayors as documents"),
        why=_("The archive of the annual reports."),
        fields={"file": "", "error": ""},
        keeps=RECORD,
    ),
    # The trail
    Rule(
        model="admin.LogEntry",
        whose=Whose.TRAIL,
        what=_("What the unit did in the administration, exports too"),
        why=_("To know who saw or changed data of others."),
        fields={"object_repr": GONE, "change_message": ""},
        days=5 * YEAR,
        since="action_time",
        since_words=_("after the act"),
        of=in_log,
        also=("action_time", "user__name"),
        secret=("object_repr",),
    ),
    Rule(
        model="accounts.ViewedPage",
        whose=Whose.TRAIL,
        what=_("When the unit looked at the portal as an official does: who, as whom, at which pages"),
        why=_("To help on the telephone, and to know who saw what."),
        fields={"path": ""},
        deletes=True,
        days=5 * YEAR,
        since="at",
        since_words=_("after the page was opened"),
        keeps=_("It stays until then, so that nobody can hide what they looked at."),
        of=by_user("viewing__official", "viewing__staff"),
        also=("at", "is_refused", "viewing__started_at"),
    ),
]
