import simple_history
from modeltranslation.translator import TranslationOptions, register

from .models import Mailing, Signatory


@register(Mailing)
class MailingTranslation(TranslationOptions):
    fields = ["subject", "body"]


@register(Signatory)
class SignatoryTranslation(TranslationOptions):
    fields = ["title"]


# After the translated columns exist, so that history keeps them too.
simple_history.register(Mailing)
simple_history.register(Signatory)
