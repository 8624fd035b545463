"""Files given to one person: to keep, never shown by the browser, and left nowhere on the way."""

from __future__ import annotations

import unicodedata
from io import BytesIO
from typing import IO

from flask import Response, redirect, send_file
from werkzeug.wrappers import Response as WerkzeugResponse

from bonus.claims.acknowledgement import FullList
from bonus.parts import document_store


def private_file(content: bytes | IO[bytes], name: str, media_type: str) -> Response:
    """Answer with a file to keep, from its bytes or an open file. ``name`` may be a stranger's: what cannot be seen
    in it is left out."""
    file = BytesIO(content) if isinstance(content, bytes) else content
    response = send_file(file, mimetype=media_type, as_attachment=True, download_name=_visible(name))
    # Flask lets what it sends be kept and asked again; security.py then says no-store, as of any private page.
    del response.headers["Cache-Control"]
    return response


def kept_list(full_list: FullList | None, name: str, lines_url: str) -> WerkzeugResponse:
    """Answer with the list of a large dossier's lines, as it was hashed; a paper that names every line itself refers
    to none, and one is led to the lines as they are."""
    if full_list is None:
        return redirect(lines_url)
    return private_file(document_store().path(full_list.stored_as).open("rb"), name, "text/csv")


def _visible(name: str) -> str:
    """A file name without control characters, nor those that turn the direction of the text."""
    return "".join("_" if unicodedata.category(letter).startswith("C") else letter for letter in name)
