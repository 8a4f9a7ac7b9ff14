"""Mailings from draft to finished, and the log of exchanges, in the administration of the unit."""

from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import linebreaks
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from common import formats
from common.admin import ExportOnly, PortalAdmin, TranslatedAdmin, service_action, status_column

from . import services, signatory_admin, texts  # noqa: F401  registers the signatories
from .audience import cities_named
from .forms import ScheduleForm
from .ledger_admin import LedgerViews
from .models import Exchange, Mailing, Signatory
from .threads import admin as threads_admin  # noqa: F401  registers the exchanges in writing

Status, Kind, Audience = Mailing.Status, Mailing.Kind, Mailing.Audience


class MailingForm(forms.ModelForm):
    names = forms.CharField(
        label=gettext_lazy("More cities, by name"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "A list that you have already: one name on each line, or names with commas between them."
        ),
    )

    class Meta:
        model = Mailing
        fields = "__all__"  # noqa: DJ007  the admin chooses them

    def clean(self):
        values = super().clean()
        for language in texts.LANGUAGES:
            for field in (f"subject_{language}", f"body_{language}"):
                for sentence in texts.unknown_placeholders(values.get(field) or ""):
                    self.add_error(field, sentence)
            subject, body = values.get(f"subject_{language}"), values.get(f"body_{language}")
            if subject and not body and f"body_{language}" in self.fields:
                self.add_error(f"body_{language}", _("Write the text in this language too, or take its subject away."))
            if body and not subject and f"subject_{language}" in self.fields:
                self.add_error(
                    f"subject_{language}", _("Write the subject in this language too, or take its text away.")
                )
        if "audience" in self.fields:
            self._add_named(values)
            self._check_audience(values)
        return values

    def _add_named(self, values) -> None:
        """The cities written by name are listed with those chosen."""
        if values.get("audience") == Audience.LIST and values.get("names"):
            named, problems = cities_named(values["names"])
            values["cities"] = list({*(values.get("cities") or ()), *named})
            if problems:
                self.add_error("names", problems)

    def _check_audience(self, values) -> None:
        missing = {
            Audience.NETWORK: ("network", _("Choose the network, or another audience.")),
            Audience.COUNTRY: ("country", _("Choose the country, or another audience.")),
            Audience.LIST: ("cities", _("Choose at least one city, or another audience.")),
        }
        field, sentence = missing.get(values.get("audience"), ("", ""))
        if field and not values.get(field) and "names" not in self.errors:
            self.add_error(field, sentence)


def is_own(mailing: Mailing) -> bool:
    """Whether it is prepared and sent here; the annual report is sent from the page of the report."""
    return mailing.kind != Kind.ANNUAL_REPORT


def counted(mailing: Mailing) -> str:
    """To how many offices the prepared mailing goes."""
    counts = mailing.letters.aggregate(
        to=Count("pk", filter=Q(skip_reason="")), skipped=Count("pk", filter=~Q(skip_reason=""))
    )
    first = ngettext("It goes to %(n)s office.", "It goes to %(n)s offices.", counts["to"]) % {"n": counts["to"]}
    rest = ngettext("%(n)s city gets nothing.", "%(n)s cities get nothing.", counts["skipped"]) % {
        "n": counts["skipped"]
    }
    return f"{first} {rest}" if counts["skipped"] else first


def again(mailing: Mailing) -> str:
    """Which letters would go once more, and why the others that did not arrive would not."""
    found = list(services.corrections(mailing, timezone.now()))
    going = [f"{letter.city} ({person.address})" for letter, person, obstacle in found if not obstacle]
    if going:
        sentence = _("The same letter goes once more to: %(offices)s.") % {"offices": ", ".join(going)}
    else:
        sentence = _("No office was corrected since its letter came back or was refused.")
    return " ".join([sentence, *(obstacle for _letter, _person, obstacle in found if obstacle)])


