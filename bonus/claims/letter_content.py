"""What a letter on a dossier says, as plain data: frozen with its SHA-256; the PDF and the page only lay it out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from .acknowledgement import FullList, ServiceContact, service_from_dict
from .letter_words import Block


@dataclass(frozen=True)
class LetterLine:
    """One line of a decision: what it is, what becomes of it in words, and the amounts, in cents and basis points."""

    invoice: str
    position: int
    name: str
    fate: str
    why: str
    base_cents: int
    rate_bp: int
    bonus_cents: int


@dataclass(frozen=True)
class LetterContent:
    """A letter. ``kind`` and ``template_version`` name the words it was written from (0: those shipped); ``lines`` are
    all of a decision's, or none when they are so many that they stand in ``full_list``. ``sealed`` are what else
    identifies a decision: the SHA-256 of its facts and the version of the text applied."""

    kind: str
    template_version: int
    number: str
    title: str
    written_on: date
    service: ServiceContact
    company_name: str
    siren: str
    company_address: tuple[str, ...]
    about: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    lines: tuple[LetterLine, ...] = ()
    full_list: FullList | None = None
    sealed: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        data = asdict(self)
        data["written_on"] = self.written_on.isoformat()
        return dict(json.loads(json.dumps(data)))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LetterContent:
        """The inverse of ``to_dict``. Raises KeyError, TypeError or ValueError on another shape."""
        return cls(
            **{
                **data,
                "written_on": date.fromisoformat(data["written_on"]),
                "service": service_from_dict(data["service"]),
                "company_address": tuple(data["company_address"]),
                "about": _pairs(data["about"]),
                "blocks": tuple(Block(**row) for row in data["blocks"]),
                "lines": tuple(LetterLine(**row) for row in data["lines"]),
                "full_list": FullList(**data["full_list"]) if data["full_list"] else None,
                "sealed": _pairs(data["sealed"]),
            }
        )

    def digest(self) -> str:
        """SHA-256 (hexadecimal) of its canonical JSON: sorted keys, no spaces, UTF-8."""
        canonical = json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def _pairs(rows: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((label, said) for label, said in rows)
