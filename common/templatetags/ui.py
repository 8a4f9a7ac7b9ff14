"""The parts of the portal's pages, as tags. A template builtin: no `{% load %}` needed.

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
from decimal import Decimal
from typing import Any

from django import forms, template
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse, translate_url
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from common import formats, text

register = template.Library()

TONES = ("neutral", "info", "progress", "good", "warn", "bad")


def part(name: str, /, **values: Any) -> SafeString:
    return render_to_string(f"components/{name}.html", values)


# Dates, money, text ----------------------------------------------------------------------------


@register.filter
def instant(at: datetime | None) -> str:
    """Strasbourg time with its offset, then the reader's own when their clock differs."""
    if not at:
        return ""
    own = formats.own_time(at)
    own_part = format_html(' <span class="own-time">{}</span>', own) if own else ""
    return format_html(
        '<time datetime="{}">{}</time>{}',
        formats.iso(at),
        formats.strasbourg_time(at),
        own_part,
    )


@register.filter
def day(on: date | None) -> str:
    return formats.day(on) if on else ""


@register.filter
def euros(amount: Decimal | int | None) -> str:
    return "" if amount is None or amount == "" else formats.euros(amount)


@register.filter
def markdown(source: str | None) -> SafeString:
    """Safe HTML of a Markdown text, in a block with the portal's text rhythm."""
    return format_html('<div class="prose">{}</div>', mark_safe(text.markdown_to_html(source or "")))


@register.filter
def browser(user_agent: str) -> str:
    """Such as "Firefox, Windows" from what a browser says about itself, as far as it can be told."""
    names = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrom": "Chrome", "Safari/": "Safari"}
    systems = {
        "Android": "Android",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Mac OS": "Mac",
        "Linux": "Linux",
    }
    found = [next((says for mark, says in marks.items() if mark in user_agent), "") for marks in (names, systems)]
    return ", ".join(filter(None, found)) or _("Unknown browser")


@register.filter
def size(count: int) -> str:
    return filesizeformat(count)


# The page --------------------------------------------------------------------------------------


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


@register.simple_tag(takes_context=True)
def has_errors(context: dict) -> bool:
    return any(_has_errors(context.get(name)) for name in ("form", "formset"))


def _has_errors(form: Any) -> bool:
    if isinstance(form, forms.BaseFormSet):
        return form.is_bound and form.total_error_count() > 0
    return isinstance(form, forms.BaseForm) and form.is_bound and bool(form.errors)


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


# Forms -----------------------------------------------------------------------------------------


def _first_id(bound: forms.BoundField) -> str:
    """What the error summary jumps to: the input itself, the first of a group."""
    widget = bound.field.widget
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return f"{bound.auto_id}_0"
    return bound.id_for_label or bound.auto_id


def _sentences(bound: forms.BoundField) -> list[str]:
    """The errors of a field; where Django only says that it is required, what to do instead."""
    generic = str(forms.Field.default_error_messages["required"])
    match _group_kind(bound.field.widget):
        case "choices":
            better = _("Choose an answer for “%(label)s”.")
        case "checkbox":
            better = _("Tick “%(label)s”.")
        case _other:
            better = (
                _("Choose “%(label)s”.")
                if isinstance(bound.field.widget, forms.Select | forms.FileInput)
                else _("Fill in “%(label)s”.")
            )
    return [better % {"label": bound.label} if message == generic else message for message in bound.errors]


def _use_pickers(widget: forms.Widget) -> None:
    """The browser's own pickers, which want ISO values whatever the language."""
    if type(widget) is forms.DateInput:
        widget.format, widget.input_type = "%Y-%m-%d", "date"
    if type(widget) is forms.DateTimeInput:
        widget.format, widget.input_type = "%Y-%m-%dT%H:%M", "datetime-local"
    if type(widget) is forms.TimeInput:
        widget.format, widget.input_type = "%H:%M", "time"


def _group_kind(widget: forms.Widget) -> str:
    match widget:
        case forms.RadioSelect() | forms.CheckboxSelectMultiple():
            return "choices"
        case forms.CheckboxInput():
            return "checkbox"
        case forms.MultiWidget():
            return "group"
    return "control"


