"""What people do with cities, by concept."""

from .changes import accept_change, decline_change, request_change
from .colleagues import give_access, hand_over, invite_colleague, withdraw_invitation
from .contributions import counted_on, mark_paid, open_contributions, set_due_again, waive
from .introductions import obstacles as introduction_obstacles
from .introductions import write_to_colleague
from .membership import (
    STEP_FIELDS,
    next_ordinal,
    obstacles,
    reinstate,
    remove_step,
    save_step,
    sign_statement,
    suspend,
    take_step,
    withdraw,
)
from .page import remove_picture, save_picture, save_text
from .people import (
    CONTACT_FIELDS,
    appoint,
    cancel_term,
    change_office,
    confirm_all,
    confirm_term,
    correct_start,
    end_term,
    link_contact,
    save_contact,
    settle_addresses,
)
from .profile import expect_election, save_profile

__all__ = [
    "CONTACT_FIELDS",
    "STEP_FIELDS",
    "accept_change",
    "appoint",
    "cancel_term",
    "change_office",
    "confirm_all",
    "confirm_term",
    "correct_start",
    "counted_on",
    "decline_change",
    "end_term",
    "expect_election",
    "give_access",
    "hand_over",
    "introduction_obstacles",
    "invite_colleague",
    "link_contact",
    "mark_paid",
    "next_ordinal",
    "obstacles",
    "open_contributions",
    "reinstate",
    "remove_picture",
    "remove_step",
    "request_change",
    "save_contact",
    "save_picture",
    "save_profile",
    "save_step",
    "save_text",
    "set_due_again",
    "settle_addresses",
    "sign_statement",
    "suspend",
    "take_step",
    "waive",
    "withdraw",
    "withdraw_invitation",
    "write_to_colleague",
]
