"""The process that draws the pages of files sent by strangers. Run as a script; imports three files of ours.

Requests are of kind ``I`` (a file: how many pages?), ``D`` (a page in four bytes, then a file: that page as PNG) or
``C`` (a file: does it act on who opens it, can its first page be drawn?).
PDFium runs no script of the document: it is built without an engine for them.
"""

from __future__ import annotations

import base64
import io
import struct
import sys
import warnings
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pypdfium2
from PIL import Image, ImageOps, UnidentifiedImageError

MEMORY_BYTES = 768 * 1024 * 1024
LONGEST_SIDE = 1_600
"""Pixels: a sheet of A4 at 137 dots an inch, which is read at ease."""
MOST_PIXELS = 40_000_000
"""Of an image that is sent: a photograph of a good telephone."""
_POINTS = 72


def _beside(path: str) -> ModuleType:
    """A file of the adapters, by its path: the house's package, and all that it loads, stays out."""
    name = path.rpartition("/")[2]
    module = ModuleType(name)
    SourceFileLoader(name, str(Path(__file__).parents[1] / f"{path}.py")).exec_module(module)
    return module


if TYPE_CHECKING:
    from .. import media_types
    from ..einvoice import child, pdf_guard
else:
    child, pdf_guard = _beside("einvoice/child"), _beside("einvoice/pdf_guard")
    media_types = _beside("media_types")


def answer(kind: bytes, data: bytes) -> dict[str, Any]:
    """Count the pages of a file, or draw one; what cannot be read is an answer too."""
    try:
        if kind == b"I":
            return {"pages": _count(data)}
        if kind == b"C":
            return _checked(data)
        page = struct.unpack(">I", data[:4])[0]
        return {"png": base64.b64encode(_png(_picture(data[4:], page))).decode("ascii")}
    except Image.DecompressionBombError:
        return {"error": "paper.image_too_large"}
    except (
        pypdfium2.PdfiumError,
        UnidentifiedImageError,
        OSError,
        ValueError,
        IndexError,
        SyntaxError,  # what Pillow raises on a broken PNG
        MemoryError,
    ):
        return {"error": "paper.unreadable"}


def _checked(data: bytes) -> dict[str, Any]:
    danger = pdf_guard.danger_in(data) if _is_pdf(data) else None
    if danger:
        return {"error": danger[0], "value": danger[1]}
    _picture(data, 0)
    return {}


def _is_pdf(data: bytes) -> bool:
    return bool(media_types.media_type(data) == media_types.PDF)


def _count(data: bytes) -> int:
    if not _is_pdf(data):
        with _opened(data):
            return 1
    document = pypdfium2.PdfDocument(data)
    try:
        return len(document)
    finally:
        document.close()


def _picture(data: bytes, page: int) -> Image.Image:
    if not _is_pdf(data):
        with _opened(data) as image:
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        return upright
    document = pypdfium2.PdfDocument(data)
    try:
        sheet = document[page]
        width, height = sheet.get_size()
        if not (width > 0 and height > 0):
            raise ValueError("a page without surface")
        # A small sheet is not blown up beyond three times its size.
        scale = min(LONGEST_SIDE / max(width, height), 3.0)
        drawn: Image.Image = sheet.render(scale=scale).to_pil()
        return drawn.convert("RGB")
    finally:
        document.close()


def _opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def limit() -> None:
    """Give up, for good, what drawing a page does not need."""
    child.limit(MEMORY_BYTES)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow refuses beyond twice as many
    warnings.simplefilter("ignore")


if __name__ == "__main__":
    limit()
    child.serve(sys.stdin.buffer, sys.stdout.buffer, answer)
