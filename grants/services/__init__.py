"""The verbs of the grants: what applicants, assessors and staff can do."""

from .applications import (
    Stale,
    answer_invitation,
    invite_partner,
    people_to_ask,
    remove_partner,
    save_budget,
    save_project,
    start_application,
)
from .evaluation import (
    assign_assessor,
    awarded_so_far,
    check_envelope,
    declare_interest,
    derived_interests,
    grant_extension,
    record_decision,
    release_decisions,
    score_application,
)
from .submission import canonical, fingerprint, submit_application

__all__ = [
    "Stale",
    "answer_invitation",
    "assign_assessor",
    "awarded_so_far",
    "canonical",
    "check_envelope",
    "declare_interest",
    "derived_interests",
    "fingerprint",
    "grant_extension",
    "invite_partner",
    "people_to_ask",
    "record_decision",
    "release_decisions",
    "remove_partner",
    "save_budget",
    "save_project",
    "score_application",
    "start_application",
    "submit_application",
]
