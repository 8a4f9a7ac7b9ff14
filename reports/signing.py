"""Who signs the letters of a report: chosen while it is drafted, frozen with the facts."""

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from common.exceptions import Refused
from correspondence.models import Signatory

from .models import AnnualReport
from .services import locked


class SignatoryForm(forms.Form):
    signatory = forms.ModelChoiceField(
        label=gettext_lazy("Who signs"),
        queryset=Signatory.objects.all(),
        required=False,
        empty_label=gettext_lazy("The head of the unit, without a name"),
    )


@transaction.atomic
def choose_signatory(report: AnnualReport, signatory: Signatory | None, *, by: User) -> AnnualReport:
    """Who signs the letters to the mayors. Raises Refused once the facts are frozen: the letters are among them."""
    report = locked(report)
    if report.status != AnnualReport.Status.DRAFTING:
        raise Refused([_("The facts are frozen, and who signs with them. Reopen the report to change it.")])
    report.signatory = signatory
    report.save(update_fields=["signatory"])
    return report
