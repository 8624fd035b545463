"""The facts as columns: a dossier is a table of a few lines, the country the same table with millions.

Amounts are int64 cents, days whole days since 1970-01-01, references to other tables row numbers.
Lines stand in the order of the claims and, inside a claim, in the order of its invoices; so do invoices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bonus.calendar import FIRST_YEAR, LAST_YEAR
from bonus.money import amount_string

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

NO_DAY = -(2**31)
"""No date here (an optional date that is absent)."""
NONE = -1
"""No row: an unknown solution, a certification of an unknown label."""

MAX_LINE_CENTS = 10**12
"""10 billion euros: the most one amount of a line may be."""
MAX_CENTS = 10**15
"""10 000 billion euros: the most any other amount may be."""

MIN_DAY = int(np.datetime64(f"{FIRST_YEAR}-01-01", "D").astype(np.int64))
# A year short of the last one with known public holidays: a time limit may run into the next year.
MAX_DAY = int(np.datetime64(f"{LAST_YEAR - 1}-12-31", "D").astype(np.int64))

SUSPENDED, REINSTATED, WITHDRAWN = 0, 1, 2


@dataclass(frozen=True)
class Registry:
    """Solutions, their certifications (grouped by solution, in the order listed) and the events of these.

    ``first_certification`` has one entry more than there are solutions: those of solution ``s`` are
    rows ``first_certification[s]`` to ``first_certification[s + 1] - 1``. Likewise ``first_event``, whose
    events stand in the order of their dates and, within a day, in the order given.
    """

    ids: list[str]
    axis: Int
    supplier: Int
    first_certification: Int
    label: Int
    label_names: list[str]
    valid_from: Int
    valid_until: Int
    first_event: Int
    event_type: Int
    event_on: Int
    event_retroactive: Bool


@dataclass(frozen=True)
class Beneficiaries:
    """Who benefits. ``party`` is its number among all the identifiers named anywhere (SIREN or VAT)."""

    siren: list[str]
    siren_valid: Bool
    party: Int
    public_body: Bool
    headcount: Int
    turnover: Int
    balance_sheet: Int
    naf_division: Int
    naf_names: list[str]
    ceased_on: Int
    in_liquidation: Bool
    vat_recoverable: Bool


@dataclass(frozen=True)
class Claims:
    """Dossiers. ``rank`` is their place in the order of filing: instant, then smaller id; ``decided_base`` the cents
    of the base that their other lines, decided before, bring to the minimum of art. 5.4."""

    ids: list[str]
    beneficiary: Int
    filed_on: Int
    rank: Int
    grant_date: Int
    decided_base: Int
    first_line: Int


@dataclass(frozen=True)
class Invoices:
    """``key`` is one number per (supplier, number without case and spaces, year); ``held`` when an
    earlier claim outside these facts already holds that key."""

    numbers: list[str]
    claim: Int
    seller: Int
    issued_on: Int
    key: Int
    held: Bool


@dataclass(frozen=True)
class Lines:
    """Purchase lines. ``solution`` is NONE when the registry does not hold it."""

    numbers: list[int | str]
    invoice: Int
    claim: Int
    beneficiary: Int
    solution: Int
    net: Int
    vat: Int
    other_public_aid: Int
    service_start: Int
    service_end: Int
    replaces_foreign: Bool
    grant_date: Int


@dataclass(frozen=True)
class PriorGrants:
    """What earlier decisions granted: it consumes the ceilings of art. 6 and counts under art. 7.

    ``beneficiary`` is a party number; ``solution`` numbers continue after those of the registry for the
    solutions it does not hold.
    """

    beneficiary: Int
    solution: Int
    issued_on: Int
    granted_on: Int
    amount: Int


@dataclass(frozen=True)
class OtherAids:
    """The other de minimis aids, declared or found in the central register: to which party, when, cents."""

    party: Int
    granted_on: Int
    amount: Int


@dataclass(frozen=True)
class FiscalYears:
    """Fiscal years, both ends included, in the order of the beneficiaries (rows) and of the dates; they
    never overlap. ``deduction``: the regime chosen, where it is not ``reduction`` (art. 8)."""

    beneficiary: Int
    start: Int
    end: Int
    turnover: Int
    deduction: Bool


@dataclass(frozen=True)
class Portfolio:
    """All the columns. ``group`` and ``undertaking`` give, for each party, the number of its set (art. 7)."""

    registry: Registry
    beneficiaries: Beneficiaries
    parties: list[str]
    group: Int
    undertaking: Int
    claims: Claims
    invoices: Invoices
    lines: Lines
    prior: PriorGrants
    other_aids: OtherAids
    fiscal_years: FiscalYears

    def check_bounds(self) -> None:
        """Raise ValueError when an amount or a date is so large that int64 arithmetic could overflow.

        With lines of at most 10 billion euros every product of the rules stays under 2^60.
        """
        lines = self.lines
        for name, column, most in (
            ("net", lines.net, MAX_LINE_CENTS),
            ("vat", lines.vat, MAX_LINE_CENTS),
            ("other_public_aid", lines.other_public_aid, MAX_LINE_CENTS),
            ("turnover", self.beneficiaries.turnover, MAX_CENTS),
            ("balance_sheet", self.beneficiaries.balance_sheet, MAX_CENTS),
            ("prior grant", self.prior.amount, MAX_CENTS),
            ("decided_base", self.claims.decided_base, MAX_CENTS),
            ("turnover of a fiscal year", self.fiscal_years.turnover, MAX_CENTS),
            ("other aid", self.other_aids.amount, MAX_CENTS),
        ):
            if len(column) and int(np.abs(column).max()) > most:
                raise ValueError(f"{name} above {amount_string(most)} euros")
        for name, column in (
            ("issued_on", self.invoices.issued_on),
            ("filed_on", self.claims.filed_on),
            ("prior issued_on", self.prior.issued_on),
        ):
            if len(column) and (int(column.min()) < MIN_DAY or int(column.max()) > MAX_DAY):
                raise ValueError(f"{name} outside {FIRST_YEAR} to {LAST_YEAR - 1}")


def product(left: Int, right: Int) -> Int:
    """The product of two columns. Raises OverflowError instead of wrapping around."""
    if len(left) and int(np.abs(left).max()) * int(np.abs(right).max()) > 2**61:
        raise OverflowError("the product of these columns does not fit in 64 bits")
    return np.asarray(left * right)


def total(column: Int) -> int:
    """The exact sum of a column of cents. Raises OverflowError instead of wrapping around."""
    # Each half of the bits sums without overflow, however many millions of lines there are.
    whole = (int((column >> 31).sum()) << 31) + int((column & (2**31 - 1)).sum())
    if abs(whole) > 2**61:
        raise OverflowError("the sum of this column does not fit in 64 bits")
    return whole


def sums(column: Int, first: Int) -> Int:
    """The sum of each segment ``first[k]`` to ``first[k + 1] - 1`` of a column (0 for an empty one).

    Raises OverflowError instead of wrapping around.
    """
    total(np.abs(column))
    running = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(column, dtype=np.int64)))
    return np.asarray(running[first[1:]] - running[first[:-1]])


def int_column(values: Sequence[int]) -> Int:
    """A list of whole numbers as a column."""
    return np.array(values, dtype=np.int64)


def bool_column(values: Sequence[bool]) -> Bool:
    """A list of true and false as a column."""
    return np.array(values, dtype=np.bool_)
