"""The signature under a letter: an uploaded picture, checked by what it contains, and the words beside it."""

import io
from base64 import b64encode
from dataclasses import asdict, dataclass
from hashlib import sha256
from xml.etree import ElementTree

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _
from PIL import Image

from common.uploads import check_upload, kind_of

from .models import Signatory

MAX_BYTES = 300_000
MAX_PIXELS = 1600  # of the longer side: 40 mm in print at 1000 dots an inch
SVG = "{http://www.w3.org/2000/svg}"
# What a drawn signature is made of; nothing that runs, links or loads.
DRAWN = {"svg", "g", "path", "line", "polyline", "polygon", "circle", "ellipse", "rect", "title", "desc", "defs"}
DESCRIBES = {
    "id", "version", "width", "height", "viewBox", "d", "points", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx",
    "ry", "transform", "fill", "fill-rule", "clip-rule", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin",
    "stroke-miterlimit", "preserveAspectRatio",
}  # fmt: skip
TYPES = {".png": "image/png", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Signature:
    """What stands at the end of a letter. `image` is a data: URI, or empty: then a gap is left to sign by hand."""

    name: str = ""
    title: str = ""
    initials: str = ""
    image: str = ""


def clean_picture(file: File) -> ContentFile:
    """The picture as it is kept: PNG or SVG, nothing in it but the drawing, named after its content.

    Raises ValidationError with what to do.
    """
    content = file.read(MAX_BYTES + 1)
    file.seek(0)
    if is_drawing := b"<svg" in content[:2000] and not kind_of(file):
        if len(content) > MAX_BYTES:
            raise ValidationError(
                _("The drawing is larger than %(limit)s kB. Simplify it, or save it as PNG.")
                % {"limit": MAX_BYTES // 1000}
            )
        content = _drawing(content)
    else:
        check_upload(file, {".png"}, max_bytes=MAX_BYTES * 10)
        content = _picture(file)
    return ContentFile(content, name=f"{sha256(content).hexdigest()}{'.svg' if is_drawing else '.png'}")


def _picture(file: File) -> bytes:
    """The pixels alone, without what cameras and programs write beside them."""
    with Image.open(file) as picture:
        if picture.width * picture.height > 40_000_000:
            raise ValidationError(_("The picture has too many pixels. Save it about 1600 pixels wide."))
        bare = picture.convert("RGBA")
    bare.thumbnail((MAX_PIXELS, MAX_PIXELS))
    saved = io.BytesIO()
    bare.save(saved, "PNG", optimize=True)
    return saved.getvalue()


def _drawing(content: bytes) -> bytes:
    refusal = ValidationError(
        _("The drawing (SVG) holds something other than lines and shapes. Save it as a plain drawing, or as PNG.")
    )
    if b"<!DOCTYPE" in content.upper() or b"<!ENTITY" in content.upper():
        raise refusal
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - without a document type nothing can be expanded
    except ElementTree.ParseError as error:
        raise refusal from error
    if root.tag != f"{SVG}svg" or not (root.get("viewBox") or (root.get("width") and root.get("height"))):
        raise refusal
    for element in root.iter():
        if element.tag not in {SVG + name for name in DRAWN}:
            raise refusal
        if any(name not in DESCRIBES or "url(" in value for name, value in element.attrib.items()):
            raise refusal
    ElementTree.register_namespace("", SVG.strip("{}"))
    return ElementTree.tostring(root, encoding="utf-8")


def signature_of(signatory: Signatory | None, language: str) -> Signature:
    """The signature in `language`; an empty one for None."""
    if signatory is None:
        return Signature()
    title = getattr(signatory, f"title_{language}") or signatory.title_en or ""
    return Signature(signatory.name, title, signatory.initials, data_uri(signatory.image))


def data_uri(image: File | None) -> str:
    """The picture itself, so that what is rendered later needs no file."""
    if not image:
        return ""
    with image.open("rb") as file:
        content = file.read()
    kind = ".svg" if (image.name or "").endswith(".svg") else ".png"
    return f"data:{TYPES[kind]};base64,{b64encode(content).decode()}"


def fingerprint(signatory: Signatory | None) -> list[str]:
    """What of a signatory shows in a letter; the picture by the name it has from its content."""
    if signatory is None:
        return []
    return [
        signatory.name,
        signatory.title_en or "",
        signatory.title_fr or "",
        signatory.initials,
        signatory.image.name or "",
    ]


def frozen(signatory: Signatory | None) -> dict | None:
    """For a snapshot: {name, title {en, fr}, initials, image}; None when nobody was chosen."""
    if signatory is None:
        return None
    french = signature_of(signatory, "fr")
    return asdict(signature_of(signatory, "en")) | {"title": {"en": signatory.title_en or "", "fr": french.title}}
