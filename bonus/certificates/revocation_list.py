"""The list of revoked certificates, signed by the service, with which anyone checks a certificate offline (art. 15).

It names documents by their SHA-256 alone: it says nothing of whose they are to who does not hold them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from bonus.adapters.seal import Sealer, SealTrust
from bonus.adapters.seal_check import verify_signature
from bonus.errors import InvalidInput
from bonus.extensions import db

from .models import TaxCertificate

MOST_BYTES = 256 * 1024 * 1024
"""A list of three million revoked certificates."""


@dataclass(frozen=True)
class RevocationList:
    """What was revoked when it was published: the SHA-256 of each document → the number that replaces it."""

    published_at: datetime
    revoked: Mapping[str, str]


def signed_list(sealer: Sealer, now: datetime) -> str:
    """The list of today, signed: two lines of text, the list as JSON and its signature in hexadecimal."""
    later = aliased(TaxCertificate)
    rows = db.session.execute(
        select(TaxCertificate.pdf_sha256, later.number)
        .join(later, later.replaces_id == TaxCertificate.id)
        .order_by(TaxCertificate.pdf_sha256)
    )
    content = {
        "published_at": now.isoformat(timespec="seconds"),
        "revoked": {row.pdf_sha256: row.number for row in rows},
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return f"{text}\n{sealer.sign(text.encode(), signed_at=now)}\n"


def read_list(text: str, trust: SealTrust) -> RevocationList:
    """A list as published. Raises InvalidInput (``certificate.list``) when it is not one of ours, unchanged."""
    lines = text.split("\n")
    try:
        content = json.loads(lines[0])
        found = RevocationList(datetime.fromisoformat(content["published_at"]), dict(content["revoked"]))
        aware = found.published_at.tzinfo is not None
    except (ValueError, KeyError, TypeError, RecursionError):
        aware = False
    signature = lines[1] if len(lines) > 1 else ""
    if not aware or not verify_signature(lines[0].encode(), signature, trust, found.published_at):
        raise InvalidInput(
            "certificate.list", "Ce fichier n’est pas une liste de révocations publiée par le service."
        )
    return found
