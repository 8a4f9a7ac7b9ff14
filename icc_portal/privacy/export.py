"""What is kept about one person, as data and as a page: one part for each rule of the table that finds something."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .rules import Person, Rule, columns
from .table import RULES


@dataclass(frozen=True)
class Part:
    """The rows that one rule finds, each as (name, label, value); `history` says that they are earlier values."""

    rule: Rule
    is_history: bool
    rows: list[list[tuple[str, str, Any]]]


def collect(person: Person) -> Iterator[Part]:
    """Every part that holds something about `person`; keys, passwords and links that let somebody in are left out."""
    for rule in RULES:
        for number, model in enumerate(rule.tables()):
            names = [
                n for n in (*columns(model, tuple(rule.fields)), *rule.also) if n not in rule.secret and _has(model, n)
            ]
            names = list(dict.fromkeys(names))
            found = model._base_manager.filter(rule.rows & rule.of(person)).order_by("pk").values(*names)
            rows = [
                [(name, label(model, name), shown(model, name, row[name])) for name in names]
                for row in _without_links(model, found)
            ]
            if rows and names:
                yield Part(rule, number > 0, rows)


def _without_links(model: type[models.Model], rows: Any) -> Any:
    """Mail that lets its reader in is listed without its text."""
    return (
        rows.exclude(Q(is_sensitive=True))
        if any(f.name == "is_sensitive" for f in model._meta.concrete_fields)
        else rows
    )


def _has(model: type[models.Model], path: str) -> bool:
    """Whether `path` can be followed; a history lacks what its model excluded."""
    try:
        field = model._meta.get_field(path.partition("__")[0])
    except FieldDoesNotExist:
        return False
    return not field.auto_created or field.concrete


def field_of(model: type[models.Model], path: str) -> models.Field:
    first, _sep, rest = path.partition("__")
    field = model._meta.get_field(first)
    return field_of(field.related_model, rest) if rest else field  # type: ignore[arg-type]


def label(model: type[models.Model], path: str) -> str:
    first, _sep, rest = path.partition("__")
    own = str(model._meta.get_field(first).verbose_name)
    return own if not rest else f"{own}: {field_of(model, path).verbose_name}"


def shown(model: type[models.Model], path: str, value: Any) -> Any:
    """The words of a choice; everything else as it is."""
    choices = dict(getattr(field_of(model, path), "flatchoices", ()))
    return str(choices.get(value, value)) if value in choices else value


def as_json(person: Person, at: datetime) -> str:
    """For another system: a record for each row, with the model and field names."""
    parts = [
        {
            "what": str(part.rule.what),
            "why": str(part.rule.why),
            "how_long": part.rule.period,
            "model": part.rule.model,
            "is_history": part.is_history,
            "records": [{name: plain(value) for name, _label, value in row} for row in part.rows],
        }
        for part in collect(person)
    ]
    document = {"person": person.name, "exported_at": at.isoformat(), "parts": parts}
    return json.dumps(document, ensure_ascii=False, indent=2)


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value if isinstance(value, str | int | float | bool | list | dict) or value is None else str(value)
