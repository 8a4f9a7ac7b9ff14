from modeltranslation.translator import TranslationOptions, register

from .models import Chapter


@register(Chapter)
class ChapterTranslation(TranslationOptions):
    fields = ["text"]
