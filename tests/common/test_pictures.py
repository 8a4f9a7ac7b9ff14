"""Pictures that people hand in: checked by content, made upright, small, and silent about where they were taken."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from common import pictures
from tests.cities.pages import photograph


def opened(picture: pictures.Picture) -> Image.Image:
    return Image.open(BytesIO(picture.file.read()))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_becomes_a_jpeg(kind):
    made = pictures.prepared(photograph(kind))

    assert (opened(made).format, made.width, made.height) == ("JPEG", 800, 600)


def test_large_picture_is_made_small_and_upright_without_what_the_camera_noted():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    exif[0x010F] = "Camera of Anna"
    exif.get_ifd(0x8825)[1] = "N"  # a place

    made = pictures.prepared(photograph(size=(3200, 2400), exif=exif.tobytes()))

    result = opened(made)
    assert (made.width, made.height) == result.size == (1200, 1600)
    assert not result.getexif() and "exif" not in result.info and "icc_profile" not in result.info


def test_transparent_picture_stands_on_white():
    content = BytesIO()
    Image.new("RGBA", (500, 500), (0, 0, 0, 0)).save(content, "PNG")

    made = pictures.prepared(SimpleUploadedFile("a.png", content.getvalue()))

    assert opened(made).getpixel((250, 250)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1"])
def test_other_colour_modes_are_taken(mode):
    content = BytesIO()
    Image.new(mode, (500, 400)).save(content, "JPEG" if mode == "CMYK" else "PNG")

    assert opened(pictures.prepared(SimpleUploadedFile("a", content.getvalue()))).mode == "RGB"


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (SimpleUploadedFile("a.jpg", b"MZ program"), "not one of these kinds: JPG, PNG, WEBP"),
        (SimpleUploadedFile("a.jpg", b""), "The file is empty."),
        (SimpleUploadedFile("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "not one of these kinds"),
        (photograph(size=(200, 100)), "at least 400 pixels"),
        (photograph("GIF"), "not one of these kinds"),
    ],
)
def test_what_is_no_picture_for_a_page_is_refused(file, sentence):
    with pytest.raises(ValidationError, match=sentence):
        pictures.prepared(file)


def test_broken_picture_is_refused():
    whole = photograph("PNG").read()

    with pytest.raises(ValidationError, match="not one of these kinds"):
        pictures.prepared(SimpleUploadedFile("a.png", whole[: len(whole) // 2]))


def test_too_many_pixels_are_refused_before_they_are_decoded(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 800 * 600 - 1)

    with pytest.raises(ValidationError, match="too many pixels"):
        pictures.prepared(photograph())
