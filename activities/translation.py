import simple_history
from modeltranslation.translator import TranslationOptions, register

from .models import Activity


@register(Activity)
class ActivityTranslation(TranslationOptions):
    fields = ["title", "summary", "description"]


# After the translated columns exist, so that history keeps them too.
simple_history.register(Activity)
