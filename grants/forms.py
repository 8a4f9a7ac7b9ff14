"""What people type into the grants pages, as clean values."""

import re
from decimal import Decimal, InvalidOperation

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cities.models import City

from .models import Application, Award, BudgetLine

SPACES = re.compile(r"[\s\u00a0\u202f€]|EUR", re.IGNORECASE)
PLAIN = re.compile(r"-?\d+([.,]\d{1,2})?")
GROUPED = {"en": re.compile(r"-?\d{1,3}(,\d{3})+(\.\d{1,2})?"), "fr": re.compile(r"-?\d{1,3}(\.\d{3})+(,\d{1,2})?")}
LONG = 6000


def read_euros(text: str) -> Decimal:
    """ "1 200,50", "1200.5", "€1,200.50" (English) or "1.200,50" (French). Raises ValueError on anything unclear."""
    text = SPACES.sub("", text)
    grouped = GROUPED["fr" if (get_language() or "").startswith("fr") else "en"]
    if grouped.fullmatch(text):
        text = text.replace(".", "").replace(",", ".") if grouped is GROUPED["fr"] else text.replace(",", "")
    elif not PLAIN.fullmatch(text):
        raise ValueError
    try:
        return Decimal(text.replace(",", ".")).quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise ValueError from error


class EuroField(forms.Field):
    """Euros to the cent, written as people in either language write them."""

    def __init__(self, *, maximum: Decimal = Decimal("99999999.99"), **kwargs):
        self.maximum = maximum
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 12}))
        super().__init__(**kwargs)

    def prepare_value(self, value):
        return f"{value:.2f}" if isinstance(value, Decimal) else value

    def to_python(self, value) -> Decimal | None:
        if value in (None, ""):
            return None
        if isinstance(value, Decimal):
            return value
        try:
            amount = read_euros(str(value))
        except ValueError:
            raise ValidationError(_("Enter an amount in euros, such as 1200.50.")) from None
        if amount < 0:
            raise ValidationError(_("The amount cannot be negative."))
        if amount > self.maximum:
            raise ValidationError(_("The amount is too large."))
        return amount

    def has_changed(self, initial, data) -> bool:
        return bool(data) if initial is None else super().has_changed(initial, data)


