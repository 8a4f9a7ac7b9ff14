"""Input about cities, turned into clean values."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .gaps import Gap
from .languages import CODES, named
from .models import City, PolicyArea

MARKDOWN = gettext_lazy("You can use Markdown: **bold**, lists with -, links as [text](address).")


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


class MineForm(forms.Form):
    """What to look for among one's own cities. A value that does not exist filters nothing."""

    gap = forms.ChoiceField(
        label=gettext_lazy("What is missing"),
        required=False,
        choices=[("", gettext_lazy("All of them")), *Gap.choices],
    )


class AskForm(forms.Form):
    """Another name or legal status of a city; the unit decides."""

    name = forms.CharField(label=gettext_lazy("Name of the city"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("Legal status of the city"), choices=City.Kind.choices)
    note = forms.CharField(
        label=gettext_lazy("Why"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("For the unit, for example the decision of the council."),
    )

    def __init__(self, *args, city: City, **kwargs):
        super().__init__(*args, initial={"name": city.name, "kind": city.kind}, **kwargs)
        self.city = city

    def wanted(self) -> dict[str, dict[str, str]]:
        """The requests, by kind; only what differs from what stands."""
        name, kind = self.cleaned_data["name"].strip(), self.cleaned_data["kind"]
        return {
            **({"name": {"name": name}} if name != self.city.name else {}),
            **({"status": {"kind": kind}} if kind != self.city.kind else {}),
        }

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not self.wanted():
            self.add_error("name", _("Write another name, or choose another legal status."))
        return cleaned
