"""The bytes of a PDF from its objects, each of them serialised and compressed once, as soon as nobody changes it any more.

pydyf does both twice, to hash what it is about to write: of a letter of two pages that is a twelfth of the work. And it
does so at the end: the tags of a report on 2,400 cities are a hundred thousand objects.
"""

import zlib
from dataclasses import dataclass
from hashlib import md5
from itertools import accumulate
from typing import Any, BinaryIO

import pydyf

BINARY = b"%\xf0\x9f\x96\xa4"  # says that the file is not text, with the mark of pydyf
LEVEL = 6  # of 9, which takes twice the time for one byte in two hundred
PACK = 200  # objects in a stream: a reader unpacks the whole for one of them
FREE, PLAIN, PACKED = 0, 1, 2  # kinds of entries of the cross-reference table


@dataclass(frozen=True, slots=True)
class Away:
    """An object that is written: the number of the stream that it is in, and its place there."""

    stream: int
    place: int


def put_away(pdf: pydyf.PDF, first: int = 0) -> None:
    """Write the small objects from number `first` on, which nobody changes any more, into compressed streams."""
    small = [item for item in pdf.objects[first:] if isinstance(item, pydyf.Object) and item.compressible]
    for start in range(0, len(small), PACK):
        items = small[start : start + PACK]
        written = [item.data for item in items]
        places = accumulate((len(data) + 1 for data in written), initial=0)
        index = b" ".join(b"%d %d" % (item.number, place) for item, place in zip(items, places, strict=False))
        extra = {"Type": "/ObjStm", "N": len(items), "First": len(index) + 1}
        pdf.add_object(compressed(b"\n".join([index, *written]), extra))
        for place, item in enumerate(items):
            pdf.objects[item.number] = Away(len(pdf.objects) - 1, place)


def write(pdf: pydyf.PDF, output: BinaryIO, version: str, identifier: bytes, compress: bool = True) -> None:
    """In the place of `pdf.write`, for PDF 1.5 and later: objects in compressed streams, then their table."""
    pdf.add_object(pdf.info)
    root, info = pdf.catalog.reference, pdf.info.reference
    put_away(pdf)
    pieces = [b"%PDF-" + version.encode() + b"\n" + BINARY + b"\n"]
    at = len(pieces[0])
    entries: list[tuple[int, int, int]] = []
    for item in pdf.objects:
        if isinstance(item, Away):
            entries.append((PACKED, item.stream, item.place))
        elif item.free == "f":
            entries.append((FREE, 0, 0xFFFF))
        else:
            entries.append((PLAIN, at, 0))
            pieces.append(plain(item))
            at += len(pieces[-1])
    entries.append((PLAIN, at, 0))
    content = md5(b"".join(pieces), usedforsecurity=False).hexdigest()
    widths = (1, (at.bit_length() + 7) // 8, 2)
    table = b"".join(
        value.to_bytes(width, "big") for entry in entries for width, value in zip(widths, entry, strict=True)
    )
    extra = {
        "Type": "/XRef",
        "Index": pydyf.Array((0, len(entries))),
        "W": pydyf.Array(widths),
        "Size": len(entries),
        "Root": root,
        "Info": info,
        "ID": pydyf.Array((pydyf.String(identifier.decode()).data, pydyf.String(content).data)),
    }
    cross_references = compressed(table, extra)
    cross_references.number = len(pdf.objects)
    pieces += [plain(cross_references), b"startxref\n%d\n%%%%EOF\n" % at]
    output.writelines(pieces)


def paint(page: Any, stream: pydyf.Stream, scale: float = 1) -> None:
    """In the place of `page.paint`: what was drawn is compressed at once, where it was ten thousand pieces."""
    type(page).paint(page, stream, scale)
    compress(stream)


def compressed(content: bytes, extra: dict) -> pydyf.Stream:
    return compress(pydyf.Stream([content], extra, compress=True))


def compress(stream: pydyf.Stream) -> pydyf.Stream:
    """Once, where pydyf does it each time that it is asked for the bytes."""
    stream.stream = [zlib.compress(b"\n".join(map(pydyf._to_bytes, stream.stream)), LEVEL)]
    stream.compress = False
    stream.extra["Filter"] = "/FlateDecode"
    return stream


def plain(item: pydyf.Object) -> bytes:
    """An object that stands for itself; a stream that asks to be compressed is, once."""
    if isinstance(item, pydyf.Stream) and item.compress:
        compress(item)
    return item.indirect + b"\n"
