"""In which encoding a text file is written: marked, UTF-8, or the one of Windows in western Europe."""

from __future__ import annotations

import codecs
import re

from .source import refusal

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Letters and signs that French writes, as UTF-8 does: in Windows-1252 they would read « Ã© » or « â€™ ».
_UTF8_INSIDE = re.compile(rb"\xc3[\x80-\xbf]|\xc5[\x92\x93]|\xe2\x80[\x90-\xbf]")
_LOOKED_AT = 4096


def encoding_of(data: bytes) -> str:
    """The name of the encoding, in which the whole of ``data`` can then be decoded.

    Raises InvalidInput: binary content, or a text half in one encoding and half in another, which would
    enter the registry with its accents broken.
    """
    if data.startswith(codecs.BOM_UTF32_LE):  # it begins as UTF-16's mark does
        raise refusal("import.encoding")
    marked = next((name for mark, name in _MARKS.items() if data.startswith(mark)), None)
    if marked is None and b"\0" in data[:_LOOKED_AT]:
        raise refusal("import.not_a_table")
    if marked is not None or _decodes(data, "utf-8"):
        if marked is not None and not _decodes(data, marked):
            raise refusal("import.encoding")
        return marked or "utf-8"
    if _UTF8_INSIDE.search(data):
        raise refusal("import.encoding")
    return "cp1252" if _decodes(data, "cp1252") else "latin-1"


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
