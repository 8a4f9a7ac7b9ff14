"""CSV and XLSX in and out of the administration: with a preview, all or nothing, and no cell that runs as a formula."""

import re
from copy import copy
from io import BytesIO
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist, ValidationError
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from import_export import resources, widgets
from import_export.admin import ExportMixin, ImportExportMixin
from import_export.formats.base_formats import XLSX
from import_export.tmp_storages import CacheStorage
from modeltranslation.translator import NotRegistered, translator
from openpyxl import load_workbook
from tablib import Dataset
from unfold.contrib.import_export.forms import ImportForm as UnfoldImportForm
from unfold.contrib.import_export.forms import SelectableFieldsExportForm

from common.importing import AnyCSV, KeyLoader

MAX_BYTES = 5 * 1024 * 1024
SHOWN_ROWS = 500  # more are counted in the preview, not shown one by one
DECIMAL_COMMA = re.compile(r"-?\d+,\d+")

# What a spreadsheet program takes for a formula; apostrophes before it count, so that reading undoes writing exactly.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


def neutralise(cell: Any) -> Any:
    """`cell` with an apostrophe in front when a spreadsheet program would run it; numbers and dates stay as they are."""
    return "'" + cell if isinstance(cell, str) and FORMULA.match(cell) else cell


def restore(cell: Any) -> Any:
    """What `neutralise` was given."""
    return cell[1:] if isinstance(cell, str) and cell.startswith("'") and FORMULA.match(cell) else cell


class Workbook(XLSX):
    """XLSX whose formulas are read as they are written, so that they can be refused; rows without anything are left out."""

    def create_dataset(self, in_stream):
        rows = load_workbook(BytesIO(in_stream), read_only=True).active.iter_rows(values_only=True)
        dataset = Dataset(headers=next(rows))
        for row in rows:
            if any(cell is not None for cell in row):
                dataset.append(row)
        return dataset


class PortalResource(resources.ModelResource):
    """How a model becomes rows. Name the columns in `Meta.fields`, the key in `Meta.import_id_fields` (default: id)."""

    class Meta:
        instance_loader_class = KeyLoader
        clean_model_instances = True  # so that constraints answer with their sentence
        skip_unchanged = True
        report_skipped = True
        use_transactions = True

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._meta = copy(self._meta)  # changed for a long table, of this import alone
        self.rows_by_key: dict[tuple, int] = {}
        try:
            translated = translator.get_options_for_model(self._meta.model).all_fields
        except NotRegistered:
            return
        for name in translated:  # `name_en` and `name_fr` are exported, not also `name`
            self.fields.pop(name, None)

    def export_field(self, field, instance, **kwargs):
        value = super().export_field(field, instance, **kwargs)
        return value if isinstance(field.widget, widgets.NumberWidget) else neutralise(value)

    def before_import(self, dataset, **kwargs):
        known = {field.column_name for field in self.get_import_fields()}
        headers = [str(header or "").strip() for header in dataset.headers or []]
        if unknown := [header for header in headers if header not in known]:
            raise ValidationError(
                _("These columns are not known: %(columns)s. The columns that can be imported are: %(known)s.")
                % {"columns": ", ".join(header or "–" for header in unknown), "known": ", ".join(sorted(known))}
            )
        keys = [self.fields[name].column_name for name in self.get_import_id_fields()]
        if keys != ["id"] and (missing := [key for key in keys if key not in headers]):
            raise ValidationError(
                _("Add the column %(columns)s, which says what each row is about.") % {"columns": ", ".join(missing)}
            )
        if twice := sorted({header for header in headers if headers.count(header) > 1}):
            raise ValidationError(
                _("The column %(columns)s stands twice. Keep one of the two.") % {"columns": ", ".join(twice)}
            )
        dataset.headers = headers
        self.rows_by_key = {}
        if len(dataset) > SHOWN_ROWS:
            self._meta.skip_html_diff, self._meta.report_skipped = True, False

    def before_import_row(self, row, **kwargs):
        if formulas := [column for column, cell in row.items() if isinstance(cell, str) and cell.startswith("=")]:
            raise ValidationError(
                {
                    column: _(
                        "“%(value)s” is a formula. Write its result; a text that begins so needs an apostrophe first."
                    )
                    % {"value": row[column]}
                    for column in formulas
                }
            )
        for column, cell in row.items():
            row[column] = "" if cell is None else restore(cell)  # an empty cell of a workbook is one of a CSV file
        self._check_repeated(row, kwargs.get("row_number", 0))

    def _check_repeated(self, row, number: int) -> None:
        """Of two rows about the same record the second would quietly undo the first."""
        columns = [self.fields[name].column_name for name in self.get_import_id_fields()]
        key = tuple(_text(row.get(column)) for column in columns)
        if not any(key):
            return
        first = self.rows_by_key.setdefault(key, number)
        if first != number:
            sentence = _("Row %(first)s is about the same record. Keep one of the two.") % {"first": first}
            raise ValidationError({columns[0]: sentence})

    def get_instance(self, instance_loader, row):
        try:
            return super().get_instance(instance_loader, row)
        except (ValueError, ArithmeticError, TypeError):
            keys = [self.fields[name].column_name for name in self.get_import_id_fields()]
            raise ValidationError(
                {
                    key: _("“%(value)s” is not a key. Write it as the export does.") % {"value": row.get(key)}
                    for key in keys
                }
            ) from None
        except MultipleObjectsReturned:
            raise ValidationError(_("This row is about more than one record. Add the column “id”.")) from None

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        """As the base class does, but what a key led to is there: it is not looked for once more."""
        errors = dict(import_validation_errors or {})
        keys = [field for field in instance._meta.fields if field.is_relation]
        found = {field.name for field in keys if field.null or getattr(instance, field.attname) is not None}
        for check, known in (
            (instance.clean_fields, found),
            (instance.validate_unique, set()),
            (instance.validate_constraints, set()),
        ):
            try:
                check(exclude=known | errors.keys())
            except ValidationError as error:
                errors = error.update_error_dict(errors)
        try:
            instance.clean()
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def import_field(self, field, instance, row, is_m2m=False, **kwargs):
        if isinstance(field.widget, widgets.DecimalWidget) and DECIMAL_COMMA.fullmatch(
            _text(row.get(field.column_name))
        ):
            row[field.column_name] = row[field.column_name].replace(",", ".")  # as written where decimals have a comma
        if not is_m2m and not _text(row.get(field.column_name)) and field.get_value(instance) is None:
            return  # nothing where there was nothing: of a text that was never written, not the empty text
        try:
            super().import_field(field, instance, row, is_m2m, **kwargs)
        except ObjectDoesNotExist:
            sentence = _("“%(value)s” was not found. Write it as the export does.")
        except MultipleObjectsReturned:
            sentence = _("“%(value)s” means more than one. Write it as the export does.")
        except (ValueError, ArithmeticError, TypeError) as error:
            sentence = _expected(field.widget)
            if not sentence:
                raise ValueError(str(error)) from error
        else:
            return
        problem = sentence % {"value": row.get(field.column_name)}
        if is_m2m:
            raise ValidationError({field.attribute: problem})
        raise ValueError(problem)


