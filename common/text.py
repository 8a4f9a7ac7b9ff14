"""Text: folding for search and sorting, safe HTML from Markdown."""

import unicodedata

import nh3
from django.utils.translation import get_language_info
from markdown_it import MarkdownIt

# Letters that Unicode does not decompose into a base letter and a mark.
LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "’": "'"}
)
TAGS = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "h2", "h3", "h4", "blockquote", "code", "hr"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")


def fold(text: str) -> str:
    """`text` without case and accents, for search and sorting: "Łódź" gives "lodz"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(LETTERS).strip()


def markdown_to_html(text: str) -> str:
    """Safe HTML of `text` (CommonMark with tables; raw HTML is shown as text)."""
    return nh3.clean(_markdown.render(text), tags=TAGS, attributes={"a": {"href"}}, link_rel=None)


def language_name(code: str) -> str:
    """The name of a language in the reader's own: "uk" gives "Ukrainian" or "ukrainien"."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code
