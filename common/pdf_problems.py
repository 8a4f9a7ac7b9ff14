"""What would make a PDF inaccessible without WeasyPrint saying so, found in the HTML before it is rendered.

Measured on WeasyPrint 70 against PDF/UA-1; where a rule is stricter than the standard, the reason is that
the machine check passes and a reader with a screen reader is still lost (tables with spans, say).
"""

import re
import unicodedata
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import tinyhtml5
from django.utils.translation import gettext as _

SVG = "{http://www.w3.org/2000/svg}"
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "em", "i", "img", "ins", "kbd", "mark", "q", "s", "samp",
    "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr", f"{SVG}svg",
}  # fmt: skip
UNBLURRED = ("crisp-edges", "pixelated")  # an archive forbids interpolation
UNMARKED = {"rich", "contents"}  # the lists of print.css without a marker: their items may hold blocks
CMYK = (re.compile(r"device-cmyk\(", re.IGNORECASE), "device-cmyk()")
NEVER_IN_CSS = (
    (re.compile(r"(?<![-\w])opacity\s*:", re.IGNORECASE), "opacity"),
    (re.compile(r"display\s*:\s*(inline-)?grid", re.IGNORECASE), "display: grid"),
    (re.compile(r"list-style(-position)?\s*:[^;}]*\binside\b", re.IGNORECASE), "list-style-position: inside"),
    (re.compile(r"list-style(-image)?\s*:[^;}]*\burl\(", re.IGNORECASE), "list-style-image"),
    (re.compile(r"::marker\s*\{[^}]*content\s*:(?!\s*none)", re.IGNORECASE), "::marker { content }"),
    CMYK,
)


def problems(html: str, language: str = "") -> Iterator[str]:
    """Why this HTML must not become a PDF, a sentence each; nothing means it can. `language` as "en" or "fr"."""
    yield from tree_problems(tinyhtml5.parse(html, namespace_html_elements=False), language)


def tree_problems(root: Element, language: str = "") -> Iterator[str]:
    """The same for a tree that is parsed already: HTML elements without a namespace, SVG with its own."""
    yield from _document(root, language)
    yield from _headings(root)
    yield from _styles(root)
    for element in root.iter():
        match element.tag:
            case "img" if not element.get("alt", "").strip():
                yield _("An image has no alternative text: %(image)s.") % {"image": element.get("src", "")[:80]}
            case "a":
                yield from _link(element)
            case "ul" | "ol" | "menu":
                yield from _list(element)
            case "table":
                yield from _table(element)
            case "input" | "select" | "textarea" | "button":
                yield _("A form field (%(tag)s) cannot be archived in a PDF.") % {"tag": element.tag}
    yield from _pictures(root)
    yield from _characters(root)


def text_of(element: Element) -> str:
    """Its text in one line, without the pictures."""
    return " ".join("".join(element.itertext()).split())


def _document(root: Element, language: str) -> Iterator[str]:
    lang = root.get("lang", "")
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", lang):
        yield _("The document has no language, or not in the form “en” or “en-gb”: “%(lang)s”.") % {"lang": lang}
    elif language and lang.split("-")[0] != language.split("-")[0]:
        yield _("The document says its language is “%(lang)s”, not “%(language)s”.") % {
            "lang": lang,
            "language": language,
        }
    title = root.find("head/title")
    if title is None or not text_of(title):
        yield _("The document has no title.")


def _headings(root: Element) -> Iterator[str]:
    last = 0
    for element in root.iter():
        if element.tag not in HEADINGS:
            continue
        level = int(element.tag[1])
        if level > last + 1:
            yield _("The heading “%(text)s” is of level %(level)s; level %(due)s at most can stand there.") % {
                "text": text_of(element)[:80],
                "level": level,
                "due": last + 1,
            }
        last = level


def _styles(root: Element) -> Iterator[str]:
    sheets = [element.text or "" for element in root.iter("style")]
    inline = [element.get("style", "") for element in root.iter() if not str(element.tag).startswith(SVG)]
    drawn = [_colours(part) for svg in root.iter(f"{SVG}svg") for part in svg.iter()]
    for texts, never in ((sheets + inline, NEVER_IN_CSS), (drawn, [CMYK])):
        for css in texts:
            bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
            for pattern, name in never:
                if pattern.search(bare):
                    yield _("The style “%(style)s” breaks the reading order or the tags of the PDF.") % {"style": name}


