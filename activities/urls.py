from django.urls import path

from . import views

app_name = "activities"
urlpatterns = [
    path("", views.activity_list, name="list"),
    path("<int:pk>/", views.activity_detail, name="detail"),
    path("<int:pk>/register/", views.registration_new, name="register"),
    path("<int:pk>/calendar.ics", views.calendar_entry, name="calendar"),
    path("registrations/<int:pk>/", views.registration_detail, name="registration"),
    path("registrations/<int:pk>/cancel/", views.registration_cancel, name="cancel"),
    path("materials/<int:pk>/", views.material, name="material"),
    path("certificates/<str:code>/", views.certificate, name="certificate"),
    path("feed/<str:token>.ics", views.feed, name="feed"),
]
