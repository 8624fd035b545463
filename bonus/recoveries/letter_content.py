"""What a letter on an undue sum says, as plain data: frozen with its SHA-256; the PDF only lays it out. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from bonus.claims.acknowledgement import Section, ServiceContact, service_from_dict


@dataclass(frozen=True)
class UndueLine:
    """A purchase line, or a whole decision when its lines are too many to be listed: what was granted, what it should
    have been, in cents, and why."""

    name: str
    where: str
    why: str
    granted_cents: int
    due_cents: int


@dataclass(frozen=True)
class UndueLetter:
    """A letter: ``opening`` is before the table of ``lines``, ``sections`` after it. ``amount_cents`` is what is
    claimed, or might be; ``unlisted``: how many lines stand in the company's space alone."""

    kind: str
    number: str
    claim_number: str
    title: str
    written_on: date
    service: ServiceContact
    company_name: str
    siren: str
    company_address: tuple[str, ...]
    about: tuple[tuple[str, str], ...]
    opening: tuple[str, ...]
    lines: tuple[UndueLine, ...]
    unlisted: int
    amount_cents: int
    sections: tuple[Section, ...]
    signature: tuple[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        data = asdict(self) | {"written_on": self.written_on.isoformat()}
        return dict(json.loads(json.dumps(data)))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> UndueLetter:
        """The inverse of ``to_dict``. Raises KeyError, TypeError or ValueError on another shape."""
        name, quality = data["signature"]
        return cls(
            **{
                **data,
                "written_on": date.fromisoformat(data["written_on"]),
                "service": service_from_dict(data["service"]),
                "company_address": tuple(data["company_address"]),
                "about": tuple((label, said) for label, said in data["about"]),
                "opening": tuple(data["opening"]),
                "lines": tuple(UndueLine(**row) for row in data["lines"]),
                "sections": tuple(
                    Section(row["title"], tuple(row["paragraphs"])) for row in data["sections"]
                ),
                "signature": (name, quality),
            }
        )

    def digest(self) -> str:
        """SHA-256 (hexadecimal) of its canonical JSON: sorted keys, no spaces, UTF-8."""
        canonical = json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
