"""A register asked by HTTPS, in JSON. No such interface is published yet: this is the one we ask for.

    POST <url>/aides                   the fields of ``NewAid``      → 201 {"reference": "…"}
    POST <url>/aides/<ref>/corrections those of ``Correction``       → 201 {"reference": "…"}
    GET  <url>/aides?beneficiaire=…&depuis=AAAA-MM-JJ                → 200 {"aids": [fields of ``RegisteredAid``]}

Days are written AAAA-MM-JJ, amounts in whole cents. ``Idempotency-Key`` bears the key of an act: told again, the server
answers 200 with the reference it gave. 4xx but 408, 425 and 429 is a refusal, {"message": "…"} saying why; any other
answer is none. An act is tried once here: the outbox tries it again, under the same key, for as long as it takes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any
from urllib.parse import quote

import structlog
import urllib3
from urllib3.util import Timeout

from ..servers import bounded_body, read_server_url
from .model import Correction, NewAid, RegisterAway, RegisteredAid, RegisterRefusal

MOST_ASKED = 50
"""Beneficiaries named in one address, which servers bound."""
MOST_BYTES = 4 * 1024 * 1024
CONNECT_SECONDS, READ_SECONDS, ALL_SECONDS = 3.0, 6.0, 10.0
_LATER = frozenset({408, 425, 429})
_MOST_SAID = 200
_log = structlog.get_logger()


def read_register_url(url: str) -> str:
    """The address without its last slash. Raises ValueError unless it is https (http on this machine alone)."""
    return read_server_url(url, "DE_MINIMIS_REGISTER_URL")


class HttpRegister:
    """One for a process: it keeps its connections. ``token``: what the server knows us by, none when empty."""

    def __init__(
        self, url: str, token: str = "", *, seconds: float = ALL_SECONDS, read_seconds: float = READ_SECONDS
    ) -> None:
        self._url = read_register_url(url)
        self._seconds, self._read_seconds = seconds, read_seconds
        known = {"Authorization": f"Bearer {token}"} if token else {}
        self._headers = {"User-Agent": "bonus-souverainete", "Accept": "application/json", **known}
        self._pool = urllib3.PoolManager()

    def close(self) -> None:
        """Give its connections back."""
        self._pool.clear()

    def enter(self, aid: NewAid) -> str:
        """See ``DeMinimisRegister``."""
        return self._told("aides", aid.key, asdict(aid) | {"granted_on": aid.granted_on.isoformat()})

    def correct(self, correction: Correction) -> str:
        """See ``DeMinimisRegister``."""
        told = asdict(correction) | {"corrected_on": correction.corrected_on.isoformat()}
        return self._told(f"aides/{quote(correction.corrects, safe='')}/corrections", correction.key, told)

    def aids_of(self, beneficiaries: Collection[str], since: date) -> list[RegisteredAid]:
        """See ``DeMinimisRegister``."""
        wanted, found = sorted(set(beneficiaries)), list[RegisteredAid]()
        for start in range(0, len(wanted), MOST_ASKED):
            asked = [("beneficiaire", one) for one in wanted[start : start + MOST_ASKED]]
            answer = self._ask("GET", "aides", fields=[*asked, ("depuis", since.isoformat())])
            try:
                found += [_aid(one) for one in answer["aids"]]
            except (KeyError, TypeError, ValueError) as error:
                raise RegisterAway("the answer is not a list of aids") from error
        kept = [aid for aid in found if aid.beneficiary in wanted and aid.granted_on >= since]
        return sorted(kept, key=lambda aid: (aid.granted_on, aid.reference))

    def _told(self, path: str, key: str, told: Mapping[str, Any]) -> str:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        answer = self._ask("POST", path, headers=headers, body=json.dumps(told).encode())
        reference = answer.get("reference")
        if not isinstance(reference, str) or not 0 < len(reference) <= 80:
            raise RegisterAway("the answer has no reference")
        return reference

    def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        fields: list[tuple[str, str]] | None = None,
    ) -> dict[str, Any]:
        """The answer's object. Raises RegisterAway or RegisterRefusal."""
        end = time.monotonic() + self._seconds
        try:
            response = self._pool.request(
                method,
                f"{self._url}/{path}",
                headers={**self._headers, **(headers or {})},
                **({"body": body} if fields is None else {"fields": fields}),
                timeout=Timeout(connect=CONNECT_SECONDS, read=self._read_seconds),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                said = _object(bounded_body(response, MOST_BYTES, end, RegisterAway))
            finally:
                response.close()
        except urllib3.exceptions.HTTPError as error:
            raise RegisterAway(type(error).__name__) from error
        if response.status in (200, 201) and said is not None:
            return said
        _log.warning("register.answers", status=response.status)
        if 400 <= response.status < 500 and response.status not in _LATER:
            why = str((said or {}).get("message", ""))[:_MOST_SAID] or f"réponse {response.status}"
            raise RegisterRefusal("register.refused", f"Le registre central refuse cette inscription : {why}")
        raise RegisterAway(f"the register answers {response.status}")


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _aid(said: Mapping[str, Any]) -> RegisteredAid:
    cents = said["amount_cents"]
    if type(cents) is not int or cents < 0:
        raise ValueError("not an amount")
    words = [said[name] for name in ("reference", "beneficiary", "authority", "instrument")]
    if not all(isinstance(one, str) for one in words):
        raise ValueError("not a text")
    reference, beneficiary, authority, instrument = words
    day = date.fromisoformat(said["granted_on"])
    return RegisteredAid(reference, beneficiary, cents, day, authority[:200], instrument)
