from django import forms
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from cities.models import PolicyArea
from common.text import language_name
from common.uploads import check_upload

from .models import GoodPractice, Publication


class PublicationFilter(forms.Form):
    q = forms.CharField(label=_("Search"), required=False)
    area = forms.ModelChoiceField(
        label=_("Policy area"), required=False, queryset=PolicyArea.objects.all(), empty_label=_("All policy areas")
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *Publication.Kind.choices])
    year = forms.TypedChoiceField(label=_("Year"), required=False, coerce=int, empty_value=None)
    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        years = Publication.objects.exclude(year=None).values_list("year", flat=True).distinct().order_by("-year")
        self.fields["year"].choices = [("", _("All years")), *((y, y) for y in years)]
        listed = Publication.objects.values_list("languages", flat=True).annotate(n=Count("pk")).order_by()
        codes = {code for row in listed for code in row.split("|") if code}
        named = sorted(((code, language_name(code)) for code in codes), key=lambda pair: str(pair[1]))
        self.fields["language"].choices = [("", _("All languages")), *named]


class PracticeForm(forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = GoodPractice
        fields = ["city", "title", "summary", "description", "policy_areas", "inspired_by"]
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 3}),
            "description": forms.Textarea(attrs={"rows": 12}),
            "policy_areas": forms.CheckboxSelectMultiple,
        }
        help_texts = {
            "summary": _("Two or three sentences for colleagues in other cities."),
            "description": _("What was the problem, what did you do, what did it cost, what changed? Markdown works."),
            "inspired_by": _("Did another city's practice give you the idea?"),
        }

    def __init__(self, *args, cities, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version
        self.fields["city"].queryset = cities
        self.fields["city"].empty_label = None
        self.fields["inspired_by"].queryset = GoodPractice.objects.filter(
            status=GoodPractice.Status.PUBLISHED
        ).select_related("city")
        self.fields["inspired_by"].label_from_instance = lambda practice: f"{practice.title} ({practice.city})"
        if self.instance.pk:
            del self.fields["city"]

    def texts(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("title", "summary", "description", "inspired_by")}


class PublicationFileForm(forms.ModelForm):
    def clean_file(self):
        file = self.cleaned_data["file"]
        if "file" in self.changed_data and file:
            check_upload(file)
        return file
