"""What people do with cities, by concept."""

from .changes import accept_change, decline_change, request_change
from .people import CONTACT_FIELDS, appoint, change_office, confirm_term, end_term, link_contact, save_contact
from .profile import StaleSave, save_profile

__all__ = [
    "CONTACT_FIELDS",
    "StaleSave",
    "accept_change",
    "appoint",
    "change_office",
    "confirm_term",
    "decline_change",
    "end_term",
    "link_contact",
    "request_change",
    "save_contact",
    "save_profile",
]
