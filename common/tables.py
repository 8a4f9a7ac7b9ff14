"""CSV files that the portal starts from, read with a sentence for each thing that can be wrong in them."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.db.models import Model


class BrokenTable(Exception):
    """A file that cannot be read; the text says which, where, and what to do."""


class Row:
    """One row of a file. `row["name"]` is text without surrounding blanks; "" means "not found"."""

    def __init__(self, file: str, line: int, values: dict[str, str]):
        self.file, self.line, self.values = file, line, values

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    def broken(self, problem: str) -> BrokenTable:
        return BrokenTable(f"{self.file}, line {self.line}: {problem}")

    def required(self, column: str) -> str:
        if not (value := self[column]):
            raise self.broken(f"“{column}” is empty. Fill it in, or remove the row.")
        return value

    def choice(self, column: str, known: dict[str, Any]) -> Any:
        if (value := self[column]) not in known:
            raise self.broken(f"“{value}” in “{column}” is not one of: {', '.join(filter(None, known))}.")
        return known[value]

    def codes(self, column: str, known: Sequence[str]) -> list[str]:
        """The codes in the column, separated by blanks."""
        codes = self[column].split()
        if unknown := [code for code in codes if code not in known]:
            raise self.broken(f"“{unknown[0]}” in “{column}” is not one of: {', '.join(known)}.")
        return codes

    def integer(self, column: str, low: int, high: int) -> int | None:
        if not (value := self[column]):
            return None
        if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
            raise self.broken(f"“{value}” in “{column}” is not a whole number from {low} to {high}.")
        return int(value)

    def decimal(self, column: str, low: int, high: int) -> Decimal | None:
        if not (value := self[column]):
            return None
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if not (number.is_finite() and low <= number <= high):
            raise self.broken(
                f"“{value}” in “{column}” is not a number from {low} to {high}. Write decimals with a point."
            )
        return number

    def day(self, text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise self.broken(f"“{text}” is not a date. Write it like 2020-09-24.") from None


def read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a UTF-8 CSV file with a header. Raises BrokenTable."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BrokenTable(f"{path.name} is not in {path.parent}. Put it there, or name another folder.") from None
    except UnicodeDecodeError as error:
        raise BrokenTable(f"{path.name} is not UTF-8 (byte {error.start + 1}). Save it again as “CSV UTF-8”.") from None
    except OSError as error:
        raise BrokenTable(f"{path.name} cannot be read: {error.strerror}.") from None
    try:
        return list(_rows(path.name, text, columns))
    except csv.Error as error:
        raise BrokenTable(f"{path.name} is not a CSV file: {error}.") from None


def _rows(name: str, text: str, columns: Sequence[str]) -> Iterator[Row]:
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    header = [column.strip() for column in next(reader, [])]
    if missing := [column for column in columns if column not in header]:
        raise BrokenTable(
            f"{name} has no column {', '.join(f'“{c}”' for c in missing)}. Its first line must name: {', '.join(columns)}."
        )
    for values in reader:
        if not values:
            continue
        if len(values) != len(header):
            raise BrokenTable(
                f"{name}, line {reader.line_num}: {len(values)} values for {len(header)} columns. Is a quote or comma missing?"
            )
        yield Row(name, reader.line_num, dict(zip(header, (value.strip() for value in values), strict=True)))


def known(model: type[Model], **key: Any) -> bool:
    """Whether a row with this natural key is there, or one that had it before somebody changed it."""
    if model._default_manager.filter(**key).exists():
        return True
    once = model.history.filter(**key).values("id")  # type: ignore[attr-defined]
    return model._default_manager.filter(pk__in=once).exists()
