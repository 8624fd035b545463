"""What a PDF may do to who opens it: scripts, programs to start, forms that send, files that are no annex.

Loaded by its path in the process that reads the file (see ``worker``): imports nothing of ours. Every object is
looked at as qpdf reads it: names written in hexadecimal, compressed objects and orphans hide nothing. To go to a
page on opening, or to an address on a click, is no danger.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf

ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Rendition", "/RichMediaExecute", "/GoToE"}
)
"""Kinds of action (ISO 32000-2, 12.6.4) that run, start or send something."""
SCRIPTED = frozenset({"/JS", "/XFA", "/RichMediaContent"})
"""Keys that hold a script, or a form or a medium that holds some."""
ANNEXES = frozenset(
    {"xml", "pdf", "png", "jpg", "jpeg", "csv", "xlsx", "ods", "txt", "json", "odt", "docx", "tif", "tiff"}
)
"""What an invoice may carry beside it: the types of BT-125, and those that companies use for the same."""
_WORTH_A_LOOK = re.compile(
    rb"/(?:JS|JavaScript|XFA|RichMedia\w*|Launch|SubmitForm|ImportData|Rendition|GoToE|EF)\b"
)
_DEEPEST = 60
MAX_STREAM_BYTES = 120_000_000
"""What one stream may inflate to: a page scanned in colour at 600 dots an inch, without loss, has 104 million."""
MAX_INFLATED_BYTES = 300_000_000
MAX_LAYERS = 2
_BLOCK = 1 << 20


def danger_in(data: bytes) -> tuple[str, str] | None:
    """Why a PDF is not taken: a code of ``sentences`` and its value; None when nothing in it acts.

    A file that qpdf cannot open is damaged.
    """
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            inflated = 0
            for item in pdf.objects:
                found = _danger_of(item)
                if found:
                    return found
                inflated += _inflated(item) if isinstance(item, pikepdf.Stream) else 0
                if inflated > MAX_INFLATED_BYTES:
                    return "invoice.bomb", ""
    except pikepdf.PasswordError:
        return "invoice.pdf_encrypted", ""
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, RecursionError):
        # What qpdf says of a broken structure comes through the binding in several classes.
        return "invoice.pdf_damaged", ""
    return None


def _danger_of(item: Any) -> tuple[str, str] | None:
    if isinstance(item, pikepdf.Stream):
        item = item.stream_dict
    # Most objects hold none of these names: qpdf writes each of them in its plain form, and fast.
    if not isinstance(item, pikepdf.Object) or not _WORTH_A_LOOK.search(item.unparse(resolved=True)):
        return None
    for dictionary in _dictionaries(item, 0):
        keys = set(dictionary)
        if keys & SCRIPTED or str(dictionary.get("/S", "")) in ACTIONS:
            return "invoice.pdf_active", ""
        if "/EF" in keys:
            name = str(dictionary.get("/UF", dictionary.get("/F", "")))
            if name.rpartition(".")[2].lower() not in ANNEXES:
                return "invoice.pdf_annex", name
    return None


def _inflated(item: Any) -> int:
    """How many bytes a deflated stream takes once inflated; past what is allowed, more than that."""
    named = item.stream_dict.get("/Filter")
    filters = [str(one) for one in named] if isinstance(named, pikepdf.Array) else [str(named)]
    layers = filters.count("/FlateDecode") + filters.count("/Fl")
    if layers > MAX_LAYERS:
        return MAX_INFLATED_BYTES + 1
    size = 0
    content: bytes = item.read_raw_bytes() if layers else b""
    for layer in range(layers, 0, -1):
        size, content = _inflate(content, keep=layer > 1)
        if size > MAX_STREAM_BYTES:
            return MAX_INFLATED_BYTES + 1
    return size


def _inflate(content: bytes, *, keep: bool) -> tuple[int, bytes]:
    """The size of what is deflated here, and itself to look further when it is deflated twice; damaged ends it."""
    inflater, size, kept = zlib.decompressobj(), 0, []
    try:
        while content and not inflater.eof and size <= MAX_STREAM_BYTES:
            block = inflater.decompress(content, _BLOCK)
            content = inflater.unconsumed_tail
            size += len(block)
            if keep:
                kept.append(block)
    except zlib.error:
        pass  # who shows it stops there too
    return size, b"".join(kept)


def _dictionaries(item: Any, depth: int) -> Iterator[Any]:
    """A dictionary and those written inside it; those it refers to are objects of their own."""
    if depth > _DEEPEST:
        return
    inside: list[Any]  # numbers and names among them, which pikepdf gives as Python's own
    if isinstance(item, pikepdf.Dictionary):
        yield item
        inside = [value for _, value in item.items()]
    elif isinstance(item, pikepdf.Array):
        inside = list(item)
    else:
        return
    for one in inside:
        if isinstance(one, pikepdf.Object) and not one.is_indirect:
            yield from _dictionaries(one, depth + 1)
