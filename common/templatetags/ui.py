"""The parts of the portal's pages, as tags. Template builtins: no `{% load %}` needed.

Here: what a page is made of. Beside it: `ui_page.py` (frame), `ui_forms.py` (forms), `ui_text.py` (filters).

Pages extend `base.html`: blocks `title`, `breadcrumbs`, `heading`, `content`, `aside`. A form in the context as
`form` (or `formset`) gets its error summary and the "Error:" in the title by itself.

    {% breadcrumbs _("Cities") cities_url city.name %}        Home comes by itself; the page itself last
    {% page_header city.name lede=… caption=_("Member city") %}
    {% button _("Save") %}  {% button _("Edit") href=url kind="secondary" %}   kinds: primary secondary danger quiet
    <div class="buttons">…</div>                              a row of buttons

    <form method="post" novalidate>{% csrf_token %}{% form_fields form %}{% button _("Save") %}</form>
    {% field form.name %}  {% field form.bio hint=… label=… %}   one field: label, hint, error, widget
    {% error_summary form other_form %}                       only where the form is not called `form`
    {% fieldset _("Partner city") %}…{% endfieldset %}
    {% filters form %}                                        a GET form for a list, with "Clear"

    {% summary_list %}{% row _("Mayor") name href=url action=_("Change") %}{% endsummary_list %}   check answers too
    {% row _("Address") %} takes text; {% rowblock _("Address") %}<p>…</p>{% endrowblock %} takes markup
    {% table _("Member cities") %}<thead>…<tbody>…{% endtable %}   class="num" on numeric cells; th scope
    {% pagination page %}                                     a Page of Paginator; keeps the query string
    {% status application %}  {% status letter "state" %}     the badge of a row: its enum is the class inside the model
                                                              (`Application.Status`), a TextChoices with a `tone`
    {% badge _("New") "info" %}                               any other badge; tones: neutral info progress good warn bad
    {% task_list %}{% task _("Budget") url status=_("Not started") tone="neutral" hint=… %}{% endtask_list %}
    {% notification _("Important") tone="info" %}<p>…</p>{% endnotification %}   tones: info good warn bad
    {% inset %}…{% endinset %}  {% warning _("You cannot undo this.") %}  {% details _("Help") %}…{% enddetails %}
    {% empty _("No activities yet") text=… href=url action=_("…") %}
    {% cards %}{% card title href=url meta=… %}…{% endcard %}{% endcards %}
    {% stats %}{% stat value label note=… href=url %}{% endstats %}
    {% timeline %}{% event when title href=url %}…{% endevent %}{% endtimeline %}   `when` a date or instant
    {% progress done total label %}
    {% figure caption source=… %}{{ svg }}{% endfigure %}     a data table inside: {% details _("Figures") %}{% table … %}
    {% download name url type="PDF" size=bytes language="fr" %}
    {% panel title %}…{% endpanel %}                          the confirmation after something was done
    {% steps 2 4 _("Budget") %}  {% step_pager back_url back_label next_url next_label %}
    {% icon "arrow" %}  {% other_languages as languages %}  {% other_language_url %}

    {{ at|instant }}  {{ on|day }}  {{ amount|euros }}  {{ text|markdown }}  {{ bytes|size }}

Classes for layout: `measure` (readable width), `split` (content beside a column), `columns`, `stack`, `lede`, `muted`,
`num`, `visually-hidden`, `no-print`.
"""

from datetime import date, datetime
from typing import Any

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from common import formats

from .ui_page import part
from .ui_text import day, instant

register = template.Library()

TONES = ("neutral", "info", "progress", "good", "warn", "bad")


@register.simple_tag
def badge(label: Any, tone: str = "") -> SafeString:
    """A status in words, in the colour of `tone`; an enum member with `label` and `tone` says both itself."""
    tone = tone or getattr(label, "tone", "neutral")
    tone = tone if tone in TONES else "neutral"
    return format_html(
        '<strong class="badge badge--{}">{}</strong>',
        tone,
        getattr(label, "label", label),
    )


@register.simple_tag
def status(row: Any, name: str = "status") -> SafeString:
    """The badge of a row's status, from the enum inside its model: `Application.Status` for `status`."""
    return badge(getattr(type(row), name.title())(getattr(row, name)))


@register.simple_block_tag
def summary_list(content: str) -> SafeString:
    return format_html('<dl class="summary">{}</dl>', content)


@register.simple_tag
def row(key: str, value: Any, href: str = "", action: str = "") -> SafeString:
    """A row of a summary list; `action` is the link's word, completed by `key` for screen readers."""
    return part("row", key=key, value=value, href=href, action=action or _("Change"))


@register.simple_block_tag
def rowblock(content: str, key: str, href: str = "", action: str = "") -> SafeString:
    return part("row", key=key, value=content, href=href, action=action or _("Change"))


