"""Input about cities and people, turned into clean values."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from common.text import fold

from .languages import CODES, named
from .models import CITY_OFFICES, City, Contact, NationalNetwork, PolicyArea
from .models.people import SINGLE_OFFICES

MARKDOWN = gettext_lazy("You can use Markdown: **bold**, lists with -, links as [text](address).")


class DirectoryForm(forms.Form):
    """The filters of the directory. A value that does not exist filters nothing."""

    q = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=100)
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    network = forms.ChoiceField(label=gettext_lazy("Network"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)

    def __init__(self, *args, codes: set[str], **kwargs):
        super().__init__(*args, **kwargs)
        names = sorted(((code, str(countries.name(code))) for code in codes), key=lambda pair: fold(pair[1]))
        networks = sorted(((n.code, n.name) for n in NationalNetwork.objects.all()), key=lambda pair: fold(pair[1]))
        self.fields["country"].choices = [("", _("All countries")), *names]
        self.fields["network"].choices = [("", _("All networks")), *networks]
        self.fields["kind"].choices = [("", _("All kinds")), *City.Kind.choices]

    def wanted(self) -> dict[str, str]:
        """The filters that are set and make sense."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class ProfileForm(forms.Form):
    profile_en = forms.CharField(
        label=gettext_lazy("Profile in English"),
        required=False,
        max_length=6000,
        widget=forms.Textarea,
        help_text=MARKDOWN,
    )
    profile_fr = forms.CharField(
        label=gettext_lazy("Profile in French"),
        required=False,
        max_length=6000,
        widget=forms.Textarea,
        help_text=MARKDOWN,
    )
    website = forms.URLField(
        label=gettext_lazy("Website of the city"),
        required=False,
        assume_scheme="https",
        error_messages={"invalid": gettext_lazy("Write the address in full, for example https://www.bilbao.eus.")},
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages that your officials work in"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Other cities find yours by them."),
    )
    interests = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Policy areas that you would like to exchange about"),
        queryset=PolicyArea.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Other cities find yours by them."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["languages"].choices = named(CODES)


class ContactForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields = ["name", "salutation", "email", "phone", "language", "is_listed"]
        labels = {"is_listed": gettext_lazy("This person agreed to be shown to the other member cities")}
        help_texts = {
            "is_listed": gettext_lazy("Name and office are shown, never the address."),
            "salutation": gettext_lazy("As a letter begins: “Dear Mayor,”"),
        }
        widgets = {"language": forms.RadioSelect(choices=settings.LANGUAGES)}

    def clean_email(self):
        return self.cleaned_data["email"].lower()


class PersonForm(ContactForm):
    """A new person in an office of the city; `office` is asked for unless it is given."""

    office = forms.ChoiceField(label=gettext_lazy("Office"))
    started_on = forms.DateField(label=gettext_lazy("In office from"), widget=forms.DateInput)
    field_order = ["office", "name", "started_on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.fields["office"].choices = [("", gettext_lazy("Choose"))] + [
            (o.value, o.label) for o in CITY_OFFICES if o not in SINGLE_OFFICES
        ]
        self.fields["started_on"].initial = timezone.localdate


class AppointForm(ContactForm):
    """Who takes over an office that one person holds: somebody known, or a new person."""

    contact = forms.ModelChoiceField(
        label=gettext_lazy("Somebody already in the list"),
        queryset=Contact.objects.none(),
        required=False,
        empty_label=gettext_lazy("A new person, as below"),
    )
    started_on = forms.DateField(
        label=gettext_lazy("In office from"),
        widget=forms.DateInput,
        help_text=gettext_lazy("The running term ends on this day."),
    )
    instead_of = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = ["contact", "started_on", "name"]

    def __init__(self, *args, city: City, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = Contact.objects.filter(terms__city=city).distinct()
        self.fields["name"].required = False
        self.fields["started_on"].initial = timezone.localdate

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("contact"):
            if not cleaned.get("name"):
                self.add_error("name", _("Write the name, or choose somebody in the list."))
            if not cleaned.get("email") and "email" not in self.errors:
                self.add_error("email", _("Write the address that letters shall reach."))
        return cleaned


class EndForm(forms.Form):
    ended_on = forms.DateField(
        label=gettext_lazy("First day out of office"), widget=forms.DateInput, initial=timezone.localdate
    )

    def clean_ended_on(self):
        day = self.cleaned_data["ended_on"]
        if day > timezone.localdate() + timedelta(days=366 * 5):
            raise forms.ValidationError(_("Choose a day within the next five years."))
        return day
