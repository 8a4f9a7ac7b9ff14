import simple_history
from modeltranslation.translator import TranslationOptions, register

from .models import Mailing


@register(Mailing)
class MailingTranslation(TranslationOptions):
    fields = ["subject", "body"]


# After the translated columns exist, so that history keeps them too.
simple_history.register(Mailing)
