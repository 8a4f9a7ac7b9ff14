"""Stored files: kept once and whole, and handed out after a permission check, as attachments under a name we choose."""

from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile
from django.http import FileResponse
from django.utils.text import slugify


def download(file: FieldFile, title: str, *, content_type: str = "application/octet-stream") -> FileResponse:
    """The file as an attachment called after `title`; never shown inside the portal's own pages."""
    name = (slugify(title)[:80] or "document") + Path(file.name or "").suffix
    response = FileResponse(file.open("rb"), as_attachment=True, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def keep_once(name: str, content: bytes) -> str:
    """Store `content` under `name`, which belongs to it alone; gives the path.

    What a killed worker or a full disk left half-written under this name is replaced.
    """
    if default_storage.exists(name):
        with default_storage.open(name, "rb") as file:
            if file.read() == content:
                return name
        default_storage.delete(name)
    kept = default_storage.save(name, ContentFile(content))
    if kept != name:  # somebody kept it in the same instant
        default_storage.delete(kept)
    return name
