"""What a file sent as a proof is, told by its first bytes: its name and what the browser says of it prove nothing."""

from __future__ import annotations

MEGABYTE = 1024 * 1024
MOST_BYTES = 5 * MEGABYTE

_KINDS = {
    "application/pdf": (b"%PDF-", b"%%EOF"),
    "image/png": (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"),
    "image/jpeg": (b"\xff\xd8\xff", b"\xff\xd9"),
}
_TAIL = 1024
"""Where the end mark is looked for: some scanners write a few bytes after it."""


def proof_kind(data: bytes) -> str | None:
    """The media type of a whole PDF, PNG or JPEG; None for anything else, or when its end is missing.

    Nothing is decoded: no picture is drawn, no PDF is opened here.
    """
    for media_type, (start, end) in _KINDS.items():
        if data.startswith(start) and end in data[-_TAIL:]:
            return media_type
    return None
