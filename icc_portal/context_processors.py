"""What the frame of every page needs: who runs the portal, and where its menus lead."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from cities import acting


def link(request: HttpRequest, label: str, name: str) -> list[dict]:
    """One menu entry, or none while no page has that name; `current` is "page", "true" inside the section, or ""."""
    try:
        url = reverse(name)
    except NoReverseMatch:
        return []
    if request.path == url:
        current = "page"
    else:
        current = "true" if name != "home" and request.path.startswith(url) else ""
    return [{"label": label, "url": url, "current": current}]


def menu(request: HttpRequest) -> list[dict]:
    if not request.user.is_authenticated:
        return [
            *link(request, _("About"), "about"),
            *link(request, _("Member cities"), "cities:list"),
            *link(request, _("Facts and figures"), "facts"),
            *link(request, _("Reports"), "reports:list"),
            *link(request, _("Grants awarded"), "grants:awards"),
        ]
    return [
        *link(request, _("Home"), "home"),
        *link(request, _("Cities"), "cities:list"),
        *link(request, _("Activities"), "activities:list"),
        *link(request, _("Grants"), "grants:calls"),
        *link(request, _("Library"), "library:list"),
        *link(request, _("Reports"), "reports:list"),
    ]


def account_menu(request: HttpRequest) -> list[dict]:
    return [
        *link(request, _("Profile and preferences"), "accounts:preferences"),
        *link(request, _("Your data"), "my_data"),
        *link(request, _("E-mail address"), "account_email"),
        *link(request, _("Password"), "account_change_password"),
        *link(request, _("Two-step log in"), "mfa_index"),
        *link(request, _("Where you are logged in"), "usersessions_list"),
    ]


def footer(request: HttpRequest) -> list[dict]:
    return [
        *link(request, _("About"), "about"),
        *link(request, _("Facts and figures"), "facts"),
        *link(request, _("Grants awarded"), "grants:awards"),
        *link(request, _("Privacy"), "privacy"),
        *link(request, _("Accessibility"), "accessibility"),
    ]


def portal(request: HttpRequest) -> dict:
    """The menus are worked out only where a template shows them."""
    return {
        "portal": {
            "is_demo": settings.DEMO,
            "unit_email": settings.UNIT_EMAIL,
            "menu": SimpleLazyObject(lambda: menu(request)),
            "account_menu": SimpleLazyObject(lambda: account_menu(request)),
            "footer": SimpleLazyObject(lambda: footer(request)),
            "acting": SimpleLazyObject(lambda: acting.frame(request)),
            "search": SimpleLazyObject(lambda: link(request, _("Search"), "search")),
        }
    }
