"""Text: folding for search and sorting, safe HTML and plain text from Markdown."""

import re
import unicodedata

import nh3
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from common.scripts import in_latin

# Letters that Unicode does not decompose into a base letter and a mark.
LETTERS = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t",
        "ŋ": "n", "ə": "e", "’": "'", "ʼ": "'",
    }
)  # fmt: skip
HIRAGANA = {katakana: katakana - 0x60 for katakana in range(0x30A1, 0x30F7)}
VOICED = "\u3099\u309a"  # marks of kana that make another letter of it
TAGS = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "h2", "h3", "h4", "blockquote", "code", "hr"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")


def fold(text: str) -> str:
    """`text` without case, accents and width, for search and sorting: "Łódź" gives "lodz", "ﾊﾏﾏﾂ" gives "はままつ"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if c in VOICED or not unicodedata.combining(c)).translate(LETTERS)
    return unicodedata.normalize("NFC", plain).translate(HIRAGANA).strip()


def spellings(text: str) -> list[str]:
    """The ways to find `text`, folded, its own first: "Харків" gives "харків" and "kharkiv"."""
    return list(dict.fromkeys([fold(text), *(fold(latin) for latin in in_latin(text))]))


APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)|(?<=s)'(?=\s)")
WORDS = re.compile(r">[^<]+")
FRENCH_SPACE = re.compile(r"(?<=\S) (?=[:;?!»])|(?<=«) ")


def typeset(text: str) -> str:
    """`text` as a printer sets it: the apostrophes of words, French spaces that hold a line together, a mark after a name
    written from right to left, so that what follows it in a list stays behind it. An address stays as it is."""
    if "://" in text:
        return text
    text = FRENCH_SPACE.sub("\N{NO-BREAK SPACE}", APOSTROPHE.sub("’", text))
    return f"{text}\N{LEFT-TO-RIGHT MARK}" if unicodedata.bidirectional(text[-1:] or " ") in ("R", "AL") else text


def typeset_html(html: str) -> str:
    """The same HTML with its words as a printer sets them."""
    return WORDS.sub(lambda words: typeset(words[0]), html)


def markdown_to_html(text: str) -> str:
    """Safe HTML of `text` (CommonMark with tables; raw HTML is shown as text)."""
    return nh3.clean(_markdown.render(text), tags=TAGS, attributes={"a": {"href"}}, link_rel=None)


def markdown_to_text(text: str) -> str:
    """What plain mail shows of `text`: the words without their marks, the address after the words of a link."""
    return _plain(SyntaxTreeNode(_markdown.parse(text)))


def _plain(node: SyntaxTreeNode) -> str:
    inside = [_plain(child) for child in node.children]
    match node.type:
        case "root" | "blockquote":
            text = "\n\n".join(inside)
            return text if node.type == "root" else "> " + text.replace("\n", "\n> ")
        case "bullet_list" | "ordered_list":
            first = node.attrs.get("start", 1)
            marks = [f"{n}. " if node.type == "ordered_list" else "- " for n, _item in enumerate(inside, int(first))]
            lines = [
                mark + item.replace("\n", "\n" + " " * len(mark)) for mark, item in zip(marks, inside, strict=True)
            ]
            return "\n".join(lines)
        case "list_item" | "table" | "thead" | "tbody":
            return "\n".join(inside)
        case "tr":
            return " | ".join(inside)
        case "link":
            words, address = "".join(inside), str(node.attrs["href"]).removeprefix("mailto:")
            return address if words.removeprefix("mailto:") == address else f"{words} <{address}>"
        case "softbreak" | "hardbreak":
            return "\n"
        case "hr":
            return "-" * 10
    return "".join(inside) or node.content.rstrip("\n")


# Languages that Django has no name for, or no French one.
MORE_LANGUAGES = {"nb": _("Norwegian Bokmål"), "fo": _("Faroese"), "mt": _("Maltese"), "zgh": _("Amazigh")}


def language_name(code: str) -> str:
    """The name of a language in the reader's own: "uk" gives "Ukrainian" or "ukrainien"."""
    if code in MORE_LANGUAGES:
        return str(MORE_LANGUAGES[code])
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


# Markdown, written and undone ------------------------------------------------------------------

ADDRESS = re.compile(r"(https?://|mailto:)[^\s<>\[\]()`*\\|]+")
MARKS = re.compile(r"[\\`*\[\]<>|]|(?<![^\W_])_|_(?![^\W_])|^[ \t]*[#+=-]", re.MULTILINE)
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def escape_markdown(value: str) -> str:
    """`value` so that Markdown shows it as it is: a name like "[x](http://…)" is no link. An address stays one."""
    return value if ADDRESS.fullmatch(value) else MARKS.sub(lambda mark: _escaped(mark[0]), value)


def _escaped(mark: str) -> str:
    return f"{mark[:-1]}\\{mark[-1]}"


def unescape_markdown(text: str) -> str:
    """A line that is shown as it is, without the backslashes of `escape_markdown`."""
    return ESCAPED.sub(r"\1", text)
