"""What a PDF may do to who opens it: scripts, programs to start, forms that send, files that are no annex.

Loaded by its path in the process that reads the file (see ``worker``): imports nothing of ours. Every object is
looked at as qpdf reads it: names written in hexadecimal, compressed objects and orphans hide nothing. To go to a
page on opening, or to an address on a click, is no danger.
"""

from __future__ import annotations

import io
import re
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


def danger_in(data: bytes) -> tuple[str, str] | None:
    """Why a PDF is not taken: a code of ``sentences`` and its value; None when nothing in it acts.

    A file that qpdf cannot open is damaged.
    """
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            for item in pdf.objects:
                found = _danger_of(item)
                if found:
                    return found
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
