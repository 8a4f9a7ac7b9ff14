"""Forms: fields tied to their hints and errors, the summary of errors, filters; see `ui.py`."""

from typing import Any

from django import forms, template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from .ui_page import part

register = template.Library()


@register.simple_tag(takes_context=True)
def has_errors(context: dict) -> bool:
    return any(_has_errors(context.get(name)) for name in ("form", "formset"))


def _has_errors(form: Any) -> bool:
    if isinstance(form, forms.BaseFormSet):
        return form.is_bound and form.total_error_count() > 0
    return isinstance(form, forms.BaseForm) and form.is_bound and bool(form.errors)


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
