"""What WeasyPrint keeps of a document and does not need any more, let go. The bytes are the same without.

A report on 2,400 cities has thirty thousand elements and seventy thousand boxes: the rules that made a style go when it is
made, a page that is laid out keeps what draws it, and one whose tags are written goes.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import cache, partial
from math import inf
from types import SimpleNamespace
from typing import Any

import weasyprint.document
import weasyprint.pdf
from cssselect2 import ElementWrapper
from weasyprint import HTML, layout
from weasyprint.css import StyleFor
from weasyprint.formatting_structure.boxes import Box, LineBox, ParentBox, ReplacedBox, TextBox

from common.pdf_writing import put_away

# Notes, and list items that are no li: their documents need all the rules there are.
SPECIAL = re.compile(r"\bfloat\s*:\s*\w*note\b|\blist-item\b", re.IGNORECASE)
OF_A_NOTE = {"footnote-call", "footnote-marker", "note-call", "note-marker", "note-callback"}
SIDES = ("top", "right", "bottom", "left")
# What nearly all boxes have alike, and nobody asks whether a box has it.
USUAL: dict[str, Any] = {
    **{f"{space}_{side}": 0 for space in ("margin", "padding") for side in SIDES},
    **{f"border_{one}_{two}_radius": (0, 0) for one in ("top", "bottom") for two in ("left", "right")},
    "min_width": 0, "min_height": 0, "max_width": inf, "max_height": inf,
    "background": None, "first_letter_style": None, "first_line_style": None, "remove_decoration_sides": frozenset(),
}  # fmt: skip
USUAL_IN_TEXT = USUAL | {f"border_{side}_width": 0 for side in SIDES}  # elsewhere it is asked whether they are known
# What a box is asked for while a page is laid out, not when it is drawn.
NOT_DRAWN = {
    "min_width", "min_height", "max_width", "max_height", "leading_collapsible_space", "trailing_collapsible_space",
    "computed_height", "content_height", "text_indent", "resume_at",
}  # fmt: skip

_sheets: Callable[..., list] = HTML._ua_stylesheets
_init: Callable[..., None] = StyleFor.__init__
_iter_subtree: Callable[..., Iterator] = ElementWrapper.iter_subtree
_make_all_pages: Callable[..., Iterator] = layout.make_all_pages
_layout_backgrounds: Callable[..., None] = layout.layout_backgrounds
_draw_page: Callable[..., None] = weasyprint.document.draw_page
_add_tags: Callable[..., None] = weasyprint.pdf.add_tags
_styling: list[StyleFor] = []  # of the document that is being styled
for kind, usual in ((Box, USUAL), (LineBox, USUAL_IN_TEXT), (TextBox, USUAL_IN_TEXT)):
    for name, value in usual.items():
        setattr(kind, name, value)


@contextmanager
def patched(*patches: tuple[Any, str, Any]) -> Iterator[None]:
    """Within, each place has ours under the name."""
    theirs = [(place, name, vars(place)[name]) for place, name, _ours in patches]
    for place, name, ours in patches:
        setattr(place, name, ours)
    try:
        yield
    finally:
        for place, name, value in theirs:
            setattr(place, name, value)


@contextmanager
def spared(html: str, settle: Callable[[Any], None]) -> Iterator[None]:
    """WeasyPrint within, to render `html`; `settle` has the last word on the box of each page before it goes."""
    patches = [
        (StyleFor, "__init__", style),
        (ElementWrapper, "iter_subtree", iter_subtree),
        (layout, "make_all_pages", make_all_pages),
        (layout, "layout_backgrounds", layout_backgrounds),
        (weasyprint.document, "draw_page", draw_page),
        (Box, "__init__", box),
        (ParentBox, "_reset_spacing", reset_spacing),
        (ParentBox, "copy_with_children", copy_with_children),
        (weasyprint.pdf, "add_tags", partial(add_tags, settle)),
    ]
    if not SPECIAL.search(html):
        patches.append((HTML, "_ua_stylesheets", own_sheets))
    with patched(*patches):
        yield


def own_sheets(self, forms: bool = False) -> list[Any]:
    """`HTML._ua_stylesheets`, which style for each element what it would be as a note or as a list item."""
    return [_for_what_is_there(sheet) for sheet in _sheets(self, forms)]


@cache
def _for_what_is_there(sheet: Any) -> Any:
    sheet = copy(sheet)
    sheet.matcher = copy(sheet.matcher)
    rules, by_name = sheet.matcher.other_selectors, sheet.matcher.lower_local_name_selectors
    of_items = [rule for rule in rules if rule[3] == "marker"]
    sheet.matcher.other_selectors = [rule for rule in rules if rule[3] not in OF_A_NOTE | {"marker"}]
    sheet.matcher.lower_local_name_selectors = {**by_name, "li": [*by_name.get("li", ()), *of_items]}
    return sheet


def style(self, *args: Any) -> None:
    """`StyleFor.__init__`."""
    _styling.append(self)
    try:
        _init(self, *args)
    finally:
        _styling.pop()


def iter_subtree(self) -> Iterator[ElementWrapper]:
    """`ElementWrapper.iter_subtree`; the rules of an element go when the next has its turn: it has its style."""
    for element in _iter_subtree(self):
        yield element
        for style_for in _styling:
            style_for._cascaded_styles.pop((element.etree_element, None), None)


def make_all_pages(*args: Any) -> Iterator[Any]:
    """`weasyprint.layout.make_all_pages`; a page that is laid out keeps what draws it."""
    for page in _make_all_pages(*args):
        lean(page)
        yield page


def layout_backgrounds(page: Any, *args: Any) -> None:
    """`weasyprint.layout.layout_backgrounds`, which says of each box that it has none."""
    _layout_backgrounds(page, *args)
    lean(page)


def usual_of(kind: type[Box]) -> dict[str, Any]:
    return USUAL_IN_TEXT if issubclass(kind, (LineBox, TextBox)) else USUAL


def lean(page: Any) -> None:
    for each in page.descendants():
        if isinstance(each, Box):
            usual = usual_of(type(each))
            each.__dict__ = {
                name: value
                for name, value in vars(each).items()
                if name not in NOT_DRAWN and (name not in usual or value != usual[name])
            }


def box(self, element_tag: str, style: Any, element: Any) -> None:
    """`Box.__init__`, without a set of its own for each."""
    self.element_tag, self.style, self.element, self.children = element_tag, style, element, []


def reset_spacing(self, side: str) -> None:
    """`ParentBox._reset_spacing`."""
    self.remove_decoration_sides |= {side}
    for name in (f"margin_{side}", f"padding_{side}", f"border_{side}_width"):
        setattr(self, name, 0)


def copy_with_children(self, children: list) -> Any:
    """`ParentBox.copy_with_children`."""
    new = self.copy()
    new.children = children
    vars(self).pop("remove_decoration_sides", None)  # those of another part of the box
    return new


def draw_page(page: Any, stream: Any) -> None:
    """`weasyprint.document.draw_page`; a picture that is drawn goes."""
    _draw_page(page, stream)
    for each in page.descendants():
        if isinstance(each, ReplacedBox):
            each.replacement = None


class Passing(list):
    """Pages, each of which lets its boxes go when the next is asked for, and has its tags written."""

    def __init__(self, pages: list[Any], pdf: Any, settle: Callable[[Any], None]) -> None:
        super().__init__(pages)
        self.pdf, self.settle = pdf, settle

    def __iter__(self) -> Iterator[Any]:
        for page in super().__iter__():
            first = len(self.pdf.objects)
            yield page
            self.settle(page._page_box)
            page._page_box = None
            put_away(self.pdf, first)


def add_tags(settle: Callable[[Any], None], pdf: Any, document: Any, *args: Any) -> None:
    """`weasyprint.pdf.add_tags`, the last that asks for boxes; it asks for all pages for each of them."""
    with patched((type(pdf), "page_references", pdf.page_references)):
        _add_tags(pdf, SimpleNamespace(pages=Passing(document.pages, pdf, settle)), *args)
