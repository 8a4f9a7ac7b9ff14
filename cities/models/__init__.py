from .changes import ChangeRequest
from .city import City, CityOffices, NationalNetwork, NetworkMembership, PolicyArea
from .index import IndexResult, IndexScore
from .introductions import Introduction
from .membership import Contribution, MembershipStep
from .page import CityPicture, CityText
from .people import CITY_OFFICES, Contact, Office, Term

__all__ = [
    "CITY_OFFICES",
    "ChangeRequest",
    "City",
    "CityOffices",
    "CityPicture",
    "CityText",
    "Contact",
    "Contribution",
    "IndexResult",
    "IndexScore",
    "Introduction",
    "MembershipStep",
    "NationalNetwork",
    "NetworkMembership",
    "Office",
    "PolicyArea",
    "Term",
]
