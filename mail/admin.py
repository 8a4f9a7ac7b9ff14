"""The ledger of what was sent: read, send again, settle. Nothing is added or rewritten here."""

from django import forms
from django.contrib import admin, messages
from django.db.models import TextChoices
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat, linebreaks
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from common.admin import ExportOnly, PortalAdmin, service_action, status_column
from common.exceptions import Refused
from common.text import markdown_to_text

from . import returned, services
from .models import WAITING, Bounce, Message, State


class MailingFilter(admin.SimpleListFilter):
    title, parameter_name = _("kind of message"), "mass"

    def lookups(self, request, model_admin):
        return [("yes", _("part of a mailing")), ("no", _("single message"))]

    def queryset(self, request, queryset):
        if self.value() == "yes":
            return queryset.exclude(mailing="")
        return queryset.filter(mailing="") if self.value() == "no" else queryset


class SettleForm(forms.Form):
    class Answer(TextChoices):
        SENT = "sent", _("It arrived")
        NOT = "not", _("It did not arrive")

    answer = forms.ChoiceField(
        label=_("What became of it?"), choices=[("", "—"), *Answer.choices], widget=UnfoldAdminSelectWidget
    )


class BounceForm(forms.Form):
    diagnostic = forms.CharField(label=_("The server's words"), widget=UnfoldAdminTextareaWidget, max_length=2000)


