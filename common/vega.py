"""Vega-Lite to SVG, offline: in this process, or within `apart()` in one of its own.

The engine takes 190 MB and gives none of it back, which is much beside a report that is being laid out.
`python -m common.vega` is that other process: a chart as JSON on a line, its answer on a line.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

VEGA_LITE = "6.4"
_drawing: ContextVar["Apart | None"] = ContextVar("drawing", default=None)


class Stopped(RuntimeError):
    """The process that draws was ended by somebody else."""


def svg(spec: dict[str, Any], language: str) -> str:
    """The drawn spec. Raises ValueError with the engine's words for one that it does not understand."""
    other = _drawing.get()
    return other.svg(spec, language) if other else _svg(spec, language)


@contextmanager
def apart() -> Iterator["Apart"]:
    """Within, charts are drawn by a process that starts with the first of them and ends with the (outermost) block."""
    if other := _drawing.get():
        yield other
        return
    other = Apart()
    token = _drawing.set(other)
    try:
        yield other
    finally:
        _drawing.reset(token)
        other.end()


class Apart:
    process: subprocess.Popen[bytes] | None = None

    def svg(self, spec: dict[str, Any], language: str) -> str:
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "common.vega"],
                cwd=Path(__file__).resolve().parent.parent,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(json.dumps([spec, language]).encode() + b"\n")
            self.process.stdin.flush()
            drawn, refusal = json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError) as error:
            self.end()  # the next chart has a new one
            raise Stopped("The process that draws charts was stopped.") from error
        if refusal:
            raise ValueError(refusal)
        return drawn

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


def _svg(spec: dict[str, Any], language: str) -> str:
    import vl_convert

    return vl_convert.vegalite_to_svg(
        spec,
        vl_version=VEGA_LITE,
        allowed_base_urls=[],  # nothing is fetched
        format_locale="fr-FR" if language.startswith("fr") else "en-US",
    )


def _answer(question: str) -> tuple[str, str]:
    try:
        return _svg(*json.loads(question)), ""
    except ValueError as error:
        return "", str(error)


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(_answer(line)), flush=True)
