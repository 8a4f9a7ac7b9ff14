from django import forms
from django.utils.translation import gettext_lazy as _

from cities.models import City

from .models import Activity
from .services import Participant


class ActivityFilter(forms.Form):
    when = forms.ChoiceField(
        label=_("When"), required=False, choices=[("", _("Coming and running")), ("past", _("Past")), ("all", _("All"))]
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *Activity.Kind.choices])
    format = forms.ChoiceField(
        label=_("Format"), required=False, choices=[("", _("All formats")), *Activity.Format.choices]
    )


class RegistrationForm(forms.Form):
    """One participant of a city that the user acts for."""

    city = forms.ModelChoiceField(label=_("City"), queryset=City.objects.none(), empty_label=None)
    name = forms.CharField(label=_("Name of the participant"), max_length=150)
    email = forms.EmailField(
        label=_("E-mail of the participant"), help_text=_("Confirmation, calendar entry and joining link go there.")
    )
    function = forms.CharField(label=_("Function"), max_length=150, required=False)
    language = forms.ChoiceField(
        label=_("Language of the mails"), choices=[("en", "English"), ("fr", "Français")], widget=forms.RadioSelect
    )

    def __init__(self, *args, cities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["city"].queryset = cities

    def participant(self) -> Participant:
        data = self.cleaned_data
        return Participant(data["name"], data["email"], data["function"], data["language"])


class NeedsForm(forms.Form):
    needs = forms.CharField(
        label=_("Dietary and access needs"),
        help_text=_("Only the organiser sees this. It is deleted after the activity."),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        max_length=1000,
    )
