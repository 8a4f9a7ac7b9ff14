"""Queries whose SQL Django writes once: for a short answer, writing takes far longer than asking (docs/adr/0008).

    @prepared
    def offers(cities: list[int], at: datetime):
        return Registration.objects.filter(city__in=cities, offered_until__gt=at)

    offers([34, 35], timezone.now())    # the rows of now, as a list

The function runs once per language and process, with stand-ins for its arguments: they may stand in lookups and sums, and nobody
may look at them. What else it reads, such as the clock, it would read once for all. Each argument is annotated with a type of
`FIELDS`; a list holds primary keys.
"""

from collections.abc import Callable
from copy import copy
from datetime import date, datetime
from functools import cache, wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Expression, QuerySet
from django.utils.translation import get_language

FIELDS = {
    int: models.BigIntegerField,
    str: models.TextField,
    date: models.DateField,
    datetime: models.DateTimeField,
    list[int]: models.BigIntegerField,
}
Arguments, Row = ParamSpec("Arguments"), TypeVar("Row")


class Given(Expression):
    """Stands for an argument in a query, and for its value among the parameters of the SQL."""

    def __init__(self, name: str, type: Any):
        super().__init__(output_field=FIELDS[type]())
        self.name, self.sql = name, "(SELECT unnest(%s::bigint[]))" if type == list[int] else "%s"

    def as_sql(self, compiler, connection):
        return self.sql, [self]


def prepared(query: Callable[Arguments, QuerySet[Any, Row]]) -> Callable[Arguments, list[Row]]:
    call = signature(query)

    @cache
    def written(language: str | None):
        queryset = query(*(Given(name, argument.annotation) for name, argument in call.parameters.items()))
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column for column, *_ in compiler.select[: compiler.col_count]])
        compiler.get_converters = lambda columns: converters
        return queryset, compiler, sql, parameters

    @wraps(query)
    def rows(*args: Arguments.args, **kwargs: Arguments.kwargs) -> list[Row]:
        values = call.bind(*args, **kwargs).arguments
        queryset, compiler, sql, parameters = written(get_language())
        filled = [values[each.name] if isinstance(each, Given) else each for each in parameters]
        queryset, compiler = queryset.all(), copy(compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]  # of this thread
        compiler.as_sql = lambda *args, **kwargs: (sql, filled)
        queryset.query.get_compiler = lambda *args, **kwargs: compiler
        return list(queryset)

    return rows
