from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from common import words


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")
    default = True

    def ready(self):
        from . import groups, receivers  # noqa: F401

        post_migrate.connect(groups.sync, dispatch_uid="accounts.groups")


class PortalAdminConfig(admin.AdminConfig):
    """Django's admin, behind a second factor."""

    default = False
    default_site = "accounts.admin_site.PortalAdminSite"

    def ready(self):
        super().ready()
        words.translate_labels()
