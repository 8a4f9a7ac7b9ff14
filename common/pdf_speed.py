"""What WeasyPrint works out again and again, remembered for the life of the process. The bytes are the same without.

Letters by the hundred share their style sheet, nearly all their words and their map: an element that the same rules meet
under the same parent has one style, a line with the same words, style and width is broken once and shaped once to be
drawn, a path is read once.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

from tinycss2.ast import FunctionBlock
from weasyprint import css, svg
from weasyprint.draw import text
from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline, percent
from weasyprint.text import line_break

from common.pdf_memory import patched, usual_of

# All that the breaking of a line reads from a style.
READ = (
    "direction", "font_family", "font_feature_settings", "font_kerning", "font_language_override", "font_size",
    "font_stretch", "font_style", "font_variant_alternates", "font_variant_caps", "font_variant_east_asian",
    "font_variant_ligatures", "font_variant_numeric", "font_variant_position", "font_variation_settings", "font_weight",
    "hyphenate_character", "hyphenate_limit_chars", "hyphenate_limit_zone", "hyphens", "lang", "letter_spacing",
    "line_height", "overflow_wrap", "tab_size", "text_decoration_line", "white_space", "word_break", "word_spacing",
)  # fmt: skip
# What a box takes from its style and from the size of the block around it.
BORDERS = ("border_top_width", "border_right_width", "border_bottom_width", "border_left_width")
USED = (
    "margin_left", "margin_right", "margin_top", "margin_bottom", "padding_left", "padding_right", "padding_top",
    "padding_bottom", "width", "min_width", "max_width", "height", "min_height", "max_height", *BORDERS,
)  # fmt: skip
# Lengths that depend on the first page, which a style from memory would not know.
OF_THE_PAGE = re.compile(r"[\s:(,*][-+]?[\d.]+[dlsp]?v(w|h|i|b|min|max)\b", re.IGNORECASE)
MOST = 20_000  # lines, of some hundred bytes each
MOST_SHAPED = 3_000  # lines ready to be drawn, of some kilobytes each
MOST_STYLES = 3_000  # of some kilobytes each
MOST_PATHS = 100  # of some hundred kilobytes, the outlines of land
_styles: dict[tuple, Any] = {}
_lines: dict[tuple, tuple] = {}
_shaped: dict[tuple, tuple] = {}
_paths: dict[str, tuple[list, list]] = {}  # what is written, and the corners, for markers
_met: set[int] = set()
_set_styles: Callable[..., None] = css.StyleFor.set_computed_styles
_check_math: Callable[[Any], bool | None] = css.check_math
_resolve: Callable[..., None] = percent.resolve_percentages
_font_key: Callable[..., str] = line_break._font_style_cache_key
_split: Callable[..., tuple] = inline.split_first_line
_reactivate: Callable[..., None] = line_break.Layout.reactivate
_draw: Callable[..., list] = text.draw_first_line
_path: Callable[..., None] = svg.TAGS["path"]


@contextmanager
def remembered(html: str) -> Iterator[None]:
    """WeasyPrint within, with memory, to render `html`. Outside it works as it comes."""
    svg.TAGS["path"] = path
    try:
        with patched(*([] if OF_THE_PAGE.search(html) else PATCHES)):
            yield
    finally:
        svg.TAGS["path"] = _path


def set_computed_styles(self, element, parent, root=None, pseudo_type=None, base_url=None, target_collector=None):
    """`StyleFor.set_computed_styles`: one style for the same rules under the same parent, in whatever document."""
    computed = self.get_computed_styles()
    above = computed.get((parent, None))
    if above is not None and "notes" not in above.__dict__:
        return _set_styles(self, element, parent, root, pseudo_type, base_url, target_collector)
    cascaded = self.get_cascaded_styles().get((element, pseudo_type), {})
    place = (base_url, *(sheet for sheet, *_ in self._sheets)) if above is None else id(above)
    rules = [
        (name, value if name == "lang" else id(value), *weight[:2], *weight[2])
        for name, (value, weight) in cascaded.items()
    ]
    key = (place, pseudo_type, *rules)
    if key in _styles:
        computed[element, pseudo_type] = _styles[key]
        return None
    _set_styles(self, element, parent, root, pseudo_type, base_url, target_collector)
    if not is_own(cascaded, above):
        if len(_styles) >= MOST_STYLES:
            _styles.clear()
        style = _styles[key] = computed[element, pseudo_type]
        style.notes = {}
    return None


def is_own(cascaded: dict[str, tuple], above: Any) -> bool:
    """Whether WeasyPrint writes into a style (that of a note; the page takes its overflow from html or body), or
    notes down whose it is (an anchor)."""
    return (
        "anchor" in cascaded
        or ("overflow" in cascaded and (above is None or above.parent_style is None))
        or ("float" in cascaded and cascaded["float"][0] == "footnote")
        or ("position" in cascaded and type(cascaded["position"][0]) is tuple)
    )


def notes(style: Any) -> dict | None:
    """What has been worked out from a style that is nobody's own and that nobody changes."""
    found = style.__dict__.get("notes")
    if found is None and type(style) is css.AnonymousStyle:
        above = style.parent_style
        if above.__dict__.get("anonymous_style") is style and notes(above) is not None:
            found = style.notes = {}
    return found


