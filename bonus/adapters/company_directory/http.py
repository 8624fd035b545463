"""The public directory, by HTTPS: an answer within seconds, of a bounded size, tried again when the cause passes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import structlog
import urllib3
from urllib3.util import Timeout

from ..servers import bounded_body, read_server_url
from .model import DirectoryAway, Identity
from .reading import read_answer

MOST_BYTES = 512 * 1024
CONNECT_SECONDS, READ_SECONDS = 3.0, 4.0
ALL_SECONDS = 8.0
"""A person waits for the answer: all tries together take no longer."""
PAUSES = (0.3, 0.9)
"""Seconds between tries, when the server does not say."""
PASSING = frozenset({429, 500, 502, 503, 504})
_log = structlog.get_logger()


class _Passing(Exception):
    """A try that failed for a cause that may pass; ``after``: how long the server asks to wait, in seconds."""

    def __init__(self, words: str, after: float | None = None) -> None:
        super().__init__(words)
        self.after = after


def read_directory_url(url: str) -> str:
    """The address without its last slash. Raises ValueError unless it is https (http on this machine alone)."""
    return read_server_url(url, "COMPANY_DIRECTORY_URL")


class HttpDirectory:
    """Asks the "recherche d'entreprises" API, or one of its form. One for a process: it keeps its connections."""

    def __init__(
        self,
        url: str,
        *,
        seconds: float = ALL_SECONDS,
        read_seconds: float = READ_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = f"{read_directory_url(url)}/search"
        self._seconds, self._read_seconds, self._sleep = seconds, read_seconds, sleep
        self._pool = urllib3.PoolManager(
            headers={"User-Agent": "bonus-souverainete", "Accept": "application/json"}
        )

    def close(self) -> None:
        """Give its connections back."""
        self._pool.clear()

    def find(self, siren: str) -> Identity | None:
        """See ``CompanyDirectory``. A connection that fails, 429 and 5xx are tried again; another 4xx never is."""
        end = time.monotonic() + self._seconds
        for pause in (*PAUSES, None):
            try:
                return read_answer(self._answer(siren, end), siren)
            except _Passing as error:
                wait = pause if error.after is None or pause is None else max(pause, error.after)
                if wait is None or time.monotonic() + wait >= end:
                    _log.warning("directory.away", error=str(error))
                    raise DirectoryAway(str(error)) from error
                self._sleep(wait)
        raise AssertionError("the last try has no pause")

    def _answer(self, siren: str, end: float) -> object:
        """One try. Raises _Passing, or DirectoryAway when another would give the same."""
        left = end - time.monotonic()
        if left <= 0:
            raise DirectoryAway("no time left")
        timeout = Timeout(connect=min(CONNECT_SECONDS, left), read=min(self._read_seconds, left))
        try:
            response = self._pool.request(
                "GET",
                self._url,
                fields={"q": siren, "page": "1", "per_page": "5"},
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                body = (
                    bounded_body(response, MOST_BYTES, end, DirectoryAway) if response.status == 200 else b""
                )
            finally:
                response.close()
        except urllib3.exceptions.HTTPError as error:
            raise _Passing(type(error).__name__) from error
        if response.status in PASSING:
            raise _Passing(f"the directory answers {response.status}", _retry_after(response.headers))
        if response.status != 200:
            _log.error("directory.refuses", status=response.status)
            raise DirectoryAway(f"the directory answers {response.status}")
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise DirectoryAway("the answer is not JSON") from error


def _retry_after(headers: urllib3.HTTPHeaderDict) -> float | None:
    """The seconds a server asks to wait; a date, which this API does not send, is as if it said nothing."""
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() and len(text) < 6 else None
