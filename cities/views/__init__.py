"""The pages of the cities, by concept."""

from .acting import act, mine
from .changes import ask, changes
from .directory import city_list, compare_context, outlines, similar_cities
from .introductions import write
from .page import picture, picture_file, picture_remove, text, texts
from .people import confirm_all, election, people, person_add, person_appoint, person_edit, term_confirm
from .profile import detail_context, edit, step_document
from .terms import invitation_send, invitation_withdraw, term_cancel, term_correct, term_end

__all__ = [
    "act",
    "ask",
    "changes",
    "city_list",
    "compare_context",
    "confirm_all",
    "detail_context",
    "edit",
    "election",
    "invitation_send",
    "invitation_withdraw",
    "mine",
    "outlines",
    "people",
    "person_add",
    "person_appoint",
    "person_edit",
    "picture",
    "picture_file",
    "picture_remove",
    "similar_cities",
    "step_document",
    "term_cancel",
    "term_confirm",
    "term_correct",
    "term_end",
    "text",
    "texts",
    "write",
]
