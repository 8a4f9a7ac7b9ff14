"""HTML to PDF: one file that is PDF/UA-1 (accessible) and PDF/A-3a (for the archive), the same bytes each time.

Templates extend `pdf/base.html`. Render in a Celery worker of the `render` queue, whose processes are recycled
(`--max-tasks-per-child`): rendering allocates much, and the memory goes with the process.
"""

import gc
import hashlib
import logging
import mimetypes
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree.ElementTree import Element

import pydyf
import weasyprint
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from weasyprint.logger import LOGGER
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from common import pdf_memory, pdf_speed, pdf_text, pdf_writing
from common.pdf_problems import HEADINGS, SVG, problems, text_of, tree_problems

pdf_text.keep_words_whole()
__all__ = ["AttachedFile", "PdfFile", "PdfRefused", "problems", "render_pdf"]

_alone = threading.Lock()  # fonts, and what is remembered, belong to the process: one document at a time
INK = "#16203a"  # the text colour of print.css, which charts take as their currentColor
PRODUCER = "ICC portal"
# What WeasyPrint logs and the reader would miss: see the clauses of PDF/UA-1 on text, pictures and links.
REFUSED = re.compile(
    r"Missing required \"lang\"|has no required alt|\.notdef glyph|No anchor #|Failed to|^Ignored|Invalid or unsupported"
    r"|Relative URI reference|Malformed URL|Parse error|Invalid .* date|Unable to (subset|save)|Font-face"
)
UA_MARK = b"""
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:description>Which part of ISO 14289 the file keeps</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


class PdfRefused(ValueError):
    """The document would not be accessible, or would have holes. `lines` says why, a sentence each."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(dict.fromkeys(lines))
        super().__init__("\n".join(self.lines))


@dataclass(frozen=True)
class AttachedFile:
    """A file inside the PDF, for the whole document. `relationship`: Data, Source, Supplement or Alternative."""

    name: str
    content: bytes
    description: str
    relationship: str = "Supplement"


@dataclass(frozen=True)
class PdfFile:
    """What was rendered: the bytes, the number of pages, and the SHA-256 of the bytes in hex."""

    content: bytes
    pages: int
    sha256: str


def render_pdf(
    html: str, *, language: str, created_at: datetime, attachments: Sequence[AttachedFile] = (), identifier: str = ""
) -> PdfFile:
    """The PDF of `html`, whose bytes depend on the arguments and the installed fonts alone.

    `language` is that of the reader ("en", "fr") and must be the one of the html element. `created_at` is aware: the
    day the content was settled, not now. `identifier` goes into the file instead of the hash of its content.
    Raises PdfRefused with every problem found. Links are absolute or start with / (the address of the portal is
    put before); pictures come from /static/, from media:name (the default storage) or data: URIs.
    """
    if created_at.tzinfo is None:
        raise ValueError("created_at needs a time zone.")
    moment = created_at.astimezone(UTC).replace(microsecond=0)
    with _alone, _quiet_collector(), pdf_speed.remembered(html):
        return _rendered(html, language, moment, attachments, identifier)


def _rendered(
    html: str, language: str, moment: datetime, attachments: Sequence[AttachedFile], identifier: str
) -> PdfFile:
    document = weasyprint.HTML(string=html, base_url=base_url(), url_fetcher=OwnFiles())
    gc.collect(0)  # the parser, of the size of the tree
    if found := list(tree_problems(document.etree_element, language)):
        raise PdfRefused(found)
    root = document.etree_element
    root.find("body").attrib.setdefault("data-title", text_of(root.find("head/title")))  # print.css puts it at the foot
    for svg in root.iter(f"{SVG}svg"):
        svg.attrib.setdefault("color", INK)

    head = root.find("head")
    hidden = dict.fromkeys(element for element in root.iter() if element.tag in HEADINGS)
    with _log_lines() as lines, pdf_memory.spared(html, partial(_settle, hidden)):
        sheets = [_sheet(element.text or "", base_url()) for element in head.findall("style")]
        for element in head.findall("style"):
            head.remove(element)
        rendered = document.render(stylesheets=[sheet for sheet, _said in sheets], font_config=_fonts())
        lines += [line for _parsed, said in sheets for line in said]
        _describe(rendered.metadata, moment)
        rendered.metadata.attachments = [
            weasyprint.Attachment(
                string=file.content,
                name=file.name,
                description=file.description,
                relationship=file.relationship,
                created=moment,
                modified=moment,
            )
            for file in attachments
        ]
        for page in rendered.pages:
            page.paint = partial(pdf_writing.paint, page)
        content = rendered.write_pdf(
            pdf_variant="pdf/a-3a",
            pdf_identifier=(identifier or _fingerprint(html, moment, attachments)).encode(),
            finisher=partial(_finish, hidden),
        )
    if bad := [line for line in lines if REFUSED.search(line)]:
        raise PdfRefused(bad)
    return PdfFile(content, len(rendered.pages), hashlib.sha256(content).hexdigest())


