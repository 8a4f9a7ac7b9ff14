"""Input about what a city shows of itself: texts in further languages, and a picture."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.pictures import check_picture

from .languages import named
from .models import City
from .models.page import TEXT_LANGUAGES


class Kept:
    """A form that is shown again after somebody else saved: what was typed stays, the version is the one that stands."""

    def keep(self, version: int) -> None:
        self.add_error(
            None, _("Somebody else saved this while you were writing. Compare with what stands now, then save again.")
        )
        self.data = self.data.copy()
        self.data["version"] = str(version)


class TextLanguageForm(forms.Form):
    language = forms.ChoiceField(label=gettext_lazy("Language"))

    def __init__(self, *args, city: City, taken: set[str], **kwargs):
        super().__init__(*args, **kwargs)
        free = [code for code in TEXT_LANGUAGES if code not in taken]
        own = [code for code in free if code in city.languages]  # the languages of its officials come first
        self.fields["language"].choices = [
            ("", _("Choose")), *named(own), *named(code for code in free if code not in own)
        ]  # fmt: skip


class TextForm(Kept, forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Profile in this language"),
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("Markdown works. Leave it empty to take the text away."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class PictureForm(Kept, forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Picture"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=gettext_lazy(
            "JPEG, PNG or WebP, at most 10 MB. The portal makes it smaller and takes away what the camera noted, such as the place."
        ),
    )
    alt_en = forms.CharField(
        label=gettext_lazy("Description in English"),
        max_length=300,
        help_text=gettext_lazy("What it shows, in a sentence, for those who cannot see it."),
    )
    alt_fr = forms.CharField(
        label=gettext_lazy("Description in French"),
        max_length=300,
        help_text=gettext_lazy("The same in French."),
    )
    credit = forms.CharField(
        label=gettext_lazy("Credit"),
        required=False,
        max_length=150,
        help_text=gettext_lazy("Whom to name as the author, for example the city or a photographer."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(self, *args, is_first: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].required = is_first

    def clean_file(self):
        if file := self.cleaned_data["file"]:
            check_picture(file)
        return file or None
