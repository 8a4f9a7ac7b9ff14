"""The bytes of a PDF from its objects, each of them serialised and compressed once.

pydyf does both twice, to hash what it is about to write: of a letter of two pages that is a twelfth of the work.
"""

import zlib
from collections.abc import Iterator
from hashlib import md5
from typing import Any, BinaryIO

import pydyf

BINARY = b"%\xf0\x9f\x96\xa4"  # says that the file is not text, with the mark of pydyf
LEVEL = 6  # of 9, which takes twice the time for one byte in two hundred
FREE, PLAIN, PACKED = 0, 1, 2  # kinds of entries of the cross-reference table


def write(pdf: pydyf.PDF, output: BinaryIO, version: str, identifier: bytes, compress: bool = True) -> None:
    """In the place of `pdf.write`, for PDF 1.5 and later: objects in one compressed stream, then their table."""
    pdf.add_object(pdf.info)
    start = b"%PDF-" + version.encode() + b"\n" + BINARY + b"\n"
    pieces, at = [start], len(start)
    packed: list[bytes] = []
    entries: list[tuple[int, int, int]] = []
    pack = len(pdf.objects)  # the number of the stream that the others are packed in
    for item in pdf.objects:
        if item.free == "f":
            entries.append((FREE, 0, 0xFFFF))
        elif item.compressible:
            entries.append((PACKED, pack, len(packed)))
            packed.append(item.data)
        else:
            entries.append((PLAIN, at, 0))
            pieces.append(plain(item))
            at += len(pieces[-1])
    index = b" ".join(offsets([item.number for item in pdf.objects if item.free != "f" and item.compressible], packed))
    extra = {"Type": "/ObjStm", "N": len(packed), "First": len(index) + 1}
    pieces.append(stream(pack, b"\n".join([index, *packed]), extra))
    entries += [(PLAIN, at, 0), (PLAIN, at + len(pieces[-1]), 0)]
    at += len(pieces[-1])
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
        "Root": pdf.catalog.reference,
        "Info": pdf.info.reference,
        "ID": pydyf.Array((pydyf.String(identifier.decode()).data, pydyf.String(content).data)),
    }
    pieces += [stream(pack + 1, table, extra), b"startxref\n%d\n%%%%EOF\n" % at]
    output.writelines(pieces)


def paint(page: Any, stream: pydyf.Stream, scale: float = 1) -> None:
    """In the place of `page.paint`: what was drawn becomes one piece at once, where it was ten thousand."""
    type(page).paint(page, stream, scale)
    stream.stream = [joined(stream)]


def joined(item: pydyf.Stream) -> bytes:
    return b"\n".join(map(pydyf._to_bytes, item.stream))


def plain(item: pydyf.Object) -> bytes:
    """An object that stands for itself; a stream that asks to be compressed is, once."""
    if isinstance(item, pydyf.Stream) and item.compress:
        return stream(item.number, joined(item), item.extra)
    return item.indirect + b"\n"


def stream(number: int, content: bytes, extra: dict) -> bytes:
    item = pydyf.Stream([zlib.compress(content, LEVEL)], {**extra, "Filter": "/FlateDecode"})
    item.number = number
    return item.indirect + b"\n"


def offsets(numbers: list[int], packed: list[bytes]) -> Iterator[bytes]:
    """The number of each packed object, and where in the stream it begins."""
    at = 0
    for number, data in zip(numbers, packed, strict=True):
        yield b"%d %d" % (number, at)
        at += len(data) + 1
