"""What the components page shows: one of each field, and words long enough to break a weak layout."""

from datetime import UTC, date, datetime
from decimal import Decimal

from django import forms
from django.core.paginator import Paginator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class ExampleForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title of the project"), max_length=200)
    reference = forms.CharField(label=gettext_lazy("Your own reference"), required=False)
    summary = forms.CharField(
        label=gettext_lazy("Summary"),
        help_text=gettext_lazy("What will be different for the people of your city?"),
        max_length=500,
        widget=forms.Textarea,
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"),
        choices=[
            ("", gettext_lazy("Choose a theme")),
            ("a", gettext_lazy("Anti-rumours")),
            ("p", gettext_lazy("Participation")),
        ],
    )
    format = forms.ChoiceField(
        label=gettext_lazy("Where will it take place?"),
        choices=[
            ("o", gettext_lazy("Online")),
            ("p", gettext_lazy("In person")),
            ("h", gettext_lazy("Both")),
        ],
        widget=forms.RadioSelect,
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Working languages"),
        help_text=gettext_lazy("Select all that apply."),
        choices=[
            ("en", gettext_lazy("English")),
            ("fr", gettext_lazy("French")),
            ("uk", "Українська"),
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    starts_on = forms.DateField(label=gettext_lazy("First day"), widget=forms.DateInput)
    letter = forms.FileField(
        label=gettext_lazy("Letter of commitment"),
        help_text=gettext_lazy("A PDF of at most 10 MB."),
    )
    agree = forms.BooleanField(
        label=gettext_lazy("I declare that the costs are not covered by another grant"),
        help_text=gettext_lazy("The unit may ask for evidence."),
    )


class PartnerForm(forms.Form):
    city = forms.CharField(label=gettext_lazy("City"))
    email = forms.EmailField(label=gettext_lazy("E-mail address"), required=False)


class FilterForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("Name"), required=False)
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        required=False,
        choices=[("", gettext_lazy("All countries")), ("no", gettext_lazy("Norway"))],
    )


TEXT = """\
## Why cities join

Intercultural cities **manage diversity as an asset**: in their [policies](https://www.coe.int/interculturalcities),
their services and their public space.

1. Listen to residents of every background.
2. Act on the evidence of the Index.

> Diversity works best where people meet.
"""


def example() -> dict:
    grants = [
        ("Bilbao", _("Neighbourhood dialogues"), Decimal(14900)),
        (
            "Botkyrka",
            _("Young voices in the planning of the town centre"),
            Decimal("9750.50"),
        ),
        (
            "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
            _("Anti-rumours"),
            Decimal(8200),
        ),
    ]
    return {
        "at": datetime(2026, 4, 20, 18, 0, tzinfo=UTC),
        "on": date(2026, 5, 1),
        "amount": Decimal(14900),
        "grants": grants,
        "total": sum(amount for _city, _project, amount in grants),
        "page": Paginator(range(200), 10).page(7),
        "text": TEXT,
    }
