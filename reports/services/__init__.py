"""What people do with an annual report. Sending it to the mayors is in `dispatch.py`."""

from .lifecycle import (
    approval_obstacles,
    approve,
    cancel,
    compile,
    damaged,
    freeze,
    freeze_obstacles,
    progress,
    reopen,
    sealed,
)
from .writing import (
    be_present,
    both_mistakes,
    chapter_names,
    create_report,
    forget_draft,
    keep_draft,
    known_keys,
    locked,
    save_chapter,
)

__all__ = [
    "approval_obstacles",
    "approve",
    "be_present",
    "both_mistakes",
    "cancel",
    "chapter_names",
    "compile",
    "create_report",
    "damaged",
    "forget_draft",
    "freeze",
    "freeze_obstacles",
    "keep_draft",
    "known_keys",
    "locked",
    "progress",
    "reopen",
    "save_chapter",
    "sealed",
]
