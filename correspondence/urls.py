from django.urls import path

from . import views

app_name = "correspondence"
urlpatterns = [
    path("<str:token>/", views.office, name="office"),
    path("<str:token>/received/", views.office_received, name="office-received"),
    path("<str:token>/mayor/", views.office_mayor, name="office-mayor"),
    path("<str:token>/<int:number>/", views.office_file, name="office-file"),
]
