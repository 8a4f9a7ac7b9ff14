import simple_history
from modeltranslation.translator import TranslationOptions, register

from .models import Chapter


@register(Chapter)
class ChapterTranslation(TranslationOptions):
    fields = ["text"]


# After the translated columns exist, so that history keeps them too.
simple_history.register(Chapter)
