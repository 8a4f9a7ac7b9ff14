from django.urls import path

from . import views

app_name = "cities"
urlpatterns = [
    path("", views.city_list, name="list"),
    path("mine/", views.mine, name="mine"),
    path("act/", views.act, name="act"),
    path("land/<slug:extent>.svg", views.outlines, name="land"),
    path("<slug:slug>/write/<int:pk>/", views.write, name="write"),
    path("<slug:slug>/similar/", views.similar_cities, name="similar"),
    path("<slug:slug>/edit/", views.edit, name="edit"),
    path("<slug:slug>/texts/", views.texts, name="texts"),
    path("<slug:slug>/texts/<slug:language>/", views.text, name="text"),
    path("<slug:slug>/picture/", views.picture, name="picture"),
    path("<slug:slug>/picture/remove/", views.picture_remove, name="picture_remove"),
    path("<slug:slug>/picture/<slug:token>.jpg", views.picture_file, name="picture_file"),
    path("<slug:slug>/steps/<int:pk>/document/", views.step_document, name="step_document"),
    path("<slug:slug>/ask/", views.ask, name="ask"),
    path("<slug:slug>/changes/", views.changes, name="changes"),
    path("<slug:slug>/people/", views.people, name="people"),
    path("<slug:slug>/people/confirm/", views.confirm_all, name="confirm_all"),
    path("<slug:slug>/people/election/", views.election, name="election"),
    path("<slug:slug>/people/add/", views.person_add, name="person_add"),
    path("<slug:slug>/people/appoint/<slug:office>/", views.person_appoint, name="person_appoint"),
    path("<slug:slug>/people/<int:pk>/", views.person_edit, name="person_edit"),
    path("<slug:slug>/people/<int:pk>/confirm/", views.term_confirm, name="term_confirm"),
    path("<slug:slug>/people/<int:pk>/end/", views.term_end, name="term_end"),
    path("<slug:slug>/people/<int:pk>/correct/", views.term_correct, name="term_correct"),
    path("<slug:slug>/people/<int:pk>/cancel/", views.term_cancel, name="term_cancel"),
    path("<slug:slug>/people/<int:pk>/invite/", views.invitation_send, name="invitation_send"),
    path("<slug:slug>/people/<int:pk>/withdraw/", views.invitation_withdraw, name="invitation_withdraw"),
]
