"""Files that people hand in: checked by what they contain, stored under a name we choose."""

import zipfile
from typing import IO
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image

DOCUMENTS = {".pdf", ".docx", ".xlsx", ".pptx", ".odt"}
PICTURES = {".jpg", ".png"}


def kind_of(file: IO[bytes]) -> str:
    """The extension that the content of `file` deserves, or "" when it is none we know."""
    file.seek(0)
    head = file.read(12)
    file.seek(0)
    if head.startswith(b"%PDF-"):
        return ".pdf"
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(file)
    if head.startswith((b"\x89PNG", b"\xff\xd8\xff")) or (head.startswith(b"RIFF") and head.endswith(b"WEBP")):
        return _kind_of_picture(file)
    return ""


def _kind_of_zip(file: IO[bytes]) -> str:
    markers = {"word/": ".docx", "xl/": ".xlsx", "ppt/": ".pptx"}
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if "mimetype" in names:
                is_odt = archive.read("mimetype") == b"application/vnd.oasis.opendocument.text"
                return ".odt" if is_odt else ""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return ""
    finally:
        file.seek(0)
    return next((kind for folder, kind in markers.items() if any(n.startswith(folder) for n in names)), "")


def _kind_of_picture(file: IO[bytes]) -> str:
    try:
        with Image.open(file) as picture:
            picture.verify()
            return {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp"}.get(picture.format or "", "")
    except Exception:  # Pillow raises many kinds for broken files; each means "not a picture"
        return ""
    finally:
        file.seek(0)


def check_upload(file: UploadedFile, kinds: set[str] = DOCUMENTS, max_bytes: int | None = None) -> str:
    """The extension of an acceptable file. Raises ValidationError with what to do."""
    limit = max_bytes or settings.UPLOAD_MAX_BYTES
    if not file.size:
        raise ValidationError(_("The file is empty. Choose a file with content."))
    if file.size > limit:
        raise ValidationError(
            _("The file is larger than %(limit)s MB. Make it smaller and choose it again.")
            % {"limit": limit // 1024 // 1024}
        )
    if (kind := kind_of(file)) not in kinds:
        names = ", ".join(sorted(k.lstrip(".").upper() for k in kinds))
        raise ValidationError(
            _("The file is not one of these kinds: %(kinds)s. Save it as one of them.") % {"kinds": names}
        )
    return kind


def generated_name(folder: str, extension: str) -> str:
    """A storage path that says nothing about who sent what."""
    return f"{folder}/{uuid4().hex}{extension}"
