"""What cities write, in the administration: the list of what waits, and each exchange with an answer box."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from cities.models import City
from common.admin import PortalAdmin, TranslatedAdmin, service_action, status_column
from common.exceptions import Refused

from ..models import UnitOffice
from . import services
from .forms import FILE_CLASSES, MessageForm
from .models import Thread
from .permissions import colleagues, may_answer

State = Thread.State


class AnswerForm(MessageForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].widget = UnfoldAdminTextareaWidget(attrs={"rows": 8})
        self.fields["text"].label = _("Answer")
        self.fields["files"].widget.attrs["class"] = FILE_CLASSES


class LetterForm(AnswerForm):
    """The unit begins."""

    city = forms.ModelChoiceField(
        label=gettext_lazy("City"), queryset=City.objects.none(), widget=UnfoldAdminSelectWidget, empty_label="—"
    )
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=150, widget=UnfoldAdminTextInputWidget)
    field_order = ["city", "subject", "text", "files"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["city"].queryset = City.objects.members(timezone.localdate()).only("name", "search")
        self.fields["text"].label = _("Message")


class AssignForm(forms.Form):
    to = forms.ModelChoiceField(
        label=gettext_lazy("Colleague"), queryset=User.objects.none(), required=False, widget=UnfoldAdminSelectWidget,
        empty_label=gettext_lazy("the whole unit"),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = colleagues()


@admin.register(Thread)
class ThreadAdmin(PortalAdmin):
    list_display = ["subject", "city", status_column("state"), "waits", "assigned_to", "last_at"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("assigned_to", RelatedDropdownFilter),
        ("city", RelatedDropdownFilter),
    ]
    list_select_related = ["city", "assigned_to"]
    search_fields = ["subject", "city__name", "entries__text"]
    actions_list = ["write_to_city"]
    actions_detail = ["assign", "close", "reopen"]

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    @display(description=gettext_lazy("waits"), ordering="asked_at")
    def waits(self, thread: Thread) -> str:
        if not thread.asked_at:
            return "–"
        days = thread.days_waiting(timezone.now())
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": days} if days else _("since today")

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        thread = self.object_or_404(request, object_id)
        form = AnswerForm(request.POST or None, request.FILES or None) if may_answer(request.user) else None
        if request.method == "POST" and form and form.is_valid():
            try:
                services.write(thread, by=request.user, **form.cleaned_data)
                if "and_close" in request.POST:
                    services.close(thread, by=request.user)
            except Refused as refusal:
                form.add_error(None, refusal)
            else:
                messages.success(request, _("The answer is with the city."))
                return redirect(self.back_url(thread))
        services.mark_read(thread, request.user)
        context = self.admin_site.each_context(request) | {
            "title": thread.subject,
            "opts": self.opts,
            "original": thread,
            "thread": thread,
            "waits": self.waits(thread),
            "entries": thread.entries.select_related("author").prefetch_related("files"),
            "readings": thread.readings.select_related("user"),
            "form": form,
            "buttons": self._buttons(request, object_id),
            "back_url": self.back_url(),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "exchanges/admin_thread.html", context)

    def _buttons(self, request: HttpRequest, object_id: str) -> list[tuple[str, str]]:
        """Label and name of the URL of each action that is possible now."""
        return [(a.description, f"admin:{a.action_name}") for a in self.get_actions_detail(request, object_id)]

    @service_action(
        description=gettext_lazy("Write to a city"),
        permissions=["correspondence.answer_thread"],
        question=gettext_lazy("Everybody who acts for the city can read it; its coordinators get a notice by e-mail."),
        done=gettext_lazy("The message is with the city."),
        form_class=LetterForm,
    )
    def write_to_city(self, request: HttpRequest, **values) -> HttpResponse:
        return redirect(self.back_url(services.open_thread(by=request.user, **values)))

    @service_action(
        description=gettext_lazy("Assign"),
        permissions=["correspondence.answer_thread"],
        question=gettext_lazy("The colleague gets a notice now, and each time the city writes."),
        done=gettext_lazy("The exchange is assigned."),
        form_class=AssignForm,
    )
    def assign(self, request: HttpRequest, thread: Thread, *, to: User | None) -> None:
        services.assign(thread, to=to, by=request.user)

    @service_action(
        description=gettext_lazy("Close"),
        permissions=["correspondence.answer_thread"],
        question=gettext_lazy("Nothing more is owed. When the city writes again, the exchange opens by itself."),
        done=gettext_lazy("The exchange is closed."),
        when=lambda thread: thread.state != State.CLOSED,
    )
    def close(self, request: HttpRequest, thread: Thread) -> None:
        services.close(thread, by=request.user)

    @service_action(
        description=gettext_lazy("Open again"),
        permissions=["correspondence.answer_thread"],
        question=gettext_lazy("It waits for the unit again when the city wrote last."),
        done=gettext_lazy("The exchange is open."),
        when=lambda thread: thread.state == State.CLOSED,
    )
    def reopen(self, request: HttpRequest, thread: Thread) -> None:
        services.reopen(thread, by=request.user)


@admin.register(UnitOffice)
class UnitOfficeAdmin(TranslatedAdmin):
    """Whom cities ask: shown on the first page of every official."""

    list_display = ["field", "name", "email", "position", "is_made_up"]
