"""Why a company is of its size category (art. 3): each limit, and whether its figures are within it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bonus.money import parse_amount
from bonus.regulation.schema import LARGE, PUBLIC
from bonus.regulation.values import Parameters


@dataclass(frozen=True)
class SizeTest:
    """One category with its limits (persons, cents) and what a company's figures make of each."""

    code: str
    name: str
    headcount_below: int
    turnover_max: int
    balance_sheet_max: int
    headcount_fits: bool
    turnover_fits: bool
    balance_sheet_fits: bool

    @property
    def fits(self) -> bool:
        """Under the limit of persons, and within one of the two others at least."""
        return self.headcount_fits and (self.turnover_fits or self.balance_sheet_fits)


def size_tests(beneficiary: Mapping[str, Any], on: date, parameters: Parameters) -> list[SizeTest]:
    """The categories tried for an enterprise in the form of the facts, from the smallest; the first that fits is its
    own (``size_category``), and it is ``large`` when none does. A public body is not tried: the list is empty."""
    if beneficiary["kind"] == "public_body":
        return []
    turnover, balance_sheet = (
        parse_amount(beneficiary["turnover"]),
        parse_amount(beneficiary["balance_sheet"]),
    )
    tests = []
    for code in parameters.codes("size"):
        if code in {LARGE, PUBLIC}:
            continue
        below, turnover_max, balance_max = (
            parameters.integer(f"size.{code}.{limit}", on)
            for limit in ("headcount_below", "turnover_max", "balance_sheet_max")
        )
        tests.append(
            SizeTest(
                code=code,
                name=parameters.name_of("size", code).name,
                headcount_below=below,
                turnover_max=turnover_max,
                balance_sheet_max=balance_max,
                headcount_fits=beneficiary["headcount"] < below,
                turnover_fits=turnover <= turnover_max,
                balance_sheet_fits=balance_sheet <= balance_max,
            )
        )
    return tests
