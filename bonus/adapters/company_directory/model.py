"""What a company directory says of a company, and how it is asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Protocol


class DirectoryAway(ConnectionError):
    """The directory does not answer, or not in its own form: nothing is said of the company."""


_DAYS = ("closed_on", "founded_on")


@dataclass(frozen=True)
class Identity:
    """A company as registered. ``siret`` is its seat's. What is not known is "".

    ``partial``: its registration is public in part only (diffusion partielle), and name or address are withheld here.
    """

    siren: str
    name: str
    naf: str
    street: str
    postcode: str
    town: str
    siret: str = ""
    active: bool = True
    closed_on: date | None = None
    founded_on: date | None = None
    public_body: bool = False
    partial: bool = False

    @property
    def address(self) -> str:
        """The registered address on one line."""
        return ", ".join(part for part in (self.street, f"{self.postcode} {self.town}".strip()) if part)

    @property
    def complete(self) -> bool:
        """Whether it says all that is needed: where to write, and the activity, of which some are excluded (art. 2)."""
        return bool(not self.partial and self.name and self.naf and self.postcode and self.town)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, that ``from_dict`` reads back."""
        days = {name: getattr(self, name) for name in _DAYS}
        return asdict(self) | {name: day.isoformat() if day else None for name, day in days.items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Identity:
        """Read back what ``to_dict`` wrote. Raises KeyError, TypeError or ValueError when it did not."""
        days = {name: data.get(name) for name in _DAYS}
        known = {field.name: data[field.name] for field in fields(cls) if field.name in data}
        return cls(**known | {name: date.fromisoformat(day) if day else None for name, day in days.items()})


class CompanyDirectory(Protocol):
    """A directory of companies."""

    def find(self, siren: str) -> Identity | None:
        """The company of a SIREN (nine digits, its key checked), None when the directory knows none.

        Raises DirectoryAway.
        """
        ...
