"""Documents without structured data: plain PDFs of any number of pages, and photographs."""

from __future__ import annotations

import io

from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from tests.support.bills import File


def plain_pdf(pages: int = 1, words: str = "FACTURE FP-1") -> bytes:
    """A PDF with nothing attached, as a scanner or a word processor makes it."""
    out = io.BytesIO()
    canvas = Canvas(out)
    for number in range(1, pages + 1):
        canvas.drawString(60, 780, f"{words} {number}/{pages}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def photo(width: int = 60, height: int = 40, kind: str = "JPEG") -> bytes:
    """An image: blue, but for its upper half, red."""
    image = Image.new("RGB", (width, height), "blue")
    image.paste("red", (0, 0, width, height // 2))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


PLAIN = plain_pdf(words="Relevé")
"""A PDF that can be shown: the proof that most tests join."""


def scan(name: str = "scan.pdf", words: str = "FACTURE FP-1") -> File:
    """A plain PDF as a file that is sent."""
    return name, plain_pdf(words=words)
