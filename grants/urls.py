from django.urls import path

from .views import applications, assessments, public

app_name = "grants"
urlpatterns = [
    path("", public.calls, name="calls"),
    path("<int:pk>/", public.call, name="call"),
    path("<int:pk>/apply/", applications.start, name="start"),
    path("awards/", public.awards, name="awards"),
    path("awards.csv", public.awards_csv, name="awards_csv"),
    path("applications/<int:pk>/", applications.application, name="application"),
    path("applications/<int:pk>/project/", applications.project, name="project"),
    path("applications/<int:pk>/cities/", applications.consortium, name="consortium"),
    path("applications/<int:pk>/cities/<int:partner_pk>/remove/", applications.remove, name="remove"),
    path("applications/<int:pk>/cities/<int:partner_pk>/answer/", applications.answer, name="answer"),
    path("applications/<int:pk>/budget/", applications.budget, name="budget"),
    path("applications/<int:pk>/budget/<int:partner_pk>/", applications.budget_lines, name="budget_lines"),
    path("applications/<int:pk>/check/", applications.check, name="check"),
    path("applications/<int:pk>/submitted/", applications.submitted, name="submitted"),
    path("applications/<int:pk>/receipt.pdf", applications.receipt, name="receipt"),
    path("assessments/", assessments.assessments, name="assessments"),
    path("assessments/<int:pk>/", assessments.assessment, name="assessment"),
]
