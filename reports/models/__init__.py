"""The annual report: texts, the frozen snapshot, and everything rendered from it (invariants R1–R9)."""

from .report import AnnualReport, Chapter, Rendition, Snapshot
from .sections import NetworkSection
from .verification import CityCheck, Verification
from .writing import ChapterDraft, ChapterPresence, ManualFigure

__all__ = [
    "AnnualReport",
    "Chapter",
    "ChapterDraft",
    "ChapterPresence",
    "CityCheck",
    "ManualFigure",
    "NetworkSection",
    "Rendition",
    "Snapshot",
    "Verification",
]
