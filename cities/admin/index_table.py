"""The Index as a table: a row for each city, date and policy area, with the sample that the score is compared with."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export import fields, widgets

from common.admin import PortalResource
from common.importing import KeyWidget

from ..models import City, IndexResult, IndexScore, PolicyArea

# What belongs to the result as a whole stands in each of its rows, and must be the same in all of them.
OF_RESULT = ["version", "overall", "overall_mean", "sample_size", "sample_on", "source"]
REQUIRED = ["version", "overall", "sample_size"]


class IndexScoreResource(PortalResource):
    city = fields.Field("result__city", "city", KeyWidget(City, "slug"))
    on = fields.Field("result__on", "on", widgets.DateWidget())
    version = fields.Field("result__version", "version", widgets.CharWidget())
    overall = fields.Field("result__overall", "overall", widgets.DecimalWidget())
    overall_mean = fields.Field("result__overall_mean", "overall_mean", widgets.DecimalWidget())
    sample_size = fields.Field("result__sample_size", "sample_size", widgets.IntegerWidget())
    sample_on = fields.Field("result__sample_on", "sample_on", widgets.DateWidget())
    source = fields.Field("result__source", "source", widgets.CharWidget())
    area = fields.Field("area", "area", KeyWidget(PolicyArea, "code"))

    class Meta(PortalResource.Meta):
        model = IndexScore
        import_id_fields = ["city", "on", "area"]
        fields = ["city", "on", *OF_RESULT, "area", "score", "sample_mean"]
        export_order = fields

    def get_queryset(self):
        return super().get_queryset().select_related("result__city", "area")

    def before_import(self, dataset, **kwargs):
        super().before_import(dataset, **kwargs)
        self.results = {(result.city_id, result.on): result for result in IndexResult.objects.select_related("city")}
        self.scores = {(score.result_id, score.area_id): score for score in self.get_queryset()}
        self.first_rows: dict[tuple, tuple[int, dict[str, Any]]] = {}
        self.changed: set[tuple] = set()

    def get_instance(self, instance_loader, row):
        """The score of this row. A key that cannot be read belongs to none; its column then says what is wrong."""
        try:
            city, on, area = (self.fields[name].clean(row) for name in ("city", "on", "area"))
        except (City.DoesNotExist, PolicyArea.DoesNotExist, ValueError):
            return None
        result = self.results.get((city.pk, on)) if city else None
        return self.scores.get((result.pk, area.pk)) if result and area else None

    def import_instance(self, instance, row, **kwargs):
        """Fill the score, and the result that it belongs to. Raises ValidationError by column."""
        values, errors = self._read(row)
        if not errors:
            instance.result = self._result(values, row, kwargs.get("row_number", 0), errors)
        if errors:
            raise ValidationError(errors)
        instance.area, instance.score, instance.sample_mean = values["area"], values["score"], values["sample_mean"]

    def _read(self, row) -> tuple[dict[str, Any], dict[str, str]]:
        """What each cell of the row says, and what is wrong with it."""
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for name in self._meta.fields:
            holder: Any = type("Cell", (), {})()
            field = fields.Field(name, self.fields[name].column_name, self.fields[name].widget)
            try:
                self.import_field(field, holder, row) if field.column_name in row else None
            except ValueError as error:
                errors[name] = str(error)
            values[name] = getattr(holder, name, None)
            if name in ("city", "on", "area", "score") and values[name] is None and name not in errors:
                errors[name] = _("Fill in this cell.")
        for name in ("score", "sample_mean", "overall", "overall_mean"):
            if isinstance(values[name], Decimal) and not 0 <= values[name] <= 100:
                errors[name] = _("“%(value)s” is not between 0 and 100.") % {"value": row[name]}
        return values, errors

    def _result(self, values, row, number: int, errors) -> IndexResult:
        """The result of city and day: the one that stands, with what the file says of it, or a new one."""
        key = (values["city"].pk, values["on"])
        result = self.results.get(key) or IndexResult(city=values["city"], on=values["on"])
        told = {name: values[name] for name in OF_RESULT if name in row}
        first, says = self.first_rows.setdefault(key, (number, told))
        for name in told:
            if told[name] != says[name]:
                errors[name] = _("Row %(first)s says “%(value)s” of the same result. Write the same in both.") % {
                    "first": first,
                    "value": says[name],
                }
        for name in REQUIRED:
            if told.get(name, getattr(result, name)) in (None, ""):
                errors[name] = _("Fill in this cell: a result needs it.")
        if errors or first != number:
            return self.results.get(key, result)
        for name, value in told.items():
            value = "" if value is None and name == "source" else value
            if getattr(result, name) != value:
                setattr(result, name, value)
                self.changed.add(key)
        self.results[key] = result
        return result

    def skip_row(self, instance, original, row, import_validation_errors=None):
        if import_validation_errors or instance.pk is None or self._key(instance) in self.changed:
            return False
        return (instance.score, instance.sample_mean) == (original.score, original.sample_mean)

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        """The cells are checked; of a result that is new or changed, the fields are."""
        errors = dict(import_validation_errors or {})
        if not errors and (instance.result.pk is None or self._key(instance) in self.changed):
            try:
                instance.result.clean_fields(exclude={"city"})
            except ValidationError as error:
                errors = error.update_error_dict(errors)
        if not errors:
            try:
                instance.clean_fields(exclude={"result", "area"})
            except ValidationError as error:
                errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def save_instance(self, instance, is_create, row, **kwargs):
        key = self._key(instance)
        if instance.result.pk is None or key in self.changed:
            instance.result._history_user = kwargs.get("user")
            instance.result.save()
            self.changed.discard(key)
        instance.result_id = instance.result.pk
        instance.save()

    @staticmethod
    def _key(instance) -> tuple:
        return (instance.result.city_id, instance.result.on)


class IndexResultResource(PortalResource):
    """The results alone, without their scores."""

    city = fields.Field("city", "city", KeyWidget(City, "slug"))

    class Meta(PortalResource.Meta):
        model = IndexResult
        import_id_fields = ["city", "on"]
        fields = ["city", "on", *OF_RESULT]
        export_order = fields

    def get_queryset(self):
        return super().get_queryset().select_related("city")

    def get_instance(self, instance_loader, row):
        try:
            return super().get_instance(instance_loader, row)
        except City.DoesNotExist:
            return None  # the column says it
