"""What an office writes on its page, and when the unit wants a mailing sent."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES

FIELD = " ".join([*INPUT_CLASSES, "mb-2"])


class NewMayorForm(forms.Form):
    name = forms.CharField(label=_("Name of the mayor"), max_length=150, help_text=_("As the person writes it."))
    salutation = forms.CharField(
        label=_("Salutation"),
        max_length=150,
        required=False,
        help_text=_("As letters should begin, for example “Dear Mayor”."),
    )
    email = forms.EmailField(
        label=_("E-mail address of the office"), help_text=_("Letters to the mayor are sent to this address.")
    )
    started_on = forms.DateField(label=_("In office from"), widget=forms.DateInput, initial=timezone.localdate)


class ScheduleForm(forms.Form):
    send_at = forms.SplitDateTimeField(
        label=_("When"),
        widget=forms.SplitDateTimeWidget(
            date_format="%Y-%m-%d",
            date_attrs={"type": "date", "class": FIELD, "aria-label": _("Day")},
            time_format="%H:%M",
            time_attrs={"type": "time", "class": FIELD, "aria-label": _("Time")},
        ),
        help_text=_("Strasbourg time. The mails go within a minute."),
    )
