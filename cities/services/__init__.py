"""What people do with cities, by concept."""

from .people import CONTACT_FIELDS, appoint, confirm_term, end_term, link_contact, save_contact
from .profile import StaleSave, save_profile

__all__ = [
    "CONTACT_FIELDS",
    "StaleSave",
    "appoint",
    "confirm_term",
    "end_term",
    "link_contact",
    "save_contact",
    "save_profile",
]
