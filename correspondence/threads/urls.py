from django.urls import path

from . import views

app_name = "exchanges"
urlpatterns = [
    path("", views.thread_list, name="list"),
    path("new/", views.thread_new, name="new"),
    path("<int:pk>/", views.thread, name="thread"),
    path("files/<int:pk>/", views.file, name="file"),
]
