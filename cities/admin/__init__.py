"""Cities, people and networks in the administration, by concept."""

from .cities import CityAdmin
from .contributions import ContributionAdmin
from .index import IndexResultAdmin
from .networks import NetworkAdmin, PolicyAreaAdmin
from .people import ContactAdmin, TermAdmin
from .resources import CityResource, ContactResource, TermResource

__all__ = [
    "CityAdmin",
    "CityResource",
    "ContactAdmin",
    "ContactResource",
    "ContributionAdmin",
    "IndexResultAdmin",
    "NetworkAdmin",
    "PolicyAreaAdmin",
    "TermAdmin",
    "TermResource",
]