def _colours(part: Element) -> str:
    """Where a part of a drawing may say its colour."""
    sheet = part.text or "" if part.tag == f"{SVG}style" else ""
    return " ".join((sheet, *(part.get(name, "") for name in ("fill", "stroke", "stop-color", "color", "style"))))


def _link(link: Element) -> Iterator[str]:
    if "href" not in link.attrib:
        return
    text = text_of(link)
    if len(link):
        yield _("The link “%(text)s” holds another element; only plain text can be a link.") % {"text": text[:80]}
    elif not text:
        yield _("A link has no text: %(address)s.") % {"address": link.get("href", "")[:80]}
    if "attachment" in link.get("rel", "").lower().split():
        yield _("The link “%(text)s” attaches a file to a place; attach it to the document.") % {"text": text[:80]}


def _list(items: Element) -> Iterator[str]:
    if items.tag == "menu":
        yield _("Write a list as “ul”, not as “menu”.")
    loose = [items.text or ""] + [child.tail or "" for child in items]
    if any(text.strip() for text in loose) or any(child.tag != "li" for child in items):
        yield _("A list holds something that is not a list item: “%(text)s”.") % {"text": text_of(items)[:80]}
    if UNMARKED & set(items.get("class", "").split()):
        return
    for item in items.iter("li"):
        for child in item:
            if child.tag not in INLINE and child.tag not in ("ul", "ol"):
                yield _("A list item with a marker holds a block (%(tag)s): “%(text)s”.") % {
                    "tag": str(child.tag),
                    "text": text_of(item)[:80],
                }


def _table(table: Element) -> Iterator[str]:
    name = text_of(caption)[:80] if (caption := table.find("caption")) is not None else text_of(table)[:80]
    heads = table.findall("thead")
    rows = [row for part in ("thead", "tbody", "tfoot") for row in table.findall(f"{part}/tr")]
    if len(heads) != 1 or len(heads[0].findall("tr")) != 1:
        yield _("The table “%(name)s” needs one header row.") % {"name": name}
    elif any(cell.tag != "th" for cell in heads[0].findall("tr/*")):
        yield _("In the header row of the table “%(name)s” each cell is a header, the empty corner too.") % {
            "name": name
        }
    if not table.findall("tbody/tr"):
        yield _("The table “%(name)s” has no rows; say so in words.") % {"name": name}
    if table.find("tfoot") is not None:
        yield _("The totals of the table “%(name)s” would be repeated on each page: put them in its body.") % {
            "name": name
        }
    widths = {sum(int(cell.get("colspan", 1)) for cell in row) for row in rows}
    if len(widths) > 1:
        yield _("The rows of the table “%(name)s” do not have the same number of cells.") % {"name": name}
    if any(int(cell.get("rowspan", 1)) > 1 for row in rows for cell in row):
        yield _("The table “%(name)s” joins cells of several rows; repeat the text instead.") % {"name": name}
    if any(cell.get("scope") != "row" for cell in table.findall("tbody/tr/th")):
        yield _("A header in the body of the table “%(name)s” needs scope=row.") % {"name": name}


def _pictures(root: Element) -> Iterator[str]:
    inner = {child for svg in root.iter(f"{SVG}svg") for child in svg.iter(f"{SVG}svg") if child is not svg}
    for svg in root.iter(f"{SVG}svg"):
        if svg in inner:
            continue
        title = svg.find(f"{SVG}title")
        if title is None or len(title) or not (title.text or "").strip():
            yield _("A drawing (SVG) has no title: write what it shows as its first element.")
        if "opacity" in svg.attrib:
            yield _("A drawing (SVG) is transparent as a whole: make its parts so.")
        if any(image.get("image-rendering") not in UNBLURRED for image in svg.iter(f"{SVG}image")):
            yield _("A picture inside a drawing (SVG) needs image-rendering=crisp-edges.")


def _characters(root: Element) -> Iterator[str]:
    """Private use and unassigned characters: no font has them, or none that an archive may keep."""
    for element in root.iter():
        if element.tag in ("style", "script"):
            continue
        for text in filter(None, (element.text, element.tail, element.get("alt"))):
            for character in sorted({c for c in text if unicodedata.category(c) in ("Co", "Cn", "Cs")}):
                around = " ".join(text.split())[:60]
                yield _("The character U+%(code)s in “%(text)s” cannot be printed: type it again.") % {
                    "code": f"{ord(character):04X}",
                    "text": around,
                }
