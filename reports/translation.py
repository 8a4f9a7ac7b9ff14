import simple_history
from modeltranslation.translator import TranslationOptions, register

from .models import Chapter, ManualFigure, NetworkSection


@register(Chapter)
class ChapterTranslation(TranslationOptions):
    fields = ["text"]


@register(NetworkSection)
class NetworkSectionTranslation(TranslationOptions):
    fields = ["text"]


@register(ManualFigure)
class ManualFigureTranslation(TranslationOptions):
    fields = ["label"]
    required_languages = ("en", "fr")


# After the translated columns exist, so that history keeps them too.
for model in (Chapter, NetworkSection, ManualFigure):
    simple_history.register(model)
