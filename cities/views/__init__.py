"""The pages of the cities, by concept."""

from .directory import city_list
from .people import people, person_add, person_appoint, person_edit, term_confirm, term_end
from .profile import detail_context, edit, step_document

__all__ = [
    "city_list",
    "detail_context",
    "edit",
    "people",
    "person_add",
    "person_appoint",
    "person_edit",
    "step_document",
    "term_confirm",
    "term_end",
]
