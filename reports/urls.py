from django.urls import path

from . import views

app_name = "reports"
urlpatterns = [
    path("", views.report_list, name="list"),
    path("<int:year>/", views.detail, name="detail"),
    path("<int:year>/report-<str:language>.pdf", views.report_pdf, name="pdf"),
    path("<int:year>/data-<str:language>.xlsx", views.annex, name="annex"),
    path("<int:year>/letters/<slug:slug>.pdf", views.letter, name="letter"),
    path("mayor/<str:token>/", views.mayor, name="mayor"),
    path("mayor/<str:token>/<str:what>.pdf", views.mayor_file, name="mayor-file"),
]
