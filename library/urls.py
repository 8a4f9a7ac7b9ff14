from django.urls import path

from . import views

app_name = "library"
urlpatterns = [
    path("", views.publication_list, name="list"),
    path("<int:pk>/", views.publication_detail, name="detail"),
    path("files/<int:pk>/", views.file, name="file"),
    path("practices/", views.practice_list, name="practices"),
    path("practices/new/", views.practice_edit, name="practice_new"),
    path("practices/<int:pk>/", views.practice_detail, name="practice"),
    path("practices/<int:pk>/edit/", views.practice_edit, name="practice_edit"),
    path("practices/<int:pk>/submit/", views.practice_submit, name="practice_submit"),
]