@admin.register(Mailing)
class MailingAdmin(LedgerViews, TranslatedAdmin):
    form = MailingForm
    view_on_site = False
    list_display = ["title", status_column("status"), "kind", "audience", "dated_on", "author", "dispatched_at"]
    list_filter = [("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter), ("dated_on", RangeDateFilter)]
    list_select_related = ["author"]
    search_fields = ["title", "subject_en", "subject_fr", "reference"]
    autocomplete_fields = ["network", "cities"]
    readonly_fields = [
        "status",
        "author",
        "approved_by",
        "approved_at",
        "dispatched_by",
        "dispatched_at",
        "waits_for",
        "why_not",
        "whom",
    ]
    fieldsets = [
        (None, {"fields": ["title", "kind", ("status", "author"), ("approved_by", "approved_at"), "waits_for", ("dispatched_by", "dispatched_at"), "why_not"]}),
        (gettext_lazy("Audience"), {"fields": ["audience", "whom", "office", "network", "country", "cities", "names"]}),
        (gettext_lazy("Letter"), {"fields": [("reference", "place"), ("dated_on", "year"), "signatory"]}),
        (gettext_lazy("English"), {"classes": ["tab"], "fields": ["subject_en", "body_en"]}),
        (gettext_lazy("French"), {"classes": ["tab"], "fields": ["subject_fr", "body_fr"]}),
    ]  # fmt: skip
    conditional_fields = {
        "network": "audience == 'network'", "country": "audience == 'country'", "cities": "audience == 'list'",
        "names": "audience == 'list'",
    }  # fmt: skip
    actions_list = ["start_february_letter"]
    actions_detail = [
        "show_recipients", "send_test", "prepare", "approve", "send", "schedule", "unschedule", "pause", "resume",
        "send_to_corrected", "cancel",
    ]  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Mailing | None = None):
        """What became of a mailing stands on its page once it did; names are pasted where something can be written."""
        shown = {
            ("status", "author"): obj,
            ("approved_by", "approved_at"): obj and obj.approved_at,
            "waits_for": obj and obj.send_at,
            ("dispatched_by", "dispatched_at"): obj and obj.dispatched_at,
            "why_not": obj and obj.trouble,
            "whom": False,
        }
        if obj and not self.has_change_permission(request, obj):  # nothing can be chosen: what was chosen is said
            shown |= {"whom": obj.audience != Audience.ALL} | dict.fromkeys(self.conditional_fields, False)
        return [
            (name, {**options, "fields": [field for field in options["fields"] if shown.get(field, True)]})
            for name, options in super().get_fieldsets(request, obj)
        ]

    def has_change_permission(self, request: HttpRequest, obj: Mailing | str | None = None) -> bool:
        """What was sent is read only. unfold asks with the identifier, Django with the row."""
        return super().has_change_permission(request) and (obj is None or self._status(obj) in services.EDITABLE)

    def has_delete_permission(self, request: HttpRequest, obj: Mailing | str | None = None) -> bool:
        """What was sent stays."""
        return super().has_delete_permission(request) and (obj is None or self._status(obj) == Status.DRAFT)

    def _status(self, obj: Mailing | str) -> str | None:
        if isinstance(obj, Mailing):
            return obj.status
        return Mailing.objects.filter(pk=obj).values_list("status", flat=True).first() if str(obj).isdigit() else None

    def _side_by_side(self, fields):
        return fields  # a letter needs the width: one tab for each language

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name.startswith("body_"):
            field.widget.attrs["rows"] = 24
        return field

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "kind":
            kwargs["choices"] = [(k.value, k.label) for k in Kind if k != Kind.ANNUAL_REPORT]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None or is_own(obj) else [*fields, "kind"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict:
        initial = {
            "dated_on": timezone.localdate(),
            "audience": Audience.ALL,
            **super().get_changeform_initial_data(request),
        }
        if len(signatories := Signatory.objects.all()[:2]) == 1:
            initial |= {"signatory": signatories[0].pk, "reference": texts.reference(signatories[0].initials)}
        if initial.pop("starter", "") == "february":
            for language in texts.LANGUAGES:
                initial[f"subject_{language}"] = texts.STARTER_SUBJECT[language]
                initial[f"body_{language}"] = texts.STARTER_BODY[language]
        return initial

    @display(description=gettext_lazy("to be sent"))
    def waits_for(self, mailing: Mailing) -> str:
        return formats.strasbourg_time(mailing.send_at)

    @display(description=gettext_lazy("which"))
    def whom(self, mailing: Mailing) -> str:
        chosen = {Audience.NETWORK: mailing.network, Audience.COUNTRY: mailing.country.name}
        return str(chosen.get(mailing.audience) or ", ".join(str(city) for city in mailing.cities.all()))

    @display(description=gettext_lazy("what is in the way"))
    def why_not(self, mailing: Mailing) -> str:
        return linebreaks(mailing.trouble, autoescape=True)

    def save_model(self, request, obj, form, change) -> None:
        if not change:
            obj.author = request.user
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change) -> None:
        super().save_related(request, form, formsets, change)
        was = form.instance.status
        if services.touch(form.instance) and was != Status.DRAFT:
            self.message_user(
                request, _("The mailing was changed and is a draft again. Prepare it and have it approved."), "warning"
            )

    def get_urls(self):
        return [*self.ledger_urls(), *super().get_urls()]

    @action(description=gettext_lazy("Write the February letter"), permissions=["add"])
    def start_february_letter(self, request: HttpRequest) -> HttpResponse:
        query = {
            "starter": "february",
            "kind": Kind.LETTER,
            "title": _("Letter to mayors, %(year)s") % {"year": timezone.localdate().year},
        }
        return redirect(f"{reverse('admin:correspondence_mailing_add')}?{urlencode(query)}")

    @action(description=gettext_lazy("Recipients"), permissions=["view"])
    def show_recipients(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:correspondence_mailing_recipients", object_id)

    @service_action(
        description=gettext_lazy("Test copy to me"),
        permissions=["change"],
        question=gettext_lazy(
            "You get what the first recipient in each language would get, marked as a test; its documents once they are prepared."
        ),
        done=gettext_lazy("The test copy is in the queue."),
        when=lambda mailing: mailing.status in services.EDITABLE,
    )
    def send_test(self, request: HttpRequest, mailing: Mailing) -> None:
        services.send_test_copy(mailing, by=request.user)

    @service_action(
        description=gettext_lazy("Prepare"),
        permissions=["change"],
        question=gettext_lazy(
            "The letters are made for the audience as it is today. Then another person approves them. "
            "Preparing again starts over and voids an approval."
        ),
        when=lambda mailing: is_own(mailing) and mailing.status in services.EDITABLE,
    )
    def prepare(self, request: HttpRequest, mailing: Mailing) -> HttpResponse:
        mailing = services.prepare(mailing)
        if mailing.status == Status.RENDERING:
            text = _("The letters are being made as PDF. This page shows how far that is; load it again in a moment.")
        else:
            text = _("The mailing is ready. Another person can approve it now.")
        self.message_user(request, text, "success")
        return redirect("admin:correspondence_mailing_recipients", mailing.pk)

    @service_action(
        description=gettext_lazy("Approve"),
        permissions=["correspondence.approve_mailing"],
        question=lambda mailing: (
            counted(mailing)
            + " "
            + _(
                "You approve this text for these recipients; any change voids it. “Recipients” shows each letter as it goes."
            )
        ),
        done=gettext_lazy("The mailing is approved and can be sent."),
        when=lambda mailing: is_own(mailing) and mailing.status == Status.PREPARED,
    )
    def approve(self, request: HttpRequest, mailing: Mailing) -> None:
        services.approve(mailing, by=request.user)

    @service_action(
        description=gettext_lazy("Send"),
        permissions=["correspondence.send_mailing"],
        question=lambda mailing: counted(mailing) + " " + _("What was sent cannot be called back."),
        done=gettext_lazy("The mailing is on its way."),
        when=lambda mailing: is_own(mailing) and mailing.status == Status.APPROVED,
    )
    def send(self, request: HttpRequest, mailing: Mailing) -> HttpResponse:
        services.dispatch(mailing, by=request.user)
        return redirect("admin:correspondence_mailing_recipients", mailing.pk)

    @service_action(
        description=gettext_lazy("Send later"),
        permissions=["correspondence.send_mailing"],
        question=lambda mailing: (
            counted(mailing)
            + " "
            + _(
                "It goes by itself, if text and offices are still what was approved; if not, nobody gets it and you are told."
            )
        ),
        when=lambda mailing: is_own(mailing) and mailing.status == Status.APPROVED and not mailing.send_at,
        form_class=ScheduleForm,
    )
    def schedule(self, request: HttpRequest, mailing: Mailing, *, send_at: datetime) -> None:
        services.schedule(mailing, send_at=send_at, by=request.user)
        self.message_user(
            request, _("The mailing goes on %(at)s.") % {"at": formats.strasbourg_time(send_at)}, "success"
        )

    @service_action(
        description=gettext_lazy("Do not send by itself"),
        permissions=["correspondence.send_mailing"],
        question=gettext_lazy("The mailing stays approved, and waits until somebody sends it."),
        done=gettext_lazy("The mailing does not go by itself any more."),
        when=lambda mailing: mailing.status == Status.APPROVED and mailing.send_at is not None,
    )
    def unschedule(self, request: HttpRequest, mailing: Mailing) -> None:
        services.unschedule(mailing, by=request.user)

    @service_action(
        description=gettext_lazy("Send again to corrected offices"),
        permissions=["correspondence.send_mailing"],
        question=lambda mailing: again(mailing),
        done=gettext_lazy("The letters are in the queue."),
        when=lambda mailing: mailing.status in services.UNDER_WAY,
    )
    def send_to_corrected(self, request: HttpRequest, mailing: Mailing) -> HttpResponse:
        services.send_to_corrected(mailing, by=request.user)
        return redirect("admin:correspondence_mailing_recipients", mailing.pk)

    @service_action(
        description=gettext_lazy("Pause"),
        permissions=["correspondence.send_mailing"],
        question=gettext_lazy("What has not gone yet is kept back until you let it go on."),
        done=gettext_lazy("The mailing is paused."),
        when=lambda mailing: mailing.status == Status.SENDING,
    )
    def pause(self, request: HttpRequest, mailing: Mailing) -> None:
        services.pause(mailing, by=request.user)

    @service_action(
        description=gettext_lazy("Go on"),
        permissions=["correspondence.send_mailing"],
        question=gettext_lazy("What was kept back is sent."),
        done=gettext_lazy("The mailing goes on."),
        when=lambda mailing: mailing.status == Status.PAUSED,
    )
    def resume(self, request: HttpRequest, mailing: Mailing) -> None:
        services.resume(mailing, by=request.user)

    @service_action(
        description=gettext_lazy("Cancel the mailing"),
        permissions=["correspondence.send_mailing"],
        question=gettext_lazy("What has not gone yet is never sent. What was sent stays in the ledger."),
        done=gettext_lazy("The mailing is cancelled."),
        when=lambda mailing: mailing.status not in (Status.FINISHED, Status.CANCELLED),
    )
    def cancel(self, request: HttpRequest, mailing: Mailing) -> None:
        services.cancel(mailing, by=request.user)


@admin.register(Exchange)
class ExchangeAdmin(ExportOnly, PortalAdmin):
    list_display = ["on", "city", "kind", "summary", "logged_by"]
    list_filter = [("kind", ChoicesDropdownFilter), ("on", RangeDateFilter)]
    list_select_related = ["city", "logged_by"]
    search_fields = ["city__name", "summary"]
    autocomplete_fields = ["city"]
    readonly_fields = ["logged_by"]
    date_hierarchy = "on"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict:
        return {"on": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def save_model(self, request, obj, form, change) -> None:
        if not change:
            obj.logged_by = request.user
        super().save_model(request, obj, form, change)
