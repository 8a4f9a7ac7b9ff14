import simple_history
from modeltranslation.translator import TranslationOptions, register

from .models import City, NationalNetwork, PolicyArea


@register(PolicyArea)
class PolicyAreaTranslation(TranslationOptions):
    fields = ["name"]


@register(NationalNetwork)
class NationalNetworkTranslation(TranslationOptions):
    fields = ["name"]


@register(City)
class CityTranslation(TranslationOptions):
    fields = ["profile", "coordinate_basis", "population_basis"]


# After the translated columns exist, so that history keeps them too.
simple_history.register(City, excluded_fields=["search"], m2m_fields=["interests"])
