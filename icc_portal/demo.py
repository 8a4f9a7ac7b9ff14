"""What `bin/demo` does once the portal runs: the main job, for real."""

from collections.abc import Callable

Sections = list[tuple[str, list[tuple[str, str]]]]


def prepare(progress: Callable[[str], None]) -> Sections:
    """Do the job, telling `progress` each step; returns titled pairs for the summary, `{address}` standing in it."""
    return []
