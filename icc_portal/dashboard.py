"""The administration's home, the state of the year, and its menu, ordered by what people do rather than by app."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cities.acting import cities_of
from icc_portal import gather

# Section of the menu, its apps, and the icon of each model; a model without one gets a dot.
MENU = [
    (gettext_lazy("Cities and people"), ["cities"]),
    (gettext_lazy("Activities"), ["activities"]),
    (gettext_lazy("Grants"), ["grants"]),
    (gettext_lazy("Library"), ["library"]),
    (gettext_lazy("Letters and mail"), ["correspondence", "mail"]),
    (gettext_lazy("Annual report"), ["reports"]),
    (gettext_lazy("System"), ["accounts", "auth", "admin"]),
]
ICONS = {
    "City": "location_city",
    "CityOffices": "supervisor_account",
    "Contact": "person",
    "Term": "badge",
    "ChangeRequest": "edit_notifications",
    "NationalNetwork": "hub",
    "MembershipStep": "stairs",
    "Contribution": "payments",
    "IndexResult": "insights",
    "IndexScore": "radar",
    "PolicyArea": "category",
    "Activity": "event",
    "Registration": "how_to_reg",
    "Call": "campaign",
    "Application": "description",
    "Extension": "more_time",
    "Assessment": "rate_review",
    "Decision": "gavel",
    "Award": "military_tech",
    "Publication": "menu_book",
    "GoodPractice": "lightbulb",
    "Mailing": "outgoing_mail",
    "Letter": "drafts",
    "Exchange": "edit_calendar",
    "Thread": "forum",
    "UnitOffice": "support_agent",
    "Signatory": "signature",
    "Message": "mail",
    "Bounce": "unsubscribe",
    "AnnualReport": "summarize",
    "Chapter": "edit_note",
    "LetterLink": "link",
    "NetworkSection": "group_work",
    "ManualFigure": "pin",
    "CityCheck": "fact_check",
    "User": "group",
    "Invitation": "person_add",
    "Viewing": "visibility",
    "LogEntry": "history",
    "Group": "shield_person",
}


def year(request: HttpRequest, context: dict) -> dict:
    """The state of the year, for the home of the administration."""
    now = timezone.now()
    items = gather.needs_attention(request.user, now, cities_of(request))
    jobs = [item for item in items if item.total]
    dated = sorted((item for item in items if item.due_at and not item.total), key=lambda item: item.due_at)
    this_year = timezone.localdate(now).year
    return context | {
        "title": _("The state of the year"),
        "year": this_year,
        "jobs": jobs,
        "deadlines": dated,
        "tasks": [item for item in items if not item.due_at and not item.total],
        "figures": gather.figures(this_year),
        "at": now,
    }


def menu(request: HttpRequest) -> list[dict]:
    """The sidebar: what this person may open, by task."""
    models = {app["app_label"]: app["models"] for app in admin.site.get_app_list(request)}
    home = {"title": _("The state of the year"), "icon": "today", "link": reverse("admin:index")}
    sections: list[dict] = [{"title": "", "items": [home]}]
    for title, apps in MENU:
        items = [
            {"title": model["name"], "icon": ICONS.get(model["object_name"], "circle"), "link": model["admin_url"]}
            for app in apps
            for model in models.get(app, [])
            if model["admin_url"]
        ]
        if items:
            sections.append({"title": title, "items": items, "separator": True})
    return sections
