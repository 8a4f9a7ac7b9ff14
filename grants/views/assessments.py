"""The assessor's pages: what is assigned, interests first, then the score. Nothing of it is visible to applicants."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from common.exceptions import Refused
from common.kept import kept

from .. import services
from ..forms import InterestForm, ScoreForm
from ..models import Application, Assessment
from ..permissions import may_assess
from ..receipt import readable


def assessments(request: HttpRequest) -> HttpResponse:
    if not request.user.is_assessor:
        raise PermissionDenied
    rows = (
        Assessment.objects.filter(assessor=request.user).select_related("application__call").order_by("scored_at", "pk")
    )
    return render(request, "grants/assessments.html", {"rows": [(row, *row.state) for row in rows]})


def assessment(request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.is_assessor:
        raise PermissionDenied
    rows = Assessment.objects.filter(assessor=request.user).select_related("application__call")
    assessment = get_object_or_404(rows, pk=pk)
    if not may_assess(request.user, assessment):
        raise PermissionDenied
    application, now = assessment.application, timezone.now()
    is_settled = application.status != Application.Status.SUBMITTED
    derived = [] if is_settled else list(services.derived_interests(request.user, application, now))
    is_declared = assessment.has_conflict is not None
    may_score = is_declared and not assessment.has_conflict and not derived
    form_class = ScoreForm if may_score else InterestForm
    initial = {"score": assessment.score, "comment": assessment.comment} if may_score else None
    form = form_class(request.POST or kept(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        act = services.score_application if may_score else services.declare_interest
        try:
            act(assessment, **form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Your score is saved.") if may_score else _("Your declaration is saved."))
            return redirect("grants:assessments" if may_score else request.path)
    context = {
        "assessment": assessment,
        "application": application,
        "it": readable(application.frozen),
        "derived": derived,
        "may_score": may_score,
        "is_settled": is_settled,
        "is_excluded": bool(derived) or assessment.has_conflict,
        "form": form,
    }
    return render(request, "grants/assessment.html", context)
