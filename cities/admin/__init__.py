"""Cities, people and networks in the administration, by concept."""

from .changes import ChangeRequestAdmin
from .cities import CityAdmin
from .contributions import ContributionAdmin
from .index import IndexResultAdmin, IndexScoreAdmin
from .index_table import IndexResultResource, IndexScoreResource
from .membership import MembershipStepAdmin
from .networks import NetworkAdmin, PolicyAreaAdmin
from .offices import OfficesAdmin
from .people import ContactAdmin, TermAdmin
from .resources import CityResource, ContactResource, ContributionResource, TermResource

__all__ = [
    "ChangeRequestAdmin",
    "CityAdmin",
    "CityResource",
    "ContactAdmin",
    "ContactResource",
    "ContributionAdmin",
    "ContributionResource",
    "IndexResultAdmin",
    "IndexResultResource",
    "IndexScoreAdmin",
    "IndexScoreResource",
    "MembershipStepAdmin",
    "NetworkAdmin",
    "OfficesAdmin",
    "PolicyAreaAdmin",
    "TermAdmin",
    "TermResource",
]
