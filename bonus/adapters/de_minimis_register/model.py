"""What the central register of de minimis aids is told and says (regulation (EU) 2023/2831, art. 6)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from bonus.errors import Refusal

REGULATION = "(UE) 2023/2831"


class RegisterAway(ConnectionError):
    """The register does not answer, or not in its own form: nothing is known of what it did."""


class RegisterRefusal(Refusal):
    """The register will not take it, and would not if asked again; the sentence says why."""

    status = 422


@dataclass(frozen=True)
class NewAid:
    """An aid to enter. ``key`` names it for good: told twice, it is entered once. ``beneficiary``: SIREN or VAT number;
    ``activity``: NAF code; ``instrument``: a code of ``companies.models.INSTRUMENTS``; the amount in cents."""

    key: str
    beneficiary: str
    name: str
    amount_cents: int
    granted_on: date
    authority: str
    instrument: str
    activity: str
    regulation: str = REGULATION


@dataclass(frozen=True)
class Correction:
    """What an aid entered before comes to from a day on, in cents, and why. ``key``: as of an aid."""

    key: str
    corrects: str
    amount_cents: int
    corrected_on: date
    reason: str


@dataclass(frozen=True)
class RegisteredAid:
    """An aid as the register has it now, corrections applied; the amount in cents."""

    reference: str
    beneficiary: str
    amount_cents: int
    granted_on: date
    authority: str
    instrument: str


class DeMinimisRegister(Protocol):
    """A register. Each of its acts may be asked again under the same key, and gives the same reference."""

    def enter(self, aid: NewAid) -> str:
        """Enter an aid; what the register calls it. Raises RegisterAway, RegisterRefusal."""
        ...

    def correct(self, correction: Correction) -> str:
        """Correct an aid; what the register calls the correction. Raises RegisterAway, RegisterRefusal."""
        ...

    def aids_of(self, beneficiaries: Collection[str], since: date) -> list[RegisteredAid]:
        """The aids granted to these SIRENs and VAT numbers from a day on, of every authority, the oldest first.
        Raises RegisterAway."""
        ...
