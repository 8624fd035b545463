"""Reading of e-invoices: Factur-X (PDF, every profile), CII and UBL 2.1, whatever the file is named.

``read_invoice`` is all that others need. Files are opened in another process (see ``sandbox``), the
values are checked and computed in this one (see ``build``).
"""

from __future__ import annotations

from .build import NO_LINES
from .model import EInvoice, InvoiceLine, InvoiceUnreadable, Party, PrecedingInvoice, Totals
from .reader import MAX_INVOICE_BYTES, check_size, read_invoice, read_invoice_file

__all__ = [
    "MAX_INVOICE_BYTES",
    "NO_LINES",
    "EInvoice",
    "InvoiceLine",
    "InvoiceUnreadable",
    "Party",
    "PrecedingInvoice",
    "Totals",
    "check_size",
    "read_invoice",
    "read_invoice_file",
]
