"""What WeasyPrint works out again and again, remembered for the life of the process. The bytes are the same without.

Letters by the hundred share nearly all their words and their map: a line with the same words, style and width is broken
once, a long path is read once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

from tinycss2.ast import FunctionBlock
from weasyprint import css, svg
from weasyprint.layout import inline, percent, preferred

# All that the breaking of a line reads from a style.
READ = (
    "direction", "font_family", "font_feature_settings", "font_kerning", "font_language_override", "font_size",
    "font_stretch", "font_style", "font_variant_alternates", "font_variant_caps", "font_variant_east_asian",
    "font_variant_ligatures", "font_variant_numeric", "font_variant_position", "font_variation_settings", "font_weight",
    "hyphenate_character", "hyphenate_limit_chars", "hyphenate_limit_zone", "hyphens", "lang", "letter_spacing",
    "line_height", "overflow_wrap", "tab_size", "text_decoration_line", "white_space", "word_break", "word_spacing",
)  # fmt: skip
MOST = 20_000  # lines, of some hundred bytes each
LONG = 500  # characters of a path that is worth remembering
MOST_PATHS = 100  # of some hundred kilobytes each
_lines: dict[tuple, tuple] = {}
_paths: dict[str, tuple[list, list]] = {}  # what is written, and the corners, for markers
_split: Callable[..., tuple] = inline.split_first_line
_path: Callable[..., None] = svg.TAGS["path"]
_check_math: Callable[[Any], bool | None] = css.check_math


@contextmanager
def remembered() -> Iterator[None]:
    """WeasyPrint within, with memory. Outside it works as it comes."""
    inline.split_first_line = preferred.split_first_line = split_first_line
    svg.TAGS["path"] = path
    css.check_math = percent.check_math = check_math
    try:
        yield
    finally:
        inline.split_first_line = preferred.split_first_line = _split
        svg.TAGS["path"] = _path
        css.check_math = percent.check_math = _check_math


def split_first_line(text, style, context, max_width, justification_spacing, is_line_start=True, minimum=False):
    """`weasyprint.text.line_break.split_first_line`; the layout is a copy, as drawing changes it."""
    key = (text, read(style), max_width, justification_spacing, is_line_start, minimum)
    line = _lines.get(key)
    if line is None:
        if len(_lines) >= MOST:
            _lines.clear()
        line = _split(text, style, context, max_width, justification_spacing, is_line_start, minimum)
        _lines[key] = (copy(line[0]), *line[1:])
        return line
    return copy(line[0]), *line[1:]


def read(style: Any) -> str:
    """The part of a style that decides about a line, worked out once for each style."""
    found = style.__dict__.get("read")
    if found is None:
        found = style.__dict__["read"] = repr([style[name] for name in READ])
    return found


def path(drawing: Any, node: Any, font_size: float) -> None:
    """`weasyprint.svg.path.path`: what it adds to the page depends on the path alone."""
    text, stream = node.get("d", ""), drawing.stream.stream
    if len(text) < LONG:
        return _path(drawing, node, font_size)
    if text in _paths:
        operators, vertices = _paths[text]
        stream += operators
        node.vertices.extend(vertices)
        return None
    begin = len(stream)
    _path(drawing, node, font_size)
    if len(_paths) >= MOST_PATHS:
        _paths.clear()
    _paths[text] = stream[begin:], list(node.vertices)
    return None


def check_math(token: Any) -> bool | None:
    """`weasyprint.css.functions.check_math`; nearly all it is asked about is no function."""
    if type(token) is tuple:
        return any(check_math(item) for item in token if type(item) is tuple or type(item) is FunctionBlock)
    return _check_math(token) if type(token) is FunctionBlock else None
