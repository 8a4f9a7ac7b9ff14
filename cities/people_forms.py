"""Input about the people of a city, turned into clean values."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import CITY_OFFICES, City, Contact, Office, Term
from .models.people import INVITABLE, SINGLE_OFFICES

FAR = timedelta(days=366 * 5)


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


class StartMixin(forms.Form):
    """The day on which a term begins: known for the past, not too far ahead."""

    started_on = forms.DateField(label=gettext_lazy("In office from"), widget=forms.DateInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["started_on"].initial = timezone.localdate

    def clean_started_on(self):
        day = self.cleaned_data["started_on"]
        if day > timezone.localdate() + FAR:
            raise forms.ValidationError(_("Choose a day within the next five years."))
        return day


class PersonForm(StartMixin, ContactForm):
    """A new person in an office of the city that several may hold."""

    office = forms.ChoiceField(label=gettext_lazy("Office"))
    invites = forms.BooleanField(
        label=gettext_lazy("Invite this person to the portal"),
        required=False,
        initial=True,
        help_text=gettext_lazy(
            "For deputy coordinators and officials: they get a link by e-mail, and then act for the city as you do. Who has an account already is told by e-mail."
        ),
    )
    field_order = ["office", "name", "email", "language", "invites", "started_on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        choices = [o for o in (*INVITABLE, *CITY_OFFICES) if o not in SINGLE_OFFICES]
        self.fields["office"].choices = [("", _("Choose")), *((o.value, o.label) for o in dict.fromkeys(choices))]

    def clean(self):
        cleaned = super().clean()
        cleaned["invites"] = cleaned.get("invites", False) and cleaned.get("office") in INVITABLE
        return cleaned


class AppointForm(StartMixin, ContactForm):
    """Who takes over an office that one person holds: somebody known, or a new person.

    The address and salutation of the office are carried over, when they are those of the office; the person decides.
    """

    contact = forms.ModelChoiceField(
        label=gettext_lazy("Somebody already in the list"),
        queryset=Contact.objects.none(),
        required=False,
        empty_label=gettext_lazy("A new person, as below"),
        help_text=gettext_lazy("What is written below then replaces what the portal knows of that person."),
    )
    instead_of = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = ["contact", "name", "started_on", "email", "salutation"]

    def __init__(self, *args, city: City, running: Term | None = None, **kwargs):
        kwargs["initial"] = self.carried_over(running) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        known = Contact.objects.filter(terms__city=city).distinct()
        self.fields["contact"].queryset = known.exclude(pk=running.contact_id) if running else known
        self.fields["name"].required = False
        if running:
            self.fields["started_on"].help_text = _(
                "The running term ends on this day. A day to come is possible: until then nothing changes."
            )
            self.fields["email"].help_text = self.says_of_address(running.contact)

    @staticmethod
    def carried_over(running: Term | None) -> dict[str, object]:
        if running is None:
            return {"instead_of": None}
        contact, kept = running.contact, ("email", "salutation", "phone")
        stays = contact.has_office_address and not contact.user_id  # the address of an account is that of a person
        values = {name: getattr(contact, name) for name in kept} if stays else {}
        return {"instead_of": running.pk, "language": contact.language, **values}

    @staticmethod
    def says_of_address(contact: Contact) -> str:
        if contact.email and contact.user_id:
            return _("%(address)s opens the account of the person so far, so it is not carried over.") % {
                "address": contact.email
            }
        if contact.has_office_address:
            return _("The address of the office, carried over. Write another one if letters shall go there.")
        if contact.email:
            return _("%(address)s looks like the person's own address, so it is not carried over.") % {
                "address": contact.email
            }
        return ""

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("contact"):
            if not cleaned.get("name"):
                self.add_error("name", _("Write the name, or choose somebody in the list."))
            if not cleaned.get("email") and "email" not in self.errors:
                self.add_error("email", _("Write the address that letters shall reach."))
        return cleaned


class HandOverForm(AppointForm):
    """A new coordinator; whoever leaves may stay in a lesser office, and the new one is invited to the portal."""

    invites = forms.BooleanField(
        label=gettext_lazy("Invite the new coordinator to the portal, unless there is an account already"),
        required=False,
        initial=True,
    )
    stays_as = forms.ChoiceField(
        label=gettext_lazy("Whoever coordinated so far"),
        required=False,
        widget=forms.RadioSelect,
        choices=[("", gettext_lazy("leaves: from that day on no access for this city"))]
        + [(o.value, o.label) for o in INVITABLE],
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not kwargs.get("running"):
            del self.fields["stays_as"]


class StartForm(StartMixin):
    """Another first day for a term."""


class EndForm(forms.Form):
    ended_on = forms.DateField(
        label=gettext_lazy("First day out of office"), widget=forms.DateInput, initial=timezone.localdate
    )
    reason = forms.CharField(
        label=gettext_lazy("Why nobody follows"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The unit reads it, and so do your deputies. Better: hand the coordination over."),
    )

    def __init__(self, *args, term: Term, **kwargs):
        super().__init__(*args, **kwargs)
        if term.office != Office.COORDINATOR:
            del self.fields["reason"]

    def clean_ended_on(self):
        day = self.cleaned_data["ended_on"]
        if day > timezone.localdate() + FAR:
            raise forms.ValidationError(_("Choose a day within the next five years."))
        return day


class ElectionForm(forms.ModelForm):
    class Meta:
        model = City
        fields = ["election_on"]
        labels = {"election_on": gettext_lazy("Day of the next local election")}
        help_texts = {
            "election_on": gettext_lazy(
                "Leave it empty when no day is set. After the election the portal asks who is mayor."
            )
        }
        widgets = {"election_on": forms.DateInput}
