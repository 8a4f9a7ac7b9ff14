"""Ranges for exclusion constraints, on a PostgreSQL without extensions."""

from django.db.models import F, Func, Value


def span(field: str) -> Func:
    """A one-element range, so that a GiST index without extensions can compare identifiers.

    Name a foreign key as the model does ("city"): Django checks a form with the values of these names.
    """
    return Func(F(field), F(field), Value("[]"), function="int8range")
