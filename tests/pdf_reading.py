"""Read a written PDF as its readers do: text, outline, tags, fonts, marks and attachments.

No validator can be installed here, so these are the structural checks that stand in for one.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

import pikepdf
import pypdfium2

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"


@dataclass
class Tag:
    """An element of the structure tree: its kind ("H1", "Figure"), alternative text, ids of its header cells, children,
    and the pages (from 1) that it stands on."""

    kind: str
    alt: str = ""
    headers: list[str] = field(default_factory=list)
    id: str = ""
    text: str = ""
    children: list["Tag"] = field(default_factory=list)
    pages: set[int] = field(default_factory=set)
    scope: str = ""

    def walk(self) -> Iterator["Tag"]:
        """This tag and all below it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def all(self, *kinds: str) -> list["Tag"]:
        """The tags of these kinds, in reading order."""
        return [tag for tag in self.walk() if tag.kind in kinds]


def texts(content: bytes) -> list[str]:
    """The text of each page."""
    with pypdfium2.PdfDocument(content) as document:
        return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]


def text(content: bytes) -> str:
    """The text of the whole document, white space made single."""
    return " ".join(" ".join(texts(content)).split())


def outline(content: bytes) -> list[tuple[int, str, int]]:
    """The bookmarks: level from 0, title, page from 1."""
    with pypdfium2.PdfDocument(content) as document:
        return [(item.level, item.get_title(), item.get_dest().get_index() + 1) for item in document.get_toc()]


def structure(content: bytes) -> Tag:
    """The structure tree, below one root tag."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        marked = [_marked_text(page) for page in pdf.pages]
        pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
        root = pdf.Root.StructTreeRoot
        return Tag("Root", children=list(_tags(root.K, pages, marked)))


def fonts(content: bytes) -> dict[str, bool]:
    """Each font by its PostScript name without the subset prefix, and whether it is embedded."""
    found: dict[str, bool] = {}
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for item in pdf.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                name = str(item.FontName).lstrip("/").rpartition("+")[2]
                found[name] = any(key in item for key in ("/FontFile", "/FontFile2", "/FontFile3"))
    return found


def attachments(content: bytes) -> dict[str, bytes]:
    """The embedded files by name."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return {name: file.get_file().read_bytes() for name, file in pdf.attachments.items()}


def associated(content: bytes) -> list[dict[str, str]]:
    """What PDF/A-3 asks of each file inside: how it relates to the document, its kind, its name and its date."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return [
            {
                "relationship": str(file.get("/AFRelationship", "")),
                "kind": str(file.EF.F.get("/Subtype", "")),
                "names": f"{file.get('/F', '')} {file.get('/UF', '')}",
                "description": str(file.get("/Desc", "")),
                "modified": str(file.EF.F.get("/Params", {}).get("/ModDate", "")),
            }
            for file in pdf.Root.get("/AF", [])
        ]


def marks(content: bytes) -> dict[str, str]:
    """What the XMP says: "pdfaid:part", "pdfaid:conformance", "pdfuaid:part", from the one rdf:RDF that is read."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        xmp = pdf.Root.Metadata.read_bytes()
    rdf = next(ElementTree.fromstring(re.sub(rb"<\?xpacket[^>]*\?>", b"", xmp)).iter(f"{RDF}RDF"))
    spaces = {"http://www.aiim.org/pdfa/ns/id/": "pdfaid", "http://www.aiim.org/pdfua/ns/id/": "pdfuaid"}
    found = {}
    for description in rdf.findall(f"{RDF}Description"):
        values = {**description.attrib, **{child.tag: child.text or "" for child in description}}
        for name, value in values.items():
            space, _, local = name.lstrip("{").partition("}")
            if space in spaces:
                found[f"{spaces[space]}:{local}"] = value
    return found


