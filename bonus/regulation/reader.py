"""Reading JSON-like facts: each value is checked where it stands, and every fault keeps its path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from bonus.calendar import FIRST_YEAR, LAST_YEAR
from bonus.errors import InvalidInput
from bonus.money import amount_string, parse_amount
from bonus.regulation.schema import read_date
from bonus.regulation.values import to_day
from bonus.regulation.wording import french

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:?\d{2})?)", re.ASCII)
_MICROSECOND = timedelta(microseconds=1)
_FIRST_DAY, _LAST_DAY = to_day(date(FIRST_YEAR, 1, 1)), to_day(date(LAST_YEAR - 1, 12, 31))


@lru_cache(maxsize=4096)
def _day_of_text(text: str) -> int:
    """The days of a dossier are few, and written in thousands of its lines. Raises ValueError."""
    return to_day(read_date(text))


class InvalidFacts(InvalidInput):
    """The facts do not have the form of a scenario; ``faults`` lists each (JSON path, French reason)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        path, reason = faults[0]
        others = len(faults) - 1
        more = f" (et {others} autre{'s' if others > 1 else ''})" if others else ""
        sentence = french(f"Donnée inexploitable, {path} : {reason}{more}.")
        super().__init__("facts.invalid", sentence, field=path)
        self.faults = faults


class Numbers:
    """Gives each text its number, in the order met."""

    def __init__(self, known: tuple[str, ...] = ()) -> None:
        self.of = {text: number for number, text in enumerate(known)}

    def __getitem__(self, text: str) -> int:
        return self.of.setdefault(text, len(self.of))


class Node:
    """One object of the facts. Its path is only written out when there is a fault to report."""

    __slots__ = ("data", "faults", "key", "parent")

    def __init__(
        self,
        data: Any,
        faults: list[tuple[str, str]],
        parent: Node | None = None,
        key: str | tuple[str, int] = "",
    ) -> None:
        self.parent = parent
        self.key = key
        self.faults = faults
        if isinstance(data, Mapping):
            self.data: Mapping[str, Any] = data
        else:
            self.data = {}
            faults.append((self.path(), "un objet est attendu"))

    def path(self, name: str = "") -> str:
        """The JSON path of this object or of its field ``name``: ``$.claims[0].invoices[2].number``."""
        own = f"{self.key[0]}[{self.key[1]}]" if isinstance(self.key, tuple) else self.key
        above = f"{self.parent.path()}.{own}" if self.parent is not None else "$"
        return f"{above}.{name}" if name else above

    def fault(self, name: str, reason: str) -> None:
        """Record that the field ``name`` is wrong."""
        self.faults.append((self.path(name), reason))

    def fault_at(self, step: str, reason: str) -> None:
        """Record that what stands at ``step`` (``.name``, ``[0]``) under this object is wrong."""
        self.faults.append((f"{self.path()}{step}", reason))

    def child(self, name: str) -> Node:
        """The object under ``name``, which must be there."""
        return Node(self.data.get(name), self.faults, self, name)

    def optional(self, name: str) -> Node:
        """The object under ``name``, empty when it is absent or null."""
        value = self.data.get(name)
        return Node({} if value is None else value, self.faults, self, name)

    def values(self, name: str, *, required: bool = False) -> list[Any]:
        """The list under ``name``; empty when it is absent or null and not required."""
        value = self.data.get(name)
        if value is None and not required:
            return []
        if not isinstance(value, list):
            self.fault(name, "une liste est attendue")
            return []
        return value

    def nodes(self, name: str, *, required: bool = False) -> Iterator[Node]:
        """The objects of the list under ``name``."""
        for index, value in enumerate(self.values(name, required=required)):
            yield Node(value, self.faults, self, (name, index))

    def text(self, name: str) -> str:
        """A text that must be there and not be empty."""
        value = self.data.get(name)
        if not isinstance(value, str) or not value:
            self.fault(name, "un texte est attendu")
            return ""
        return value

    def optional_text(self, name: str) -> str:
        """A text, "" when it is absent or null."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, str):
            self.fault(name, "un texte est attendu")
        return value if isinstance(value, str) else ""

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """A text among a few; the first of them stands in after a fault."""
        value = self.data.get(name)
        if not isinstance(value, str) or value not in allowed:
            self.fault(name, f"valeur attendue parmi {', '.join(allowed)}")
            return allowed[0]
        return value

    def texts(self, name: str) -> list[str]:
        """An optional list of texts."""
        values = self.values(name)
        if not all(isinstance(value, str) and value for value in values):
            self.fault(name, "une liste de textes est attendue")
            return []
        return values

    def flag(self, name: str, *, default: bool) -> bool:
        """An optional true or false."""
        value = self.data.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.fault(name, "vrai ou faux (true, false) est attendu")
            return default
        return value

    def integer(self, name: str, low: int, high: int) -> int:
        """A whole number within bounds."""
        value = self.data.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fault(name, f"un nombre entier de {low} à {high} est attendu")
            return low
        return value

    def amount(self, name: str, most: int, *, default: int | None = None) -> int:
        """An amount in cents from a text with two decimals, at most ``most`` cents either way."""
        value = self.data.get(name)
        if value is None and default is not None:
            return default
        if isinstance(value, str):
            try:
                cents = parse_amount(value)
            except ValueError:
                cents = None
            if cents is not None:
                if abs(cents) <= most:
                    return cents
                self.fault(name, f"montant au-delà de {amount_string(most)} euros")
                return 0
        self.fault(name, 'un montant est attendu, comme "1234.56"')
        return 0

    def day(self, name: str, *, default: int | None = None, bounded: bool = False) -> int:
        """A date (AAAA-MM-JJ) in days since 1970; ``bounded`` refuses years without known public holidays."""
        value = self.data.get(name)
        if value is None and default is not None:
            return default
        try:
            day = _day_of_text(value) if isinstance(value, str) else to_day(read_date(value))
        except ValueError as error:
            self.fault(name, str(error))
            return 0
        if bounded and not _FIRST_DAY <= day <= _LAST_DAY:
            self.fault(name, f"date attendue entre {FIRST_YEAR} et {LAST_YEAR - 1}")
            return 0
        return day

    def instant(self, name: str) -> datetime:
        """An instant with its offset, like ``2026-11-22T10:00:00+01:00``."""
        value = self.data.get(name)
        try:
            written = isinstance(value, str) and _INSTANT.fullmatch(value)
            instant = datetime.fromisoformat(written[0]) if written else None
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None or not FIRST_YEAR <= instant.year < LAST_YEAR:
            self.fault(
                name, f"date et heure avec décalage horaire attendues, de {FIRST_YEAR} à {LAST_YEAR - 1}"
            )
            return _EPOCH
        return instant


def microseconds(instant: datetime) -> int:
    """Exact microseconds since 1970, to put instants of any offset in order."""
    return (instant - _EPOCH) // _MICROSECOND
