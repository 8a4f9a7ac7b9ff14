"""Who signs, in the administration: the picture is checked, kept under the name of its content, and shown."""

from django import forms
from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanSwitchWidget

from common.admin import TranslatedAdmin
from common.files import keep_once

from .models import Signatory
from .signatures import clean_picture, data_uri


class SignatoryForm(forms.ModelForm):
    picture = forms.FileField(
        label=gettext_lazy("New signature"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=gettext_lazy("PNG with a transparent or white ground, or a plain SVG drawing."),
    )
    forget = forms.BooleanField(
        label=gettext_lazy("Take the signature away"), required=False, widget=UnfoldBooleanSwitchWidget
    )

    class Meta:
        model = Signatory
        fields = ["name", "title_en", "title_fr", "initials"]

    def clean_picture(self):
        picture = self.cleaned_data["picture"]
        return clean_picture(picture) if picture else None

    def save(self, commit: bool = True) -> Signatory:
        """A picture has the name of its content, so the same one is kept once."""
        if self.cleaned_data["forget"]:
            self.instance.image = ""
        elif picture := self.cleaned_data["picture"]:
            self.instance.image = keep_once(f"signatures/{picture.name}", picture.read())
        return super().save(commit)


@admin.register(Signatory)
class SignatoryAdmin(TranslatedAdmin):
    form = SignatoryForm
    list_display = ["name", "title", "initials", "has_signature"]
    search_fields = ["name", "title_en", "title_fr"]
    readonly_fields = ["signature"]
    fieldsets = [(None, {"fields": ["name", "title_en", "title_fr", "initials", "signature", "picture", "forget"]})]

    @admin.display(description=gettext_lazy("signature"), boolean=True)
    def has_signature(self, signatory: Signatory) -> bool:
        return bool(signatory.image)

    @admin.display(description=gettext_lazy("signature"))
    def signature(self, signatory: Signatory) -> str:
        if not signatory.image:
            return _("none: letters leave room to sign by hand")
        return format_html(
            '<img class="bg-white max-w-xs p-2" src="{}" alt="{}">', data_uri(signatory.image), signatory.name
        )
