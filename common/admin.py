"""The base classes of every app's admin.py: unfold's look, history, two languages, tables in and out, actions.

    from common.admin import ImportExport, PortalAdmin, PortalTabularInline, TranslatedAdmin, service_action, status_column

    @admin.register(Call)
    class CallAdmin(ImportExport, TranslatedAdmin):        # mixins first; PortalAdmin when nothing is translated
        list_display = ["title", status_column("status"), "closes_at"]
        resource_classes = [CallResource]                  # optional: a common.spreadsheets.PortalResource
        actions_detail = ["release"]                       # buttons above the form, and `actions_list` above the list

        @service_action(
            description=_("Release the decisions"),
            permissions=["grants.release_call"],           # or "change", "view" … of this model
            question=_("Every applicant is told at once. This cannot be taken back."),
            done=_("The decisions are released."),
            when=lambda call: call.released_at is None,    # optional: whether the button is shown
            form_class=ReleaseForm,                        # optional: its clean values come as keyword arguments
            initial=lambda call: {"on": call.closes_on},   # optional: what stands in the form at first
            arguments=lambda call: {"call": call},         # optional: what else the form's constructor takes
        )
        def release(self, request, call):
            services.release_decisions(call, by=request.user)   # Refused becomes error messages

- `PortalAdmin`: a model with `HistoricalRecords` shows its history (old values, who, when), read only.
- `TranslatedAdmin`: name `title` in fieldsets; English and French stand side by side.
- Inlines: `PortalTabularInline`, `PortalStackedInline`, and `Translated…Inline`.
- `ImportExport` and `ExportOnly`: see common/spreadsheets.py. Import needs add and change, export needs view.
- Statuses are `editable=False` in the models: list them in `readonly_fields`, change them by actions only.
- A `service_action` asks first (GET shows `question`, POST does it). It may return a response of its own, for example
  a redirect; `question` may also be a function of the object that gives the sentence. Listed in `actions_list`, it gets
  no object: `def prepare(self, request)`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modeltranslation.admin import TranslationAdmin, TranslationStackedInline, TranslationTabularInline
from simple_history.admin import SimpleHistoryAdmin
from unfold import admin as unfold
from unfold.checks import UnfoldModelAdminChecks
from unfold.decorators import action, display
from unfold.widgets import CHECKBOX_CLASSES, INPUT_CLASSES, SELECT_CLASSES, TEXTAREA_CLASSES

from common.exceptions import Refused
from common.spreadsheets import ExportOnly, ImportExport, PortalResource

__all__ = [
    "ExportOnly",
    "ImportExport",
    "PortalAdmin",
    "PortalResource",
    "PortalStackedInline",
    "PortalTabularInline",
    "TranslatedAdmin",
    "TranslatedStackedInline",
    "TranslatedTabularInline",
    "service_action",
    "status_column",
]

TONES = {"neutral": "default", "good": "success", "bad": "danger", "warn": "warning", "info": "info"}


def status_column(field: str, description: Any = None) -> Callable:
    """A list column that shows the enum `field` as a badge in the colour of its `tone`."""

    @display(description=description or gettext_lazy("status"), ordering=field, label=TONES)
    def column(obj):
        choice = type(obj)._meta.get_field(field).choices and getattr(obj, field)
        enum = next((e for e in vars(type(obj)).values() if _is_enum_of(e, choice)), None)
        return (enum(choice).tone if enum else "neutral", getattr(obj, f"get_{field}_display")())

    column.__name__ = field
    return column


def _is_enum_of(candidate: Any, value: str) -> bool:
    return (
        isinstance(candidate, type)
        and hasattr(candidate, "choices")
        and value in candidate.values
        and hasattr(candidate, "tone")
    )


LOOKS = [  # the first that fits
    (forms.HiddenInput, []),
    (forms.CheckboxSelectMultiple | forms.RadioSelect | forms.FileInput, []),
    (forms.CheckboxInput, CHECKBOX_CLASSES),
    (forms.Textarea, TEXTAREA_CLASSES),
    (forms.Select, SELECT_CLASSES),
    (forms.Widget, INPUT_CLASSES),
]


def dressed(form: forms.BaseForm) -> forms.BaseForm:
    """The form with unfold's look on plain widgets, and the browser's own pickers for days."""
    for field in form.fields.values():
        if isinstance(field.widget, forms.DateInput):
            field.widget.input_type, field.widget.format = "date", "%Y-%m-%d"
        look = next(classes for kind, classes in LOOKS if isinstance(field.widget, kind))
        field.widget.attrs.setdefault("class", " ".join(look))
    return form


def service_action(
    *,
    description: Any,
    permissions: list[str],
    question: Any,
    done: Any = "",
    when: Callable[[Any], bool] | None = None,
    form_class: type[Form] | None = None,
    initial: Callable[[Any], dict[str, Any]] | None = None,
    arguments: Callable[[Any], dict[str, Any]] | None = None,
    icon: str | None = None,
    variant: Any = None,
) -> Callable:
    """An admin button that asks, calls a service, and says what came of it. See the module's docstring."""

    def decorate(function: Callable) -> Callable:
        @wraps(function)
        def view(self: "PortalAdmin", request: HttpRequest, object_id: str | None = None) -> HttpResponse:
            target = [] if object_id is None else [self.object_or_404(request, object_id)]
            if target and when and not when(target[0]):
                messages.error(request, _("“%(action)s” is not possible now.") % {"action": description})
                return redirect(self.back_url(*target))
            values = initial(*target) if initial else None
            more = arguments(*target) if arguments else {}
            data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
            form = dressed(form_class(*data, initial=values, **more)) if form_class else None
            if request.method == "POST" and (form is None or form.is_valid()):
                try:
                    response = function(self, request, *target, **(form.cleaned_data if form else {}))
                except Refused as refusal:
                    if form is None:
                        for sentence in refusal.messages:
                            messages.error(request, sentence)
                        return redirect(self.back_url(*target))
                    form.add_error(None, refusal)
                else:
                    if done:
                        messages.success(request, done)
                    return response or redirect(self.back_url(*target))
            context = self.admin_site.each_context(request) | {
                "title": description,
                "question": question(*target) if callable(question) else question,
                "opts": self.opts,
                "original": target[0] if target else None,
                "back_url": self.back_url(*target),
                "form": form,
            }
            request.current_app = self.admin_site.name
            return TemplateResponse(request, "admin/confirm_action.html", context)

        view.when = when
        return action(view, description=description, permissions=permissions, icon=icon, variant=variant)

    return decorate


