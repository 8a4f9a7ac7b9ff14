"""Writing to the unit, and answering a city."""

from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cities.models import City
from common.uploads import DOCUMENTS, PICTURES, check_upload

from .services import Upload

MAX_FILES = 5
MAX_LENGTH = 10_000
FILE_CLASSES = "block w-full text-sm"  # in the administration


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Up to MAX_FILES files, each checked by its content; cleans to a list of `Upload`."""

    widget = FilesInput(attrs={"multiple": True})

    def clean(self, data, initial=None):
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if len(files) > MAX_FILES:
            raise ValidationError(
                gettext("You chose %(count)s files. Send at most %(limit)s with one message.")
                % {"count": len(files), "limit": MAX_FILES}
            )
        return [Upload(self._name(file), self._kind(file), file) for file in files]

    def _kind(self, file) -> str:
        try:
            return check_upload(file, DOCUMENTS | PICTURES)
        except ValidationError as error:
            raise ValidationError([f"{file.name}: {sentence}" for sentence in error.messages]) from None

    def _name(self, file) -> str:
        return " ".join(file.name.split())[-150:]


class MessageForm(forms.Form):
    """A text with files; the token is made with the page, so that sending it twice writes it once."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(label=_("Message"), max_length=MAX_LENGTH, widget=forms.Textarea(attrs={"rows": 8}))
    files = FilesField(
        label=_("Files"), required=False,
        help_text=_("PDF, Word, Excel, PowerPoint, OpenDocument, JPEG or PNG; up to five files of 10 MB."),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["token"].initial = uuid4


class ThreadForm(MessageForm):
    city = forms.ModelChoiceField(label=_("City"), queryset=City.objects.none(), empty_label=None)
    subject = forms.CharField(
        label=_("Subject"), max_length=150,
        help_text=_("The unit gets it by e-mail, with a link; the message itself stays on the portal."),
    )  # fmt: skip
    field_order = ["city", "subject", "text", "files"]

    def __init__(self, *args, cities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["city"].queryset = cities
        self.fields["city"].widget.choices = self.fields["city"].choices
