"""Forms of the administration."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from common.exceptions import Refused, Stale

from . import services
from .models import AnnualReport, Chapter


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


class ChapterForm(forms.ModelForm):
    """Both languages of a chapter. `opened` is the version that the person began from."""

    opened = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Chapter
        fields = ["text_en", "text_fr"]
        widgets = {
            "text_en": UnfoldAdminTextareaWidget(attrs={"rows": 18}),
            "text_fr": UnfoldAdminTextareaWidget(attrs={"rows": 18}),
        }

    user = None

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opened"].initial = self.instance.version

    def clean(self) -> dict:
        """Saves the chapter, so that a refusal stands beside what was typed and nothing typed is lost."""
        cleaned = super().clean()
        if self.errors or not self.has_changed():
            return cleaned
        try:
            self.instance = services.save_chapter(
                self.instance,
                text_en=cleaned.get("text_en") or "",
                text_fr=cleaned.get("text_fr") or "",
                version=cleaned["opened"],
                by=self.user,
            )
        except Stale as stale:
            self.data = self.data.copy()
            self.data[self.add_prefix("opened")] = stale.current.version
            theirs = [
                _("Somebody else saved this chapter meanwhile. Compare the two texts below and save yours again."),
                _("Saved meanwhile, in English: %(text)s") % {"text": stale.current.text_en},
                _("Saved meanwhile, in French: %(text)s") % {"text": stale.current.text_fr},
            ]
            raise Refused(theirs) from stale
        return cleaned

    def save(self, commit: bool = True) -> Chapter:
        self.save_m2m = lambda: None
        return self.instance
