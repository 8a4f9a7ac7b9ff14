"""Pictures that people hand in, made ours: upright, small enough for a page, without what the camera noted."""

from dataclasses import dataclass
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

from common.uploads import check_upload

KINDS = {".jpg", ".png", ".webp"}
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
LONGEST = 1600  # pixels
SHORTEST = 400


@dataclass(frozen=True)
class Picture:
    """A JPEG of our making."""

    file: ContentFile
    width: int
    height: int


def check_picture(file: UploadedFile) -> None:
    """Raises ValidationError with what to do. Looks at the content; decodes nothing large."""
    check_upload(file, KINDS, MAX_BYTES)
    with Image.open(file) as picture:
        width, height = picture.size
    file.seek(0)
    if width * height > MAX_PIXELS:
        raise ValidationError(_("The picture has too many pixels. Make it smaller and choose it again."))
    if max(width, height) < SHORTEST:
        raise ValidationError(
            _("The picture is too small: its longer side needs at least %(pixels)s pixels.") % {"pixels": SHORTEST}
        )


def prepared(file: UploadedFile) -> Picture:
    """The picture upright, at most `LONGEST` pixels long, in sRGB, as a JPEG without metadata. Raises ValidationError."""
    check_picture(file)
    try:
        with Image.open(file) as opened:
            opened.draft("RGB", (LONGEST, LONGEST))  # a large JPEG is decoded small
            profile = opened.info.get("icc_profile")
            picture = ImageOps.exif_transpose(opened)
            picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
            picture = _in_srgb(_opaque(picture), profile)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise ValidationError(_("The picture cannot be read. Save it again and choose it once more.")) from None
    content = BytesIO()
    plain = Image.new("RGB", picture.size)  # a new picture carries nothing over but the pixels
    plain.paste(picture)
    plain.save(content, "JPEG", quality=82, optimize=True, progressive=True)
    return Picture(ContentFile(content.getvalue()), *plain.size)


def _opaque(picture: Image.Image) -> Image.Image:
    """Red, green and blue, with white where the picture is transparent."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return picture if picture.mode in ("RGB", "CMYK") else picture.convert("RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            converted = None
        if converted is not None:
            return converted
    return picture.convert("RGB")
