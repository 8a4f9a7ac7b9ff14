from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CorrespondenceConfig(AppConfig):
    name = "correspondence"
    verbose_name = _("Correspondence")

    def ready(self) -> None:
        from mail.signals import bounced, moved

        from .services import follow_messages, mark_returned

        moved.connect(follow_messages, dispatch_uid="correspondence")
        bounced.connect(mark_returned, dispatch_uid="correspondence")