def catalog(content: bytes) -> dict[str, object]:
    """Language, title shown in the window, tagged, title, dates and identifier: what a viewer asks first."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return {
            "lang": str(pdf.Root.get("/Lang", "")),
            "shows_title": bool(pdf.Root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False)),
            "tagged": bool(pdf.Root.get("/MarkInfo", {}).get("/Marked", False)),
            "title": str(pdf.docinfo.get("/Title", "")),
            "created": str(pdf.docinfo.get("/CreationDate", "")),
            "output_intents": len(pdf.Root.get("/OutputIntents", [])),
            "id": [bytes(part) for part in pdf.trailer.get("/ID", [])],
        }


def accessibility_faults(content: bytes) -> list[str]:
    """What a validator of PDF/UA-1 and PDF/A-3a would find among the things that can go wrong here; [] is right."""
    faults = []
    about = catalog(content)
    for name in ("lang", "shows_title", "tagged", "title", "created", "output_intents", "id"):
        if not about[name]:
            faults.append(f"no {name}")
    if marks(content) != {"pdfaid:part": "3", "pdfaid:conformance": "A", "pdfuaid:part": "1"}:
        faults.append(f"marks {marks(content)}")
    files = associated(content)
    if len(files) != len(attachments(content)):
        faults.append("an embedded file that is not associated with the document")
    faults += [f"{file['names']} without {name}" for file in files for name, value in file.items() if not value.strip()]
    faults += [f"font {name} is not embedded" for name, is_embedded in fonts(content).items() if not is_embedded]
    tree = structure(content)
    faults += [f"{tag.kind} without alternative text" for tag in tree.all("Figure", "Formula") if not tag.alt.strip()]
    level = 0
    for heading in tree.all("H1", "H2", "H3", "H4", "H5", "H6"):
        if int(heading.kind[1]) > level + 1:
            faults.append(f"{heading.kind} “{heading.text}” after H{level}")
        level = int(heading.kind[1])
    for table in tree.all("Table"):
        ids = {cell.id for cell in table.all("TH")}
        rows = table.all("TR")
        if len({len(row.children) for row in rows}) > 1:
            faults.append("a table with uneven rows")
        faults += [f"a header without scope: “{cell.text}”" for cell in table.all("TH") if not cell.scope]
        for cell in table.all("TD"):
            if not cell.headers or not set(cell.headers) <= ids:
                faults.append(f"a data cell without headers: “{cell.text}”")
    for items in tree.all("L"):
        faults += [f"{item.kind} in a list" for item in items.children if item.kind not in ("LI", "L", "Caption")]
        for item in items.all("LI"):
            faults += [f"{part.kind} in a list item" for part in item.children if part.kind not in ("Lbl", "LBody")]
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for page in pdf.pages:
            for link in page.get("/Annots", []):
                if not str(link.get("/Contents", "")):
                    faults.append("a link without words")
                if "/StructParent" not in link:
                    faults.append("a link outside the structure")
    return faults


def _tags(kids: object, pages: dict, marked: list[dict[int, str]]) -> Iterator[Tag]:
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if not isinstance(kid, pikepdf.Dictionary) or "/S" not in kid:
            continue
        inner = kid.get("/K", pikepdf.Array())
        tag = Tag(
            kind=str(kid.S).lstrip("/"),
            alt=str(kid.get("/Alt", "")),
            id=str(kid.get("/ID", "")),
            headers=list(_attributes(kid, "/Headers")),
            scope="".join(_attributes(kid, "/Scope")).lstrip("/"),
            children=list(_tags(inner, pages, marked)),
        )
        own = list(_own_text(kid, inner, pages, marked))
        tag.text = "".join(text for _page, text in own) + "".join(child.text for child in tag.children)
        tag.pages = {page for page, _text in own}.union(*(child.pages for child in tag.children))
        yield tag


def _own_text(
    element: pikepdf.Dictionary, kids: object, pages: dict, marked: list[dict[int, str]]
) -> Iterator[tuple[int, str]]:
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        page = element.get("/Pg")
        if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/MCR":
            page, kid = kid.get("/Pg", page), kid.MCID
        if isinstance(kid, int) and page is not None:
            number = pages[page.objgen]
            yield number + 1, marked[number].get(int(kid), "")


def _attributes(element: pikepdf.Dictionary, name: str) -> Iterator[str]:
    attributes = element.get("/A", pikepdf.Array())
    for attribute in attributes if isinstance(attributes, pikepdf.Array) else [attributes]:
        if isinstance(attribute, pikepdf.Dictionary) and name in attribute:
            value = attribute[name]
            yield from map(str, value if isinstance(value, pikepdf.Array) else [value])


def _marked_text(page: pikepdf.Page) -> dict[int, str]:
    """The text of each marked piece of a page, by its number, through the fonts' own ToUnicode tables."""
    tables = {name: _to_unicode(font) for name, font in page.resources.get("/Font", {}).items()}
    found: dict[int, str] = {}
    stack: list[int | None] = []
    table: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        match str(operator):
            case "BDC":
                properties = operands[1]
                stack.append(
                    int(properties.MCID)
                    if isinstance(properties, pikepdf.Dictionary) and "/MCID" in properties
                    else None
                )
            case "BMC":
                stack.append(None)
            case "EMC":
                stack.pop()
            case "Tf":
                table = tables.get(str(operands[0]), {})
            case "Tj" | "TJ":
                mark = next((number for number in reversed(stack) if number is not None), None)
                if mark is None:
                    continue
                pieces = operands[0] if isinstance(operands[0], pikepdf.Array) else [operands[0]]
                for piece in pieces:
                    if isinstance(piece, pikepdf.String):
                        raw = bytes(piece)
                        codes = (int.from_bytes(raw[i : i + 2]) for i in range(0, len(raw), 2))
                        found[mark] = found.get(mark, "") + "".join(table.get(code, "") for code in codes)
    return found


def _to_unicode(font: pikepdf.Dictionary) -> dict[int, str]:
    stream = font.get("/ToUnicode")
    if stream is None:
        return {}
    pairs = re.findall(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]*)>", stream.read_bytes())
    return {int(code, 16): bytes.fromhex(value.decode()).decode("utf-16-be", "replace") for code, value in pairs}