@contextmanager
def _quiet_collector() -> Iterator[None]:
    """Python's garbage collector off for one document, whose tree lives until it is written; then the tree goes.

    To collect is cheap: what was there before the first document, or outlived an earlier one, is not walked through.
    """
    was_on = gc.isenabled()
    _set_apart()
    gc.disable()
    try:
        yield
    finally:
        gc.collect(1)
        if was_on:
            gc.enable()


@lru_cache(maxsize=1)
def _set_apart() -> None:
    """Modules, templates and style sheets of this process: they stay, so the collector need not look at them again."""
    gc.freeze()


class OwnFiles(URLFetcher):
    """Static files, stored files and data: URIs; never the network, never the file system at large."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Raises ValueError, which WeasyPrint logs as “Failed to load”, and that line refuses the PDF."""
        if url.startswith("data:"):
            return super().fetch(url, headers)
        if url.startswith("media:"):
            return self._answer(url, self._stored(unquote(url.removeprefix("media:"))))
        static = urljoin(base_url(), settings.STATIC_URL)
        if url.startswith(static):
            return self._answer(url, self._static(unquote(urlsplit(url.removeprefix(static)).path)))
        raise ValueError("a PDF takes pictures from the portal only")

    @staticmethod
    def _answer(url: str, content: bytes) -> URLFetcherResponse:
        kind = mimetypes.guess_type(urlsplit(url).path)[0] or "application/octet-stream"
        return URLFetcherResponse(url, content, {"Content-Type": kind})

    @staticmethod
    def _static(name: str) -> bytes:
        path = finders.find(name)
        if not path:
            raise ValueError(f"there is no static file {name}")
        with open(path, "rb") as file:
            return file.read()

    @staticmethod
    def _stored(name: str) -> bytes:
        try:
            with default_storage.open(name, "rb") as file:
                return file.read()
        except (OSError, SuspiciousFileOperation) as error:
            raise ValueError(f"there is no stored file {name}") from error


@lru_cache(maxsize=1)
def _fonts() -> FontConfiguration:
    """The fonts of this process, looked up once."""
    return FontConfiguration()


@lru_cache(maxsize=16)
def _sheet(css: str, base: str) -> tuple[weasyprint.CSS, tuple[str, ...]]:
    """A style sheet, parsed once per process, and what was logged meanwhile: letters share theirs by the hundred."""
    with _log_lines() as lines:
        sheet = weasyprint.CSS(string=css, base_url=base, url_fetcher=OwnFiles(), font_config=_fonts())
    return sheet, tuple(lines)


def base_url() -> str:
    return getattr(settings, "PORTAL_URL", "https://icc-portal.example").rstrip("/") + "/"


def _fingerprint(html: str, moment: datetime, attachments: Sequence[AttachedFile]) -> str:
    digest = hashlib.sha256(f"{weasyprint.__version__}\0{moment.isoformat()}\0{html}".encode())
    for file in attachments:
        digest.update(f"\0{file.name}\0{file.description}\0{file.relationship}\0".encode())
        digest.update(hashlib.sha256(file.content).digest())
    return digest.hexdigest()[:32]


def _describe(metadata: Any, moment: datetime) -> None:
    """Dates from the argument, and the mark of PDF/UA inside the one rdf:RDF that readers look at."""
    metadata.created = metadata.modified = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    metadata.generator = PRODUCER
    original = metadata.generate_rdf_metadata

    def with_ua_mark(*args: Any, **kwargs: Any) -> bytes:
        return original(*args, **kwargs).replace(b"</rdf:RDF>", UA_MARK + b"</rdf:RDF>")

    metadata.generate_rdf_metadata = with_ua_mark


def _settle(hidden: dict[Element, None], page: Any) -> None:
    """What WeasyPrint 70 leaves out of the tags of a page: a link is announced by its words, where it writes the address; a
    header cell says whether it heads its row or its column. Headings that the page shows are no longer `hidden`."""
    for box in page.descendants(placeholders=True):
        if not isinstance(box.element, Element):
            continue
        if box.style["visibility"] == "visible":
            hidden.pop(box.element, None)
        if box.link_annotation is not None:
            box.link_annotation["Contents"] = pydyf.String(text_of(box.element))
        if box.element.tag == "th" and (tag := getattr(box, "mark", None)):
            tag["A"]["Scope"] = "/Row" if box.element.get("scope") == "row" else "/Column"


def _finish(hidden: dict[Element, None], document: Any, pdf: pydyf.PDF) -> None:
    """An attached file is listed once, where WeasyPrint 70 lists it twice, and the file is written by us.

    Raises PdfRefused for a heading that no page shows: the tags and the reader would not have the same headings.
    """
    if hidden:
        raise PdfRefused(
            [_("The heading “%(text)s” is hidden.") % {"text": text_of(heading)[:80]} for heading in hidden]
        )
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
    pdf.write = partial(pdf_writing.write, pdf)


@contextmanager
def _log_lines() -> Iterator[list[str]]:
    """What WeasyPrint logs in this thread, from warnings up."""
    lines: list[str] = []
    thread = threading.get_ident()

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == thread:
                lines.append(record.getMessage())

    keep = Keep(logging.WARNING)
    LOGGER.addHandler(keep)
    try:
        yield lines
    finally:
        LOGGER.removeHandler(keep)
