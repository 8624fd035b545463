"""Reading the fiscal years of the beneficiaries into columns; see ``facts``."""

from __future__ import annotations

from itertools import pairwise

from bonus.regulation.columns import MAX_CENTS, FiscalYears, bool_column, int_column
from bonus.regulation.reader import Node

REGIMES = ("reduction", "deduction")


class FiscalYearLists:
    """The fiscal years being read: (beneficiary row, first day, last day, turnover, deduction?)."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int, int, int, bool]] = []

    def read(self, beneficiary: Node, row: int) -> None:
        """Read the years of one beneficiary, in whatever order they stand. Two that overlap are a fault:
        nobody could tell the year of an invoice."""
        found: list[tuple[int, int, Node]] = []
        for node in beneficiary.nodes("fiscal_years"):
            start, end = node.day("start"), node.day("end")
            if end < start:
                node.fault("end", "l’exercice finit avant de commencer")
            deduction = node.data.get("regime") is not None and node.choice("regime", REGIMES) == "deduction"
            found.append((start, end, node))
            self._rows.append((row, start, end, node.amount("turnover", MAX_CENTS), deduction))
        for (_, end, _), (start, _, node) in pairwise(sorted(found, key=lambda year: year[:2])):
            if start <= end:
                node.fault("start", "cet exercice en chevauche un autre")

    def columns(self) -> FiscalYears:
        """The years as columns, each beneficiary's in the order of their dates."""
        rows = sorted(self._rows)
        return FiscalYears(
            beneficiary=int_column([row[0] for row in rows]),
            start=int_column([row[1] for row in rows]),
            end=int_column([row[2] for row in rows]),
            turnover=int_column([row[3] for row in rows]),
            deduction=bool_column([row[4] for row in rows]),
        )