class StartForm(forms.Form):
    lead_city = forms.ModelChoiceField(
        City.objects.none(),
        label=gettext_lazy("Which city leads the project?"),
        empty_label=None,
        widget=forms.RadioSelect,
    )
    title = forms.CharField(
        label=gettext_lazy("Title of the project"), max_length=200, help_text=gettext_lazy("You can change it later.")
    )

    def __init__(self, *args, cities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["lead_city"].queryset = cities
        rows = list(cities)
        if len(rows) == 1:
            self.fields["lead_city"].initial = rows[0]
            self.fields["lead_city"].widget = forms.HiddenInput()
            self.initial.setdefault("lead_city", rows[0].pk)


class ProjectForm(forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Application
        fields = ["title", "theme", "summary", "objectives", "activities"]
        help_texts = {
            "theme": gettext_lazy("In a few words, for example “Intercultural communication”."),
            "summary": gettext_lazy(
                "What the project is about, so that a reader who knows none of the cities understands it."
            ),
            "objectives": gettext_lazy("What will have changed at the end, and how you will know."),
            "activities": gettext_lazy("What happens, where, and when."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("summary", "objectives", "activities"):
            field = self.fields[name]
            field.max_length = LONG
            field.validators.append(_at_most(LONG))

    def _post_clean(self):
        """The service writes the row, against its version; validating must not change it."""


def _at_most(limit: int):
    def check(text: str) -> None:
        if len(text) > limit:
            raise ValidationError(
                _("The text has %(length)d characters. Shorten it to %(limit)d.")
                % {"length": len(text), "limit": limit}
            )

    return check


class InviteForm(forms.Form):
    city = forms.ModelChoiceField(
        City.objects.none(),
        label=gettext_lazy("City to invite"),
        empty_label=gettext_lazy("Choose a member city"),
        error_messages={"invalid_choice": gettext_lazy("Choose a member city that is not yet in the consortium.")},
    )

    def __init__(self, *args, cities, shown, **kwargs):
        """Any of `cities` may be chosen; the list offers the ones in `shown`."""
        super().__init__(*args, **kwargs)
        field = self.fields["city"]
        field.queryset = cities
        rows = [(city.pk, f"{city.name} ({city.country.name})") for city in shown]
        field.widget.choices = [("", field.empty_label), *rows]


class FindCityForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Find a city by name or country"), required=False, widget=forms.SearchInput()
    )


class AnswerForm(forms.Form):
    takes_part = forms.TypedChoiceField(
        label=gettext_lazy("Does your city take part?"),
        choices=[
            ("yes", gettext_lazy("Yes, we take part as a partner")),
            ("no", gettext_lazy("No, we do not take part")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whether your city takes part.")},
    )


class BudgetLineForm(forms.Form):
    heading = forms.ChoiceField(label=gettext_lazy("Heading"), choices=[("", "–"), *BudgetLine.Heading.choices])
    label = forms.CharField(label=gettext_lazy("What for"), max_length=150)
    amount = EuroField(label=gettext_lazy("Grant asked for, in euros"))
    cofinancing = EuroField(label=gettext_lazy("Co-financing, in euros"), required=False)

    def clean_cofinancing(self) -> Decimal:
        return self.cleaned_data["cofinancing"] or Decimal("0.00")

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("heading", "label", "amount", "cofinancing")}


class BudgetFormSet(forms.BaseFormSet):
    def rows(self) -> list[dict]:
        """The lines to keep: those that are filled in and not marked for removal."""
        return [form.values for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Remove this line")


BudgetLineFormSet = forms.formset_factory(
    BudgetLineForm, formset=BudgetFormSet, extra=3, can_delete=True, max_num=60, absolute_max=60
)


class VersionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)


class DeclarationForm(forms.Form):
    is_accurate = forms.BooleanField(
        label=gettext_lazy("What is written here is accurate, and every partner city knows the budget."),
        error_messages={"required": gettext_lazy("Confirm that what is written here is accurate.")},
    )


class InterestForm(forms.Form):
    has_conflict = forms.TypedChoiceField(
        label=gettext_lazy("Do you have an interest in this application?"),
        help_text=gettext_lazy(
            "For example: you work or worked for one of the cities, are close to someone who wrote it, or would gain from the grant."
        ),
        choices=[
            ("no", gettext_lazy("No, I have no interest in it")),
            ("yes", gettext_lazy("Yes, I have an interest in it")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say whether you have an interest in this application.")},
    )


class ScoreForm(forms.Form):
    score = forms.DecimalField(
        label=gettext_lazy("Score"),
        help_text=gettext_lazy("From 0 to 100."),
        min_value=0,
        max_value=100,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 6}),
        error_messages={
            "invalid": gettext_lazy("Enter a number from 0 to 100."),
            "min_value": gettext_lazy("Give a score from 0 to 100."),
            "max_value": gettext_lazy("Give a score from 0 to 100."),
        },
    )
    comment = forms.CharField(
        label=gettext_lazy("Reasons"),
        max_length=LONG,
        widget=forms.Textarea,
        help_text=gettext_lazy("The committee reads them; the applicants do not."),
    )


def _years() -> list[tuple[str, str]]:
    years = Award.objects.exclude(year=None).order_by("-year").values_list("year", flat=True).distinct()
    return [("", _("All years")), *((str(year), str(year)) for year in years), ("unknown", _("Year not found"))]


def _themes() -> list[tuple[str, str]]:
    themes = Award.objects.exclude(theme="").order_by("theme").values_list("theme", flat=True).distinct()
    return [("", _("All themes")), *((theme, theme) for theme in themes)]


class AwardFilterForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("Search"), required=False, widget=forms.SearchInput())
    year = forms.ChoiceField(label=gettext_lazy("Year"), required=False)
    theme = forms.ChoiceField(label=gettext_lazy("Theme"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["year"].choices, self.fields["theme"].choices = _years(), _themes()
