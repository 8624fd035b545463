"""Plain PDFs and images of invoices: how many pages, and each page as a picture drawn by our server.

The file itself is never shown to anyone: only what another process, with bounds on time and memory, draws of it.
"""

from __future__ import annotations

import atexit
import base64
import os
import struct
from dataclasses import dataclass
from pathlib import Path

from ..einvoice import InvoiceUnreadable, check_size
from ..einvoice.sandbox import ReaderError, ReaderPool
from ..media_types import IMAGES, media_type

MAX_PAGES = 20
SENTENCES = {
    "paper.unreadable": (
        "Ce document ne peut pas être affiché. Enregistrez-le à nouveau en PDF, en PNG ou en JPEG, "
        "ou demandez la facture électronique à votre fournisseur."
    ),
    "paper.too_slow": "L’affichage de ce document demande trop de temps. Il est refusé par sécurité.",
    "paper.too_many_pages": (
        "Ce document a {value} pages\u00a0: une facture saisie à la main en a 20 au plus. "
        "Ne gardez que les pages de la facture."
    ),
    "paper.image_too_large": ("Cette image est trop grande. Enregistrez-la avec moins de points, ou en PDF."),
}
"""Why a document is not taken: a stable code and the French sentence its sender reads."""

PAGES = ReaderPool(Path(__file__).with_name("worker.py"))
atexit.register(PAGES.close)
os.register_at_fork(after_in_child=PAGES.forget)


@dataclass(frozen=True)
class Paper:
    """A document without structured data: its media type by content, and its number of pages."""

    media_type: str
    pages: int


def is_image(data: bytes) -> bool:
    """Whether a file is a PNG or a JPEG, by its first bytes."""
    return media_type(data) in IMAGES


def read_paper(data: bytes) -> Paper:
    """Open a plain PDF or an image, and draw its first page to be sure that it can be shown.

    Raises InvoiceUnreadable with a French sentence: damaged, too large, too many pages, neither PDF nor image.
    """
    check_size(len(data))
    kind = media_type(data)
    if kind is None:
        raise _refusal("paper.unreadable")
    pages = count_pages(data)
    if pages > MAX_PAGES:
        raise _refusal("paper.too_many_pages", value=str(pages))
    if pages < 1:
        raise _refusal("paper.unreadable")
    draw_page(data, 1)
    return Paper(kind, pages)


def count_pages(data: bytes) -> int:
    """How many pages a PDF has, however many; 1 for an image. Raises InvoiceUnreadable."""
    return int(_ask(b"I", data)["pages"])


def draw_page(data: bytes, number: int) -> bytes:
    """One page (from 1) as a PNG of at most 1,600 pixels a side. Raises InvoiceUnreadable."""
    answer = _ask(b"D", struct.pack(">I", number - 1) + data)
    return base64.b64decode(answer["png"])


def _refusal(code: str, **values: str) -> InvoiceUnreadable:
    return InvoiceUnreadable(code, SENTENCES[code].format(**values))


def _ask(kind: bytes, data: bytes) -> dict[str, str]:
    try:
        answer = PAGES.ask(kind, data)
    except ReaderError as failed:
        raise _refusal("paper.too_slow" if failed.late else "paper.unreadable") from failed
    if "error" in answer:
        raise _refusal(answer["error"])
    return answer