@register.simple_tag
def field(
    bound: forms.BoundField,
    label: str = "",
    hint: str | None = None,
    optional: bool = True,
    **attrs: Any,
) -> SafeString:
    """One field: label, hint, error and widget, tied together for assistive technology.

    `attrs` go to the widget (rows, autocomplete, inputmode, class). `optional=False` hides the word "(optional)".
    """
    if bound.is_hidden:
        return bound.as_widget()
    widget, kind, name = (
        bound.field.widget,
        _group_kind(bound.field.widget),
        bound.auto_id or bound.html_name,
    )
    hint = bound.help_text if hint is None else hint
    limit = getattr(bound.field, "max_length", None) if isinstance(widget, forms.Textarea) else None
    described = [
        f"{name}_{what}"
        for what, there in (
            ("helptext", hint),
            ("error", bound.errors),
            ("count", limit),
        )
        if there
    ]
    attrs = {key.replace("_", "-"): value for key, value in attrs.items()}
    _use_pickers(widget)
    widget.attrs.pop("placeholder", None)  # it vanishes on typing; the label and the hint stay
    if limit:
        widget.attrs.pop("maxlength", None)  # a pasted text is never cut; the count and the error say it is too long
        attrs["data-count"] = limit
    if kind in ("control", "checkbox") and described:
        attrs["aria-describedby"] = " ".join(described)
    if isinstance(widget, forms.Textarea) and "rows" not in attrs:
        attrs["rows"] = min(int(widget.attrs.get("rows", 5)), 8)
    values: dict[str, Any] = {
        "bound": bound,
        "name": name,
        "label": label or bound.label,
        "hint": hint,
        "errors": _sentences(bound),
        "described": " ".join(described),
        "limit": limit,
        "is_optional": optional and not bound.field.required and kind != "checkbox",
        "kind": kind,
    }
    if kind == "choices":
        values["choices"] = [choice for choice in bound.subwidgets if choice.choice_label not in ("", "---------")]
        values["is_inline"] = isinstance(widget, forms.RadioSelect) and len(values["choices"]) == 2
    else:
        values["widget"] = bound.as_widget(attrs=attrs)
    return part("field", **values)


@register.simple_tag
def form_fields(form: forms.BaseForm) -> SafeString:
    """Every field of the form, the hidden ones first."""
    hidden = [bound.as_widget() for bound in form.hidden_fields()]
    return mark_safe("\n".join([*hidden, *(field(bound) for bound in form.visible_fields())]))


@register.simple_tag
def error_summary(*sources: Any) -> SafeString:
    """All errors of the forms and formsets given, each a link to its field; nothing when there are none."""
    rows: list[tuple[str, str]] = []
    for source in sources:
        if not _has_errors(source):
            continue
        if isinstance(source, forms.BaseFormSet):
            rows += [("", message) for message in source.non_form_errors()]
        for form in source.forms if isinstance(source, forms.BaseFormSet) else [source]:
            rows += [("", message) for message in form.non_field_errors()]
            rows += [("", m) for bound in form.hidden_fields() for m in bound.errors]
            rows += [(_first_id(bound), message) for bound in form.visible_fields() for message in _sentences(bound)]
    return part("error_summary", rows=rows) if rows else mark_safe("")


@register.simple_tag(takes_context=True)
def page_errors(context: dict) -> SafeString:
    return error_summary(context.get("form"), context.get("formset"))


@register.simple_tag(takes_context=True)
def filters(context: dict, form: forms.BaseForm, submit: str = "") -> SafeString:
    """A GET form that narrows a list; "Clear" is offered once something is filtered."""
    request = context["request"]
    active = any(value for key, value in request.GET.items() if key in form.fields)
    return part(
        "filters",
        fields=[field(bound, optional=False) for bound in form.visible_fields()],
        submit=submit or _("Apply"),
        clear_url=request.path if active else "",
    )


@register.simple_block_tag
def fieldset(content: str, legend: str, hint: str = "") -> SafeString:
    return part("fieldset", content=content, legend=legend, hint=hint)


# Content ---------------------------------------------------------------------------------------


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
