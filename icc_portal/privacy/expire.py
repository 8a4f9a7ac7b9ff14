"""What the night does: rows whose time is over by the table lose what the rule says, in batches, again and again the same."""

import logging
from collections.abc import Iterator
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q

from .rules import Rule, columns, pending, values
from .table import RULES

logger = logging.getLogger(__name__)

BATCH = 500


def expire(at: datetime) -> dict[str, int]:
    """Apply every rule at `at`; gives the number of rows changed by table. A second run finds nothing to do."""
    counts: dict[str, int] = {}
    for rule in RULES:
        if (over := rule.over_at(at)) is None:
            continue
        for model, count in clear(rule, rule.rows & over):
            counts[model._meta.label] = counts.get(model._meta.label, 0) + count
    changed = {label: count for label, count in counts.items() if count}
    logger.info("Retention at %s: %s", at.isoformat(), changed or "nothing to do")
    return changed


def clear(rule: Rule, rows: Q) -> Iterator[tuple[type[models.Model], int]]:
    """Do to `rows` of each table of the rule what it says, whatever their age."""
    for model in rule.tables():
        yield model, clear_table(rule, model, rows)


def clear_table(rule: Rule, model: type[models.Model], rows: Q) -> int:
    """The same for one of its tables; gives the number of rows changed."""
    present = set(columns(model, tuple(rule.fields)))
    fields = {name: value for name, value in rule.fields.items() if name in present}
    if not fields:
        return 0
    return _clear_table(model, rows if rule.deletes else rows & pending(model, fields), fields, rule.deletes)


def _clear_table(model: type[models.Model], rows: Q, fields: dict, deletes: bool) -> int:
    files = [f.name for f in model._meta.concrete_fields if isinstance(f, models.FileField) and f.name in fields]
    count = 0
    while batch := list(model._base_manager.filter(rows).order_by("pk").values_list("pk", *files)[:BATCH]):
        chosen = model._base_manager.filter(pk__in=[row[0] for row in batch])
        with transaction.atomic():
            if deletes:
                chosen.delete()
            else:
                chosen.update(**values(fields))
            for position, name in enumerate(files, start=1):
                _delete_files(model, name, {row[position] for row in batch} - {""})
        count += len(batch)
    return count


def _delete_files(model: type[models.Model], name: str, paths: set[str]) -> None:
    """From the storage, once the rows are written, and only those that no other row needs."""
    storage = model._meta.get_field(name).storage
    still = set(model._base_manager.filter(**{f"{name}__in": paths}).values_list(name, flat=True))
    for path in paths - still:
        transaction.on_commit(lambda path=path: storage.delete(path))
