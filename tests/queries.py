"""Counting the queries of a page."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext


def queries(get: Callable) -> int:
    """How many queries `get()` takes; it must answer 200."""
    with CaptureQueriesContext(connection) as captured:
        response = get()
    assert response.status_code == 200
    return len(captured)


def assert_same_with_more_rows(get: Callable, add: Callable[[int], object]) -> None:
    """The page takes the same queries, at most 12, with 1, 3 and 50 rows; `add(n)` makes n more."""
    get()  # the first visit of a session writes its trace
    counts = []
    for more in (1, 2, 47):
        add(more)
        counts.append(queries(get))
    assert len(set(counts)) == 1, f"queries with 1, 3 and 50 rows: {counts}"
    assert counts[0] <= 12, f"{counts[0]} queries"
