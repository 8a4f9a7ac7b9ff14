"""The administration of the reports: the report with its steps, its texts, the networks' sections, the cities' answers."""

from . import chapters, links, report, sections, verification

__all__ = ["chapters", "links", "report", "sections", "verification"]
