"""Handing out stored files after a permission check: as attachments, under a name we choose."""

from pathlib import Path

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
