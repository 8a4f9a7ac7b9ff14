"""Every page, once under /en/ and once under /fr/."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from accounts.views import root
from icc_portal import city_page, demo_page, mailbox, views
from icc_portal.privacy import views as privacy
from icc_portal.see_as import views as see_as

urlpatterns = [
    path("", root, name="root"),
    path("healthz", views.healthz, name="healthz"),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("demo/", demo_page.demo, name="demo"),
        path("about/", views.about, name="about"),
        path("facts/", views.facts_and_figures, name="facts"),
        path("search/", views.search_all, name="search"),
        path("privacy/", privacy.privacy, name="privacy"),
        path("accessibility/", views.accessibility, name="accessibility"),
        path("staff/see-as/", see_as.choose_city, name="see_as"),
        path("staff/see-as/stop/", see_as.stop, name="see_as_stop"),
        path("staff/see-as/<slug:slug>/", see_as.choose_official, name="see_as_official"),
        path("staff/components/", views.components, name="components"),
        path("demo/mailbox/", mailbox.mailbox, name="mailbox"),
        path("demo/mailbox/<str:name>/", mailbox.mail, name="mail"),
        path("demo/mailbox/<str:name>/html/", mailbox.mail_html, name="mail_html"),
        path("demo/mailbox/<str:name>/<int:number>/", mailbox.mail_attachment, name="mail_attachment"),
        path("account/data/", privacy.my_data, name="my_data"),
        path("account/data/listing/", privacy.my_listing, name="my_listing"),
        path("account/data/export/", privacy.my_export, name="my_export"),
        path("account/data/export.json", privacy.my_export_json, name="my_export_json"),
        path("account/", include("accounts.urls")),
        path("account/", include("allauth.urls")),
        path("cities/compare/", city_page.compare, name="compare"),
        path("cities/", include("cities.urls")),
        path("cities/<slug:slug>/", city_page.city, name="city"),
        path("cities/<slug:slug>/pdf/", city_page.city_pdf, name="city_pdf"),
        path("letters/", include("correspondence.urls")),
        path("exchanges/", include("correspondence.threads.urls")),
        path("activities/", include("activities.urls")),
        path("grants/", include("grants.urls")),
        path("library/", include("library.urls")),
        path("reports/", include("reports.urls")),
        path("admin/", admin.site.urls),
    ),
]