class PortalAdminChecks(UnfoldModelAdminChecks):
    def _check_unfold_action_permission_methods(self, obj: Any) -> list:
        """Unfold looks permissions up in the database, which is empty before the first migration."""
        return []


class PortalAdmin(SimpleHistoryAdmin, unfold.ModelAdmin):
    list_per_page = 50
    list_filter_submit = True
    warn_unsaved_form = True
    checks_class = PortalAdminChecks

    @property
    def has_history(self) -> bool:
        return hasattr(self.model._meta, "simple_history_manager_attribute")

    def object_or_404(self, request: HttpRequest, object_id: str) -> Model:
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        return obj

    def back_url(self, obj: Model | None = None) -> str:
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{name}_changelist") if obj is None else reverse(f"{name}_change", args=[obj.pk])

    def render_change_form(self, request, context, *args, **kwargs):
        """A page on which nothing can be written has no button to save."""
        if not context["adminform"].form.fields and not context["inline_admin_formsets"]:
            context |= dict.fromkeys(["show_save", "show_save_and_continue", "show_save_and_add_another"], False)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_actions_detail(self, request, object_id):
        actions = super().get_actions_detail(request, object_id)
        if not any(getattr(a.method, "when", None) for a in actions):
            return actions
        obj = self.get_object(request, unquote(str(object_id)))
        return [a for a in actions if obj is None or not (when := getattr(a.method, "when", None)) or when(obj)]

    def history_view(self, request, object_id, extra_context=None):
        owner = SimpleHistoryAdmin if self.has_history else unfold.ModelAdmin
        return owner.history_view(self, request, object_id, extra_context)

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        if not self.has_history or request.method != "GET":
            raise Http404  # the past can be read, not saved over the present
        return super().history_form_view(request, object_id, version_id, extra_context)

    def revert_disabled(self, request, obj=None) -> bool:
        return True


class TranslatedAdmin(PortalAdmin, TranslationAdmin):
    """English and French of one field stand side by side."""

    def get_fieldsets(self, request, obj=None):
        return [
            (name, {**options, "fields": self._side_by_side(options["fields"])})
            for name, options in super().get_fieldsets(request, obj)
        ]

    def _side_by_side(self, fields):
        first = {names[0]: names for names in self._translations()}
        others = {name for names in self._translations() for name in names[1:]}
        present = {name for name in fields if isinstance(name, str)}
        return [
            first[name] if isinstance(name, str) and name in first and present.issuperset(first[name]) else name
            for name in fields
            if not (isinstance(name, str) and name in others)
        ]

    def _translations(self) -> list[tuple[str, ...]]:
        return [tuple(sorted(f.name for f in fields)) for fields in self.trans_opts.all_fields.values()]


class PortalTabularInline(unfold.TabularInline):
    extra = 0


class PortalStackedInline(unfold.StackedInline):
    extra = 0


class TranslatedTabularInline(PortalTabularInline, TranslationTabularInline):
    pass


class TranslatedStackedInline(PortalStackedInline, TranslationStackedInline):
    pass
