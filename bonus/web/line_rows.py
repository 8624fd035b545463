"""The lines of a dossier as a table to keep, those that the page's address asks for: of a draft, of a filed dossier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Response, request
from sqlalchemy import select

from bonus.claims.assessing import assess
from bonus.claims.bought import BoughtLine, bought_of
from bonus.claims.cuts import Cut
from bonus.claims.dossier_lines import chosen_lines
from bonus.claims.line_list import FILED, ISSUES, bought_cells, reason_words
from bonus.claims.models import Claim
from bonus.claims.outcomes import Outcomes, outcomes_of
from bonus.extensions import db
from bonus.money import NBSP, format_rate, parse_amount
from bonus.registry.models import Solution
from bonus.spreadsheet import Euros

from .access import now
from .exports import table_file
from .looking import ATTENTION, UNMATCHED, filters

TITLES = (
    *FILED, "Remplace une solution non européenne", "Début du service",
    "Fin du service", "Solution", "Issue", "Motif", "Base", "Taux (%)", "Bonus",
)  # fmt: skip


def lines_file(claim: Claim, kind: str, cuts: Mapping[int, Cut] | None = None) -> Response:
    """The lines that the address asks for, with what each gets, decided or estimated. ``cuts``: what a proposal takes
    away, for agents alone."""
    outcomes = outcomes_of(claim, None if claim.is_decided else assess(claim, now(), cuts=cuts))
    where = filters()
    wanted = chosen_lines(
        claim,
        outcomes.statuses,
        search=where.get("recherche", ""),
        attention_only=where.get("voir") == ATTENTION,
    )[2]
    only_unmatched = request.args.get("voir") == UNMATCHED
    lines = _lines(claim.id, set(wanted), only_unmatched=only_unmatched)
    return table_file(kind, f"lignes-{claim.number or 'brouillon'}", TITLES, _rows(lines, outcomes))


def _lines(claim_id: int, wanted: set[int], *, only_unmatched: bool) -> Iterator[BoughtLine]:
    for invoice in bought_of(claim_id):
        for line in invoice.lines:
            bought = line.solution_id is None and not invoice.is_credit_note
            if line.id in wanted and (bought or not only_unmatched):
                yield line


def _rows(lines: Iterator[BoughtLine], outcomes: Outcomes) -> Iterator[Sequence[object]]:
    names = {one.id: one.name for one in db.session.execute(select(Solution.id, Solution.name))}
    for line in lines:
        result = outcomes.figures_of(line.id)
        yield (
            *bought_cells(line),
            "oui" if line.replaces_foreign else "non",
            line.service_start,
            line.service_end,
            names[line.solution_id] if line.solution_id is not None else None,
            *_outcome(result),
        )


def _outcome(result: Mapping[str, Any] | None) -> Sequence[object]:
    if result is None:
        return "Déduite d’autres lignes", None, None, None, None
    return (
        ISSUES[result["status"]],
        reason_words(result["reason"]),
        Euros(parse_amount(result["base"])),
        format_rate(result["rate_bp"]).removesuffix(f"{NBSP}%"),
        Euros(parse_amount(result["bonus"])),
    )
