"""PDF/A-2b: a document that reads the same in fifty years, checked by the validator before it leaves."""

from __future__ import annotations

import io
from datetime import datetime

import pikepdf
from pikepdf import pdfa

from bonus.calendar import PARIS

FLAVOUR = "2b"


def archive(pdf: bytes, *, created_at: datetime, author: str, subject: str) -> bytes:
    """``pdf`` as PDF/A-2b, dated ``created_at`` (aware). The same input gives the same bytes.

    Raises pikepdf.pdfa.PdfaError when the document does not conform: it must not be issued.
    """
    stamp = created_at.astimezone(PARIS).replace(microsecond=0)
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for page in document.pages:
            # ReportLab writes an empty presentation transition, which PDF/A forbids.
            if "/Trans" in page:
                del page["/Trans"]
        pdfa.prepare(document, FLAVOUR)
        with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["dc:creator"] = [author]
            metadata["dc:description"] = subject
            metadata["dc:language"] = ["fr-FR"]
            metadata["pdf:Producer"] = "Bonus Souveraineté"
            metadata["xmp:CreatorTool"] = "Bonus Souveraineté"
            for name in ("xmp:CreateDate", "xmp:ModifyDate", "xmp:MetadataDate"):
                metadata[name] = stamp.isoformat()
        pdfa.save(document, output, FLAVOUR, repair=False, deterministic_id=True)
    return output.getvalue()
