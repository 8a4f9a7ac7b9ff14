"""Words in drawings, in one piece.

WeasyPrint 70 sets the text of an SVG letter by letter, and one that ends at its place, or has it in the middle, as a
picture of its own: Arabic comes apart, nothing is kerned, viewers cut a pixel off the first letter, and all of it costs.
"""

from typing import Any

import pydyf
from weasyprint import svg

EACH = ("rotate", "textLength", "letter-spacing", "direction")  # what does something to each letter
PLACES = ("x", "y", "dx", "dy")
SHARE = {"middle": 0.5, "end": 1}  # of the width of a text that stands before its place
_text, _draw_node = svg.text, svg.SVG.draw_node


class Whole(str):
    """A text whose only letter is itself."""

    __slots__ = ()

    def __iter__(self):
        yield str(self)


def is_plain(node: Any) -> bool:
    """Whether it is a text without parts and without places for its single letters."""
    return (
        node.tag == "text"
        and bool(node.text)
        and not any(name in node.attrib for name in EACH)
        and not any(len(node.get(name, "").replace(",", " ").split()) > 1 for name in PLACES)
        and next(iter(node), None) is None
    )


def draw_node(drawing: Any, node: Any, *args: Any, **kwargs: Any) -> None:
    """`SVG.draw_node`, which shall see no anchor: `text` does what it asks for."""
    if is_plain(node):
        node.share = SHARE.get(node.attrib.pop("text-anchor", ""), getattr(node, "share", 0))
        node._etree_node.text = Whole(node.text)
    _draw_node(drawing, node, *args, **kwargs)


def text(drawing: Any, node: Any, font_size: float) -> None:
    """`weasyprint.svg.text.text`; a plain text is moved by its share once its width is known."""
    written = drawing.stream.stream
    begin = len(written)
    _text(drawing, node, font_size)
    if share := getattr(node, "share", 0):
        x, y, width, height = node.text_bounding_box
        move = pydyf.Stream()
        move.set_matrix(1, 0, 0, 1, -width * share, 0)
        written[begin + 1 : begin + 1] = move.stream  # after the state is kept
        node.text_bounding_box = x - width * share, y, width, height


def keep_words_whole() -> None:
    """From now on, in this process: the bytes must not depend on which threads render at the same time."""
    svg.TAGS.update({name: text for name, draws in svg.TAGS.items() if draws is _text})
    svg.text, svg.SVG.draw_node = text, draw_node
