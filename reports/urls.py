from django.urls import path

from . import contributions, views

app_name = "reports"
urlpatterns = [
    path("sections/<int:pk>/", contributions.section, name="section"),
    path("sections/<int:pk>/live/", contributions.section_live, name="section-live"),
    path("<int:year>/sheet/<slug:slug>/", contributions.sheet, name="sheet"),
    path("<int:year>/sheet/<slug:slug>/letter.pdf", contributions.sheet_pdf, name="sheet-pdf"),
    path("<int:year>/draft/<str:what>-<str:language>/", contributions.draft, name="draft"),
    path("", views.report_list, name="list"),
    path("<int:year>/", views.detail, name="detail"),
    path("<int:year>/report-<str:language>.pdf", views.report_pdf, name="pdf"),
    path("<int:year>/data-<str:language>.xlsx", views.annex, name="annex"),
    path("<int:year>/letters/<slug:slug>.pdf", views.letter, name="letter"),
]
