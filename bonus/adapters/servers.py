"""What the clients of other people's servers share: the address one may give them, and an answer that has bounds."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import urllib3

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CHUNK = 64 * 1024


def read_server_url(url: str, setting: str) -> str:
    """The address without its last slash; ``setting``: the name under which it was given.

    Raises ValueError unless it is https (http on this machine alone).
    """
    try:
        parts = urlsplit(url)
        fine = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        fine = fine and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        fine, parts = False, urlsplit("")
    if not fine or parts.query or parts.fragment:
        raise ValueError(f"{setting} must be https://host (http only on this machine).")
    return url.rstrip("/")


def bounded_body(
    response: urllib3.BaseHTTPResponse, most_bytes: int, end: float, away: type[Exception]
) -> bytes:
    """An answer's body. Raises ``away`` when it is longer than ``most_bytes``, or still comes at ``end`` (of the
    monotonic clock): a server that drips is one that is away."""
    held = bytearray()
    for chunk in response.stream(_CHUNK, decode_content=False):
        held += chunk
        if len(held) > most_bytes:
            raise away("the answer is too long")
        if time.monotonic() >= end:
            raise away("the answer comes too slowly")
    return bytes(held)
