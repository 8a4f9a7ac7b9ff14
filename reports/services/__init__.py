"""What people do with an annual report. Sending it to the mayors is in `dispatch.py`."""

from .drafts import compile_draft
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
from .sections import accept_section, ask_networks, hand_in, networks_to_ask, return_section, save_section
from .verification import answer_request, ask_correction, confirm_sheet, current_round, open_round, skip_round
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
    "accept_section",
    "answer_request",
    "approval_obstacles",
    "approve",
    "ask_correction",
    "ask_networks",
    "be_present",
    "both_mistakes",
    "cancel",
    "chapter_names",
    "compile",
    "compile_draft",
    "confirm_sheet",
    "create_report",
    "current_round",
    "damaged",
    "forget_draft",
    "freeze",
    "freeze_obstacles",
    "hand_in",
    "keep_draft",
    "known_keys",
    "locked",
    "networks_to_ask",
    "open_round",
    "progress",
    "reopen",
    "return_section",
    "save_chapter",
    "save_section",
    "sealed",
    "skip_round",
]
