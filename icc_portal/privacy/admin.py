"""Export and erasure on request, as buttons on contacts and accounts in the administration."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.admin import UserAdmin
from accounts.models import User
from cities.admin import ContactAdmin
from cities.models import Contact
from common.admin import service_action

from .erase import erase, log
from .people import person_of_contact, person_of_user
from .rules import Person
from .views import export_json, export_page


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Who asked, and when"), max_length=200, widget=UnfoldAdminTextInputWidget,
        help_text=_("Kept in the audit trail. Do not write the name: e.g. “by e-mail on 3 May”."),
    )  # fmt: skip


class ExportForm(ReasonForm):
    as_json = forms.ChoiceField(
        label=_("As"), choices=[("", _("A page to read and print")), ("yes", _("Data (JSON)"))], required=False,
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip


class OnRequest:
    """Both actions, for a model from which a person can be told."""

    def person_of(self, obj: User | Contact) -> Person:
        return person_of_user(obj) if isinstance(obj, User) else person_of_contact(obj)

    @service_action(
        description=_("Export the data of this person"),
        permissions=["accounts.export_user"],
        question=_(
            "Everything the portal keeps about this person, to hand over on request. The export is recorded with your name."
        ),
        form_class=ExportForm,
    )
    def export_person(self, request: HttpRequest, obj: User | Contact, *, reason: str, as_json: str) -> HttpResponse:
        log(obj, request.user, f"Exported the data of this person. {reason}")
        person = self.person_of(obj)
        return export_json(person) if as_json else export_page(request, person)

    @service_action(
        description=_("Erase this person"),
        permissions=["accounts.erase_user"],
        question=_(
            "Name, addresses and account go, in the history too; the office and its dates stay with the city. What the law "
            "asks to keep stays until its time is over. This cannot be taken back."
        ),
        done=_("The person is erased. The office and its dates stay."),
        form_class=ReasonForm,
    )
    def erase_person(self, request: HttpRequest, obj: User | Contact, *, reason: str) -> None:
        if isinstance(obj, User) and obj.is_superuser and not request.user.is_superuser:
            raise PermissionDenied
        erase(self.person_of(obj), by=request.user, reason=reason)


admin.site.unregister([Contact, User])


@admin.register(Contact)
class ContactOnRequestAdmin(OnRequest, ContactAdmin):
    actions_detail = [*(ContactAdmin.actions_detail or []), "export_person", "erase_person"]


@admin.register(User)
class UserOnRequestAdmin(OnRequest, UserAdmin):
    actions_detail = [*UserAdmin.actions_detail, "export_person", "erase_person"]
