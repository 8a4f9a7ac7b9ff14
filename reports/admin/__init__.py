"""The administration of the reports: the report with its steps, its texts, the networks' sections, the cities' answers."""

from . import chapters, report, sections, verification

__all__ = ["chapters", "report", "sections", "verification"]
