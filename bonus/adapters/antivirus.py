"""The antivirus: clamd, by its socket. What it calls infected is never kept."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import SplitResult, urlsplit

import clamd
import structlog

from bonus.errors import InvalidInput

_log = structlog.get_logger()
SECONDS = 30
"""How long clamd may take for one file: ten megabytes take it a second or two."""
DEFAULT_PORT = 3310


def read_clamd_url(url: str) -> Any:
    """A client of the clamd that answers at ``unix:///path`` or ``tcp://host:port``. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme == "unix" and parts.path and not parts.netloc:
        return clamd.ClamdUnixSocket(parts.path, SECONDS)
    if parts.scheme == "tcp" and parts.hostname and parts.path in ("", "/") and _has_port(parts):
        return clamd.ClamdNetworkSocket(parts.hostname, parts.port or DEFAULT_PORT, SECONDS)
    raise ValueError("CLAMD_URL is neither unix:///path nor tcp://host:port.")


def _has_port(parts: SplitResult) -> bool:
    """Whether the port, if any, is one."""
    try:
        return parts.port != 0
    except ValueError:
        return False


class Antivirus:
    """Looks at what people send before it is kept."""

    def __init__(self, url: str) -> None:
        self._client = read_clamd_url(url)

    def has_looked(self, data: bytes) -> bool:
        """Whether clamd looked at these bytes and found nothing.

        False when it did not answer, which is no reason to lose what was sent: the agents' page then says so.
        Raises InvalidInput for an infected file.
        """
        try:
            status, name = self._client.instream(BytesIO(data))["stream"]
        except (clamd.ClamdError, OSError, KeyError):
            _log.exception("antivirus.unavailable")
            return False
        if status == "FOUND":
            _log.warning("antivirus.found", virus=name)
            raise InvalidInput(
                "document.infected",
                "L’antivirus a reconnu un programme malveillant dans ce fichier : il n’est pas gardé. Faites vérifier "
                "votre ordinateur, puis demandez une copie saine à qui vous l’a envoyé.",
            )
        return bool(status == "OK")