@admin.register(Message)
class MessageAdmin(ExportOnly, PortalAdmin):
    list_display = ["subject", "recipient", status_column("state"), "words", "queued_at"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        MailingFilter,
        ("city", RelatedDropdownFilter),
        ("queued_at", RangeDateTimeFilter),
    ]
    search_fields = ["subject", "to_address", "to_name", "mailing", "template", "message_id"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "state",
                    "why",
                    "server_reply",
                    "attempts",
                    "queued_at",
                    "not_before",
                    "lease_until",
                    "sent_at",
                    "handled_by",
                    "handled_at",
                ]
            },
        ),
        (_("Recipient"), {"fields": ["to_name", "to_address", "city", "language"]}),
        (_("Content"), {"fields": ["subject", "text", "files"]}),
        (_("Occasion"), {"fields": ["key", "mailing", "template", "message_id"]}),
    ]
    actions_detail = ["send_again", "settle", "came_back", "cancel"]
    actions = ["send_again_all"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    @display(description=_("recipient"), ordering="to_address")
    def recipient(self, message: Message) -> str:
        return message.to_address or message.to_name or "–"

    @display(description=_("the server's words"))
    def words(self, message: Message) -> str:
        return message.words

    @display(description=_("reason"))
    def why(self, message: Message) -> str:
        return message.why

    @display(description=_("text"))
    def text(self, message: Message) -> str:
        if message.is_sensitive:
            return gettext("It holds a secret of the recipient and is not shown; it is deleted once sent.")
        return linebreaks(markdown_to_text(message.body), autoescape=True)

    @display(description=_("attachments"))
    def files(self, message: Message) -> str:
        rows = [
            (reverse("admin:mail_attachment", args=[message.pk, a.pk]), a.name, filesizeformat(a.size))
            for a in message.attachments.order_by("messageattachment__pk")
        ]
        return format_html_join(format_html("<br>"), '<a class="underline" href="{}">{}</a> ({})', rows) or "–"

    def get_urls(self):
        view = self.admin_site.admin_view(self.attachment_view)
        return [path("<int:pk>/attachments/<int:attachment>/", view, name="mail_attachment"), *super().get_urls()]

    def attachment_view(self, request: HttpRequest, pk: int, attachment: int) -> HttpResponse:
        message = self.object_or_404(request, str(pk))
        found = get_object_or_404(message.attachments, pk=attachment)
        return FileResponse(
            found.file.open("rb"), as_attachment=True, filename=found.name, content_type=found.content_type
        )

    @service_action(
        description=_("Send again"),
        permissions=["mail.settle_message"],
        question=_("The message is put into the queue and sent within a minute, to the same address."),
        done=_("The message is in the queue."),
        when=lambda message: message.state in services.RETRIABLE,
    )
    def send_again(self, request: HttpRequest, message: Message) -> None:
        services.retry(message, by=request.user)

    @service_action(
        description=_("Settle"),
        permissions=["mail.settle_message"],
        question=_(
            "The connection was lost before the server answered, so nobody knows whether this message arrived. Ask the "
            "recipient, or look into the log of the mail server. One that did not arrive may then be sent again."
        ),
        done=_("The message is settled."),
        when=lambda message: message.state == State.UNCERTAIN,
        form_class=SettleForm,
    )
    def settle(self, request: HttpRequest, message: Message, *, answer: str) -> None:
        services.settle(message, as_sent=answer == SettleForm.Answer.SENT, by=request.user)

    @service_action(
        description=_("It came back"),
        permissions=["mail.settle_message"],
        question=_(
            "The mail came back for good. The address is marked, and mailings leave it out until it is corrected."
        ),
        done=_("The return is noted. Correct the contact of the city."),
        when=lambda message: message.state in (State.SENT, State.UNCERTAIN),
        form_class=BounceForm,
    )
    def came_back(self, request: HttpRequest, message: Message, *, diagnostic: str) -> None:
        returned.record_bounce(message, is_hard=True, diagnostic=diagnostic, by=request.user)

    @service_action(
        description=_("Do not send"),
        permissions=["mail.settle_message"],
        question=_("The message is cancelled and stays in the ledger."),
        done=_("The message is cancelled."),
        when=lambda message: message.state in (*WAITING, State.HELD),
    )
    def cancel(self, request: HttpRequest, message: Message) -> None:
        services.cancel(message, by=request.user)

    @admin.action(description=_("Send the selected messages again"), permissions=["settle"])
    def send_again_all(self, request: HttpRequest, queryset) -> None:
        count = 0
        for message in queryset:
            try:
                services.retry(message, by=request.user)
                count += 1
            except Refused as refusal:
                for sentence in refusal.messages:
                    messages.warning(request, sentence)
        if count:
            text = ngettext("%(count)s message is in the queue.", "%(count)s messages are in the queue.", count)
            messages.success(request, text % {"count": count})

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("mail.settle_message")


@admin.register(Bounce)
class BounceAdmin(PortalAdmin):
    list_display = ["what", "kind", "diagnostic", "received_at", "waits"]
    list_select_related = ["message"]
    list_filter = ["is_open", "is_hard", ("received_at", RangeDateTimeFilter)]
    search_fields = ["subject", "diagnostic", "message__to_address"]
    fields = [
        "message",
        "subject",
        "is_hard",
        "diagnostic",
        "received_at",
        "is_open",
        "excerpt",
        "handled_by",
        "handled_at",
    ]
    actions_detail = ["settle"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Bounce | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Bounce | None = None) -> bool:
        return False

    @display(description=_("message"))
    def what(self, bounce: Bounce) -> str:
        return str(bounce)

    @display(description=_("kind"), ordering="is_hard", label={"hard": "danger", "soft": "default"})
    def kind(self, bounce: Bounce) -> tuple[str, str] | None:
        if bounce.message_id is None:
            return None
        return ("hard", gettext("Permanent")) if bounce.is_hard else ("soft", gettext("Not permanent"))

    @display(description=_("status"), ordering="is_open", label={"open": "warning", "noted": "default"})
    def waits(self, bounce: Bounce) -> tuple[str, str]:
        return ("open", gettext("To be looked at")) if bounce.is_open else ("noted", gettext("Noted"))

    @service_action(
        description=_("Looked at"),
        permissions=["mail.settle_bounce"],
        question=_(
            "You have read this mail and done what it asks for: noted at the message that it came back, corrected a contact, "
            "or nothing. Its text is not kept any longer."
        ),
        done=_("The mail is settled."),
        when=lambda bounce: bounce.is_open,
    )
    def settle(self, request: HttpRequest, bounce: Bounce) -> None:
        returned.settle_bounce(bounce, by=request.user)
