"""Forms of the administration, and of the pages on which networks and cities contribute."""

from django import forms
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from cities.models import NationalNetwork

from . import services
from .models import AnnualReport


class DayInput(UnfoldAdminTextInputWidget):
    """The browser's own picker of a day."""

    input_type = "date"

    def format_value(self, value) -> str | None:
        return value.isoformat() if hasattr(value, "isoformat") else value


class NewReportForm(forms.ModelForm):
    class Meta:
        model = AnnualReport
        fields = ["year"]

    user = None

    def clean(self) -> dict:
        """Creates the report, so that a refusal stands beside what was typed."""
        cleaned = super().clean()
        if year := cleaned.get("year"):
            self.instance = services.create_report(year, by=self.user)
        return cleaned

    def _post_clean(self) -> None:
        """The service has written the row."""

    def save(self, commit: bool = True) -> AnnualReport:
        self.save_m2m = lambda: None
        return self.instance


class FreezeForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("What was corrected"),
        required=False,
        max_length=250,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Needed from the second time on; it stays on record."),
    )


class ChapterForm(forms.Form):
    """Both languages of a chapter. `opened` is the version that the person began from."""

    text_en = forms.CharField(
        label=gettext_lazy("English"),
        required=False,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 18, "lang": "en", "spellcheck": "true"}),
    )
    text_fr = forms.CharField(
        label=gettext_lazy("French"),
        required=False,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 18, "lang": "fr", "spellcheck": "true"}),
    )
    opened = forms.IntegerField(widget=forms.HiddenInput)

    def texts(self) -> dict[str, str]:
        """By language, with the line ends that the database keeps."""
        return {code: (self[f"text_{code}"].value() or "").replace("\r\n", "\n") for code in ("en", "fr")}


class AskNetworksForm(forms.Form):
    """Which networks are asked for their section; all of them unless some are unticked."""

    networks = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Networks"),
        queryset=NationalNetwork.objects.all(),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        error_messages={"required": gettext_lazy("Choose at least one network.")},
    )
    due_on = forms.DateField(label=gettext_lazy("To hand in by"), widget=DayInput)


class ReturnForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("What should change"), max_length=2000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 5})
    )
    due_on = forms.DateField(label=gettext_lazy("To hand in by"), widget=DayInput)


class RoundForm(forms.Form):
    until = forms.DateField(
        label=gettext_lazy("Last day to answer"),
        widget=DayInput,
        help_text=gettext_lazy("After this day, silence counts as agreed and is recorded."),
    )


class SkipForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=250, widget=UnfoldAdminTextInputWidget)


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("Answer to the city"),
        max_length=3000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        help_text=gettext_lazy("What was corrected, or why the sheet stays as it is. The city gets it by mail."),
    )


class SectionForm(forms.Form):
    """The section of a network; `version` is the one that the person began from."""

    text_en = forms.CharField(label=gettext_lazy("Text in English"), required=False, widget=forms.Textarea)
    text_fr = forms.CharField(label=gettext_lazy("Text in French"), required=False, widget=forms.Textarea)
    version = forms.IntegerField(widget=forms.HiddenInput)


class CorrectionForm(forms.Form):
    request = forms.CharField(
        label=gettext_lazy("What should be corrected"),
        max_length=3000,
        widget=forms.Textarea,
        help_text=gettext_lazy("Say what is wrong and what it should say; a link to a source helps."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