def _text(cell: Any) -> str:
    return str("" if cell is None else cell).strip()


def _expected(widget) -> str:
    if isinstance(widget, widgets.NumberWidget):
        return _("“%(value)s” is not a number.")
    if isinstance(widget, widgets.DateTimeWidget):
        return _("“%(value)s” is not a time. Write it as 2020-05-31 14:30:00.")
    if isinstance(widget, widgets.DateWidget):
        return _("“%(value)s” is not a date. Write it as 2020-05-31.")
    if isinstance(widget, widgets.ForeignKeyWidget):
        return _("“%(value)s” was not found. Write it as the export does.")
    return ""


class ImportForm(UnfoldImportForm):
    def clean_import_file(self):
        file = self.cleaned_data["import_file"]
        if file.size > MAX_BYTES:
            raise ValidationError(
                _("This file is larger than 5 MB. Split it and import the parts one after the other.")
            )
        return file


class Expired(Exception):
    pass


class ImportStorage(CacheStorage):
    """The file between preview and confirmation: in the cache for an hour, never on a node's disk."""

    CACHE_LIFETIME = 3600

    def read(self):
        if (data := super().read()) is None:
            raise Expired
        return data


class ExportOnly(ExportMixin):
    """Adds CSV and XLSX export to an admin class; each export is written to the log with who and how many."""

    formats = import_formats = export_formats = (AnyCSV, Workbook)
    to_encoding = "utf-8-sig"  # so that a spreadsheet program reads accents
    export_form_class = SelectableFieldsExportForm

    def get_resource_classes(self, request):
        return self.resource_classes or [resources.modelresource_factory(self.model, resource_class=PortalResource)]

    def has_export_permission(self, request) -> bool:
        return self.has_view_permission(request)

    def get_export_data(self, file_format, request, queryset, **kwargs):
        data = super().get_export_data(file_format, request, queryset, **kwargs)
        LogEntry.objects.create(
            user=request.user,
            content_type=ContentType.objects.get_for_model(self.model),
            action_flag=CHANGE,
            object_repr=str(self.opts.verbose_name_plural)[:200],
            change_message=f"Exported {queryset.count()} rows as {file_format.get_title()}.",
        )
        return data


class ImportExport(ImportExportMixin, ExportOnly):
    """Adds export, and import with a preview: errors by row and column, and nothing written unless every row is right."""

    import_form_class = ImportForm
    tmp_storage_class = ImportStorage

    def has_import_permission(self, request) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def add_data_read_fail_error_to_form(self, form, e):
        sentence = _("This file cannot be read. Save it as “CSV UTF-8” or as XLSX, and choose that format here.")
        form.add_error("import_file", sentence)

    def import_action(self, request, **kwargs):
        """The preview; of a long table the counts, and each row that is wrong."""
        response = super().import_action(request, **kwargs)
        context = getattr(response, "context_data", None) or {}
        if "confirm_form" in context and (result := context["result"]).total_rows > SHOWN_ROWS:
            counts = result.totals
            messages.info(
                request,
                _(
                    "%(new)s new, %(update)s changed, %(skip)s unchanged. There are too many rows to show them one by one."
                )
                % counts,
            )
            result.rows = []
        return response

    def process_import(self, request, **kwargs):
        try:
            return super().process_import(request, **kwargs)
        except Expired:
            messages.error(
                request, _("This import was already done, or waited for more than an hour. Choose the file again.")
            )
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_import")

    def process_dataset(self, dataset, form, request, **kwargs):
        kwargs["rollback_on_validation_errors"] = True
        return super().process_dataset(dataset, form, request, **kwargs)

    def process_result(self, result, request):
        """Success, or, when the rows changed under us since the preview, the errors once more."""
        if not result.has_errors() and not result.has_validation_errors():
            return super().process_result(result, request)
        context = self.admin_site.each_context(request)
        form = self.import_form_class(self.get_import_formats(), self.get_import_resource_classes(request))
        context |= {"title": _("Import"), "form": form, "result": result, "opts": self.opts, "fields_list": []}
        context |= {"import_error_display": self.import_error_display}
        return TemplateResponse(request, [self.import_template_name], context)
