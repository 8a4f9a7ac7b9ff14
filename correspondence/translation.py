import simple_history
from modeltranslation.translator import TranslationOptions, register

from .models import Mailing, Signatory, UnitOffice


@register(Mailing)
class MailingTranslation(TranslationOptions):
    fields = ["subject", "body"]


@register(Signatory)
class SignatoryTranslation(TranslationOptions):
    fields = ["title"]


@register(UnitOffice)
class UnitOfficeTranslation(TranslationOptions):
    fields = ["field", "name"]


# After the translated columns exist, so that history keeps them too.
simple_history.register(Mailing)
simple_history.register(Signatory)