def resolve_percentages(box: Any, containing_block: Any) -> None:
    """`weasyprint.layout.percent.resolve_percentages`."""
    known = notes(box.style)
    if known is None:
        return _resolve(box, containing_block)
    around = containing_block
    size = (around.width, around.height) if isinstance(around, boxes.Box) else tuple(around)
    borders = ()
    if box.style["border_collapse"] == "collapse":  # the cells of such a table have theirs from one another
        borders = tuple(getattr(box, name, None) for name in BORDERS)
    key = (*size, type(box), borders)
    if key not in known:
        _resolve(box, containing_block)
        usual, used = usual_of(type(box)), {name: getattr(box, name) for name in USED}
        alike = [name for name, value in used.items() if name in usual and value == usual[name]]
        known[key] = {name: value for name, value in used.items() if name not in alike}, alike
    used, alike = known[key]
    own = vars(box)
    own.update(used)
    for name in alike:
        own.pop(name, None)
    return None


def font_key(style: Any, include_size: bool = False) -> str:
    """`weasyprint.text.line_break._font_style_cache_key`."""
    known = notes(style)
    if known is None:
        return _font_key(style, include_size)
    if include_size not in known:
        known[include_size] = _font_key(style, include_size)
    return known[include_size]


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
    data, stream = node.get("d", ""), drawing.stream.stream
    if data in _paths:
        operators, vertices = _paths[data]
        stream += operators
        node.vertices.extend(vertices)
        return
    begin = len(stream)
    _path(drawing, node, font_size)
    if len(_paths) >= MOST_PATHS:
        _paths.clear()
    if hash(data) in _met:  # what is drawn once is not worth its place
        _paths[data] = stream[begin:], list(node.vertices)
    _met.add(hash(data))


def check_math(token: Any) -> bool | None:
    """`weasyprint.css.functions.check_math`; nearly all it is asked about is no function."""
    if type(token) is tuple:
        return any(check_math(item) for item in token if type(item) is tuple or type(item) is FunctionBlock)
    return _check_math(token) if type(token) is FunctionBlock else None


def reactivate(self, style: Any) -> None:
    """`Layout.reactivate`: what a line is drawn from, ready since it was drawn before."""
    key = (self.text, self.justification_spacing, read(style))
    if key in _shaped:
        self.style = style
        self.layout, self.language, self.text = _shaped[key]
    else:
        _reactivate(self, style)
        self.drawn_as = key


def draw_first_line(stream, textbox, text_overflow, block_ellipsis, matrix):
    """`weasyprint.draw.text.draw_first_line`; from the second time on nothing in the line changes, unless it is cut."""
    line = textbox.pango_layout
    if text_overflow == "ellipsis" or block_ellipsis != "none":
        _reactivate(line, textbox.style)
        return _draw(stream, textbox, text_overflow, block_ellipsis, matrix)
    emojis = _draw(stream, textbox, text_overflow, block_ellipsis, matrix)
    if key := line.__dict__.pop("drawn_as", None):
        if len(_shaped) >= MOST_SHAPED:
            _shaped.clear()
        _shaped[key] = line.layout, line.language, line.text
    return emojis


def places(function: Callable) -> Iterator[tuple[Any, str]]:
    """The modules of WeasyPrint that know a function, and by which name."""
    for module in [module for name, module in sys.modules.items() if name.startswith("weasyprint.")]:
        yield from ((module, name) for name, value in vars(module).items() if value is function)


PATCHES = [
    (css.StyleFor, "set_computed_styles", set_computed_styles),
    (line_break.Layout, "reactivate", reactivate),
    *(
        (place, name, ours)
        for theirs, ours in (
            (_check_math, check_math),
            (_resolve, resolve_percentages),
            (_font_key, font_key),
            (_split, split_first_line),
            (_draw, draw_first_line),
        )
        for place, name in places(theirs)
    ),
]
