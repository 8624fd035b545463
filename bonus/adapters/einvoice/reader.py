"""The door: the size, the kind by content, then the file read apart and its values here."""

from __future__ import annotations

import codecs
from dataclasses import replace
from pathlib import Path

from ..media_types import PDF, PDF_WITHIN, media_type
from .build import build
from .model import EInvoice
from .rules import findings_of, rules_installed
from .sandbox import POOL, ReaderError
from .sentences import refusal

MAX_INVOICE_BYTES = 10_000_000


def check_size(size: int) -> None:
    """Refuse a size in bytes before anything is read. Raises InvoiceUnreadable."""
    if size <= 0:
        raise refusal("invoice.empty")
    if size > MAX_INVOICE_BYTES:
        megabytes = f"{size / 1_000_000:.1f}".replace(".", ",")
        raise refusal("invoice.too_large", value=f"{megabytes}\u00a0Mo")


def read_invoice_file(path: Path) -> EInvoice:
    """Read an invoice from disk; its size is checked before its content is loaded.

    Raises InvoiceUnreadable, and OSError when the file cannot be opened.
    """
    with path.open("rb") as file:
        check_size(path.stat().st_size)
        # One byte more than allowed tells a file that grew, or a device without a size.
        return read_invoice(file.read(MAX_INVOICE_BYTES + 1))


def read_invoice(data: bytes, *, rules: bool = False) -> EInvoice:
    """Read an invoice or a credit note from the bytes of a file, recognised by content.

    Factur-X PDF of every profile, CII, UBL 2.1 Invoice and CreditNote, in euros (EN 16931). Amounts are
    cents, negative on a credit note. ``rules``: run the official rules on it too, where they are installed.
    Raises InvoiceUnreadable with a French sentence for anything else.
    """
    check_size(len(data))
    kind = _kind(data)
    rules = rules and rules_installed()
    try:
        answer = POOL.ask(kind.lower() if rules else kind, data)
    except ReaderError as failed:
        raise refusal("invoice.too_slow" if failed.late else "invoice.unreadable") from failed
    if "error" in answer:
        raise refusal(answer["error"], value=answer["value"])
    invoice = build(answer)
    return replace(invoice, findings=findings_of(answer, invoice)) if rules else invoice


def _kind(data: bytes) -> bytes:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = data[:PDF_WITHIN].decode("utf-16", errors="replace")
    else:
        start = data[:PDF_WITHIN].removeprefix(codecs.BOM_UTF8).decode("latin-1")
    if start.lstrip("\ufeff \t\r\n\x00").startswith("<"):
        return b"X"
    if media_type(data) == PDF:
        return b"P"
    raise refusal("invoice.not_pdf_nor_xml")
