"""What a file is, by its content: its name, and what the browser says of it, prove nothing.

The one place that knows: the processes that open files load it by its path, so it imports nothing of ours.
"""

from __future__ import annotations

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
IMAGES = frozenset({PNG, JPEG})
PDF_WITHIN = 1024
"""Bytes: the signature of a PDF may come after those of a mail gateway or a byte order mark."""
_STARTS = {b"%PDF-": PDF, b"\x89PNG\r\n\x1a\n": PNG, b"\xff\xd8\xff": JPEG}


def media_type(data: bytes) -> str | None:
    """The media type of a document that people can look at, PDF, PNG or JPEG; None for anything else."""
    for start, name in _STARTS.items():
        if data.startswith(start):
            return name
    return PDF if b"%PDF-" in data[:PDF_WITHIN] else None
