"""Writing to a colleague in another city."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.exceptions import Refused
from common.kept import kept

from .. import services
from ..models import City
from ..permissions import may_write_to_colleagues


class IntroductionForm(forms.Form):
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=120)
    text = forms.CharField(
        label=gettext_lazy("Message"), max_length=4000, widget=forms.Textarea(attrs={"rows": 8}), strip=True
    )
    copy = forms.BooleanField(label=gettext_lazy("Send me a copy"), required=False)


def write(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    city = get_object_or_404(City, slug=slug)
    now = timezone.now()
    if not may_write_to_colleagues(request.user, timezone.localdate(now)):
        raise PermissionDenied
    term = get_object_or_404(city.terms.select_related("contact"), pk=pk)
    if not term.may_be_written_to():
        raise Http404  # whether somebody holds the office is told of those who agreed to be listed only
    form = IntroductionForm(request.POST or kept(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.write_to_colleague(term, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(
                request,
                _("Your message is on its way. The answer comes to %(address)s.") % {"address": request.user.email},
            )
            return redirect(city)
    obstacles = [] if form.is_bound else list(services.introduction_obstacles(term, request.user, now))
    return render(request, "cities/write.html", {"city": city, "term": term, "form": form, "obstacles": obstacles})
