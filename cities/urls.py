from django.urls import path

from . import views

app_name = "cities"
urlpatterns = [
    path("", views.city_list, name="list"),
    path("<slug:slug>/edit/", views.edit, name="edit"),
    path("<slug:slug>/steps/<int:pk>/document/", views.step_document, name="step_document"),
    path("<slug:slug>/people/", views.people, name="people"),
    path("<slug:slug>/people/add/", views.person_add, name="person_add"),
    path("<slug:slug>/people/appoint/<slug:office>/", views.person_appoint, name="person_appoint"),
    path("<slug:slug>/people/<int:pk>/", views.person_edit, name="person_edit"),
    path("<slug:slug>/people/<int:pk>/confirm/", views.term_confirm, name="term_confirm"),
    path("<slug:slug>/people/<int:pk>/end/", views.term_end, name="term_end"),
]