@register.simple_block_tag
def table(content: str, caption: str, hide_caption: bool = False, id: str = "") -> SafeString:
    """A captioned table that scrolls in a region of its own when the page is narrow."""
    return part(
        "table",
        content=content,
        caption=caption,
        hide_caption=hide_caption,
        id=id or f"table-{slugify(caption)}",
    )


@register.simple_tag(takes_context=True)
def pagination(context: dict, page: Any, key: str = "page") -> SafeString:
    """Links to the pages of `page` (a Page of a Paginator); the rest of the query string stays."""
    if page.paginator.num_pages < 2:
        return mark_safe("")
    query = context["request"].GET.copy()

    def url(number: int) -> str:
        query[key] = str(number)
        return "?" + query.urlencode()

    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    pages = [(n, url(n) if isinstance(n, int) else "") for n in numbers]
    previous = url(page.previous_page_number()) if page.has_previous() else ""
    following = url(page.next_page_number()) if page.has_next() else ""
    return part("pagination", page=page, pages=pages, previous=previous, following=following)


@register.simple_block_tag
def task_list(content: str) -> SafeString:
    return format_html('<ul class="tasks" role="list">{}</ul>', content)


@register.simple_tag
def task(label: str, href: str = "", status: Any = "", tone: str = "", hint: str = "") -> SafeString:
    return part(
        "task",
        label=label,
        href=href,
        badge=badge(status, tone) if status else "",
        hint=hint,
        id=slugify(label),
    )


@register.simple_block_tag
def notification(content: str, title: str, tone: str = "info") -> SafeString:
    return part(
        "notification",
        content=content,
        title=title,
        tone=tone,
        id=f"notice-{slugify(title)}",
    )


@register.simple_block_tag
def inset(content: str) -> SafeString:
    return format_html('<div class="inset">{}</div>', content)


@register.simple_tag
def warning(message: str) -> SafeString:
    return part("warning", message=message)


@register.simple_block_tag
def details(content: str, summary: str, is_open: bool = False) -> SafeString:
    return part("details", content=content, summary=summary, is_open=is_open)


@register.simple_tag
def empty(title: str, text: str = "", href: str = "", action: str = "") -> SafeString:
    return part("empty", title=title, text=text, href=href, action=action)


@register.simple_block_tag
def cards(content: str) -> SafeString:
    return format_html('<ul class="cards" role="list">{}</ul>', content)


@register.simple_block_tag
def card(
    content: str,
    title: str,
    href: str = "",
    meta: str = "",
    tag: str = "li",
    level: int = 3,
) -> SafeString:
    """A card of a grid; `tag="div"` for one that stands alone."""
    return part("card", content=content, title=title, href=href, meta=meta, tag=tag, level=level)


@register.simple_block_tag
def stats(content: str) -> SafeString:
    return format_html('<dl class="stats">{}</dl>', content)


@register.simple_tag
def stat(value: Any, label: str, note: str = "", href: str = "") -> SafeString:
    return part("stat", value=value, label=label, note=note, href=href)


@register.simple_block_tag
def timeline(content: str) -> SafeString:
    return format_html('<ol class="timeline" role="list">{}</ol>', content)


@register.simple_block_tag
def event(content: str, when: Any, title: str, href: str = "") -> SafeString:
    shown = instant(when) if isinstance(when, datetime) else day(when) if isinstance(when, date) else when
    return part("event", content=content, when=shown, title=title, href=href)


@register.simple_tag
def progress(done: int, total: int, label: str) -> SafeString:
    return part("progress", done=done, total=total, label=label, id=f"progress-{slugify(label)}")


@register.simple_block_tag
def figure(content: str, caption: str, source: str = "") -> SafeString:
    return part("figure", content=content, caption=caption, source=source)


@register.simple_tag
def download(name: str, url: str, type: str = "", size: int | None = None, language: str = "") -> SafeString:
    """A file to fetch, saying what it is before it is fetched; `language` is a code such as "fr"."""
    spoken = get_language_info(language)["name_translated"] if language else ""
    spoken = spoken.lower() if formats.is_french() else spoken
    facts = [str(fact) for fact in (type.upper(), filesizeformat(size) if size else "", spoken) if fact]
    return part("download", name=name, url=url, facts=", ".join(facts), language=language)


@register.simple_block_tag
def panel(content: str, title: str) -> SafeString:
    return part("panel", content=content, title=title)


@register.simple_tag
def steps(number: int, total: int, name: str = "") -> SafeString:
    return part("steps", number=number, total=total, name=name, marks=range(1, total + 1))


@register.simple_tag
def step_pager(back_url: str = "", back_label: str = "", next_url: str = "", next_label: str = "") -> SafeString:
    return part(
        "step_pager",
        back_url=back_url,
        back_label=back_label,
        next_url=next_url,
        next_label=next_label,
    )
