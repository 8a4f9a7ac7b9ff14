"""Is there a rule for every field that can hold something about a person?"""

from collections.abc import Iterator

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from .not_personal import NOT_PERSONAL
from .table import RULES

CAN_HOLD = (
    models.CharField, models.TextField, models.FileField, models.GenericIPAddressField, models.JSONField, models.BinaryField,
)  # fmt: skip
LANGUAGES = ("_en", "_fr")


def problems() -> Iterator[str]:
    """A sentence for each text, address or file field without a rule, and for each rule about a field that is not there."""
    ruled: dict[str, set[str]] = {}
    for rule in RULES:
        ruled.setdefault(rule.model, set()).update(rule.fields)
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label
        if hasattr(model, "history_object") or model._meta.proxy:  # goes with its model
            continue
        known = ruled.get(label, set()) | set(NOT_PERSONAL.get(label, ()))
        for name in text_fields(model):
            if name not in known and name.removesuffix("_en").removesuffix("_fr") not in known:
                yield (
                    f"{label}.{name} has no retention rule. Can it hold something about a person (a name, an address, a free "
                    f'text, a file)? Then add "{name}" to a Rule for "{label}" in icc_portal/privacy/{{offices,letters,programme}}.py: whose it is, '
                    f"why, how long, what stands there afterwards. If it cannot, add it to NOT_PERSONAL in "
                    f"icc_portal/privacy/not_personal.py."
                )
    yield from _stale(ruled)


def text_fields(model: type[models.Model]) -> list[str]:
    """Fields that take text or files; one with fixed choices does not."""
    return [
        f.name for f in model._meta.concrete_fields if isinstance(f, CAN_HOLD) and not f.choices and not f.is_relation
    ]


def _stale(ruled: dict[str, set[str]]) -> Iterator[str]:
    for label, names in [*ruled.items(), *((label, set(names)) for label, names in NOT_PERSONAL.items())]:
        try:
            model = apps.get_model(label)
        except LookupError:
            yield f"There is a rule for {label}, which is no model any more. Take it out of icc_portal/privacy/."
            continue
        for name in sorted(names):
            try:
                model._meta.get_field(name)
            except FieldDoesNotExist:
                yield f"There is a rule for {label}.{name}, which is no field any more. Take it out of icc_portal/privacy/."
