"""The frame of a page: trail, header, buttons, languages; see `ui.py`."""

from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse, translate_url
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

register = template.Library()


def part(name: str, /, **values: Any) -> SafeString:
    return render_to_string(f"components/{name}.html", values)


@register.simple_tag(takes_context=True)
def other_language_url(context: dict, code: str = "") -> str:
    """The address of this page in `code`, by default the language the reader does not read now."""
    code = code or next(c for c, _name in settings.LANGUAGES if c != get_language())
    if not (request := context.get("request")):  # the page of a bad request has none
        return f"/{code}/"
    path = request.get_full_path()
    if (translated := translate_url(path, code)) != path:
        return translated
    for current, _name in settings.LANGUAGES:
        if path.startswith(f"/{current}/"):  # an address that resolves to nothing, as on a 404 page
            return f"/{code}/" + path.removeprefix(f"/{current}/")
    return path


@register.simple_tag(takes_context=True)
def other_languages(context: dict) -> list[dict]:
    """One row (code, name, url) per language that is not the current one."""
    codes = [code for code, _name in settings.LANGUAGES if code != get_language()]
    return [
        {
            "code": code,
            "name": get_language_info(code)["name_local"].capitalize(),
            "url": other_language_url(context, code),
        }
        for code in codes
    ]


@register.simple_tag
def breadcrumbs(*trail: str) -> SafeString:
    """Home, then `trail`: label, url, label, url, …; a last label without url is this page."""
    trail = (_("Home"), reverse("home"), *trail)
    pairs = [(trail[i], trail[i + 1] if i + 1 < len(trail) else "") for i in range(0, len(trail), 2)]
    return part("breadcrumbs", items=pairs)


@register.simple_tag
def page_header(title: str, lede: str = "", caption: str = "") -> SafeString:
    return part("page_header", title=title, lede=lede, caption=caption)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture from `static/img/icons.svg`; decoration only, so it has no name of its own."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def button(
    label: str,
    href: str = "",
    kind: str = "primary",
    type: str = "submit",
    **attrs: str,
) -> SafeString:
    """A button, or with `href` a link that looks like one; `attrs` such as name, value, form (`_` becomes `-`)."""
    pairs = [(key.strip("_").replace("_", "-"), value) for key, value in attrs.items() if value not in ("", None)]
    extra = format_html_join("", ' {}="{}"', pairs)
    if href:
        return format_html('<a class="button button--{}" href="{}"{}>{}</a>', kind, href, extra, label)
    return format_html(
        '<button class="button button--{}" type="{}"{}>{}</button>',
        kind,
        type,
        extra,
        label,
    )
