"""Cities, people and networks in the administration, by concept."""

from .changes import ChangeRequestAdmin
from .cities import CityAdmin
from .contributions import ContributionAdmin
from .index import IndexResultAdmin
from .membership import MembershipStepAdmin
from .networks import NetworkAdmin, PolicyAreaAdmin
from .offices import OfficesAdmin
from .people import ContactAdmin, TermAdmin
from .resources import CityResource, ContactResource, TermResource

__all__ = [
    "ChangeRequestAdmin",
    "CityAdmin",
    "CityResource",
    "ContactAdmin",
    "ContactResource",
    "ContributionAdmin",
    "IndexResultAdmin",
    "MembershipStepAdmin",
    "NetworkAdmin",
    "OfficesAdmin",
    "PolicyAreaAdmin",
    "TermAdmin",
    "TermResource",
]
