"""Reading tables of any size: each key looked up once, not once a row; the separators that spreadsheet programs write."""

from collections import defaultdict
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from import_export import instance_loaders, widgets
from import_export.formats.base_formats import CSV

SEPARATORS = ",;\t"


class AnyCSV(CSV):
    """CSV with the separator of its first line: French Excel writes semicolons."""

    def create_dataset(self, in_stream, **kwargs):
        text = in_stream.decode(self.encoding or "utf-8") if isinstance(in_stream, bytes) else in_stream
        return super().create_dataset(text, delimiter=separator(text), **kwargs)


def separator(text: str) -> str:
    """The separator that stands most often in the first line, outside quotes."""
    first = "".join(text.partition("\n")[0].split('"')[::2])
    return max(SEPARATORS, key=first.count)


class KeyWidget(widgets.ForeignKeyWidget):
    """A foreign key by a natural key; all keys are read at once when the first one is needed."""

    known: dict[str, list[Model]] | None = None

    def clean(self, value, row=None, **kwargs):
        if not (key := str(value or "").strip()):
            return None
        if self.known is None:
            self.known = defaultdict(list)
            for obj in self.model._default_manager.all():
                self.known[str(getattr(obj, self.field))].append(obj)
        match self.known.get(key, []):
            case [obj]:
                return obj
            case []:
                raise self.model.DoesNotExist
        raise self.model.MultipleObjectsReturned


class ChoiceWidget(widgets.CharWidget):
    """A word of a list, for a field that forms do not change and the model therefore does not check."""

    def __init__(self, choices, **kwargs):
        super().__init__(**kwargs)
        self.choices = list(choices)

    def clean(self, value, row=None, **kwargs):
        word = super().clean(value, row, **kwargs)
        if word and word not in self.choices:
            raise ValueError(
                _("“%(value)s” is not one of: %(choices)s.") % {"value": word, "choices": ", ".join(self.choices)}
            )
        return word


class KeyLoader(instance_loaders.ModelInstanceLoader):
    """The record of a row, by the key of the resource; all records are read at once when the first one is needed."""

    known: dict[tuple, Model] | None = None

    def get_instance(self, row):
        fields = [self.resource.fields[name] for name in self.resource.get_import_id_fields()]
        if any("__" in field.attribute for field in fields):  # a key of another table is looked for row by row
            return super().get_instance(row)
        key = tuple(_plain(field.clean(row)) for field in fields)
        if self.known is None:
            self.known = defaultdict(list)
            for obj in self.resource.get_queryset():
                self.known[tuple(_plain(self._value(obj, field.attribute)) for field in fields)].append(obj)
        match self.known.get(key, []):
            case []:
                return None
            case [obj]:
                return obj
        raise self.resource._meta.model.MultipleObjectsReturned

    @staticmethod
    def _value(obj: Model, attribute: str) -> Any:
        return getattr(obj, obj._meta.get_field(attribute).attname)


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value
