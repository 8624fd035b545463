"""What an appeal may change: lines decided anew, as the law computes them today on corrected facts; never worse."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.registry.models import Solution

from .appeal_models import Appeal
from .assessing import Assessment, assess
from .cuts import Cut, cut_sealed, grieves
from .decision import shown
from .holders import kept_elsewhere
from .models import Claim, DecidedLine, Decision, PurchaseLine
from .revocation_days import open_revocation_of
from .status import DECIDED


@dataclass(frozen=True)
class LastWord:
    """What was last decided of a line."""

    line_id: int
    status: str
    reason: str | None
    bonus_cents: int


@dataclass(frozen=True)
class Reform:
    """The lines decided anew: ``assessment`` of these alone, and what each had before, in the same order."""

    assessment: Assessment
    former: Sequence[LastWord]

    @property
    def former_cents(self) -> dict[int, int]:
        """What each line had, by its id."""
        return {word.line_id: word.bonus_cents for word in self.former}

    @property
    def added_cents(self) -> int:
        """What the reform adds, in cents."""
        return self.assessment.bonus_cents - sum(word.bonus_cents for word in self.former)


def mark_of(reform: Reform) -> str:
    """A mark of what is shown of a reform to who agrees with it or decides it."""
    return f"{shown(reform.assessment)}:{reform.added_cents}"


def last_words(claim_id: int) -> dict[int, LastWord]:
    """What was last decided of each line of a dossier, by the line's id."""
    rows = db.session.execute(
        select(DecidedLine.line_id, DecidedLine.status, DecidedLine.reason, DecidedLine.bonus_cents)
        .join(Decision, DecidedLine.decision_id == Decision.id)
        .where(Decision.claim_id == claim_id)
        .order_by(DecidedLine.id)
    )
    return {row.line_id: LastWord(*row) for row in rows}


def reviewable(appeal: Appeal) -> dict[int, LastWord]:
    """The lines that the decision appealed refused or cut, by id: what may be decided anew."""
    words = last_words(appeal.claim_id)
    return {line_id: words[line_id] for line_id, row in _sealed(appeal) if grieves(row)}


def _sealed(appeal: Appeal) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Each line of the decision appealed, by its id, as sealed."""
    query = select(DecidedLine.line_id).where(DecidedLine.decision_id == appeal.decision_id)
    ids = db.session.scalars(query.order_by(DecidedLine.id)).all()
    return zip(ids, appeal.decision.result["lines"], strict=True)


def _reductions_kept(appeal: Appeal, chosen: Collection[int]) -> dict[int, Cut]:
    """What an examiner reduced of the lines decided anew, and stays: of a line that a ceiling cut too. Of one that was
    reduced alone, deciding it anew can only mean to lift the reduction."""
    kept = ((line_id, cut_sealed(row)) for line_id, row in _sealed(appeal) if row["reductions"])
    return {line_id: cut for line_id, cut in kept if cut is not None and line_id in chosen}


def reform_of(appeal: Appeal, lines: Mapping[str, Any], now: datetime) -> Reform:
    """What deciding lines anew would give today (line id, as text → slug of the solution it is held to name, None to
    leave it). Raises InvalidInput when a line is not one that was refused or cut, a solution is unknown, a line would
    get less than it has, or nothing would get better; Refusal while lines of the dossier are being examined, or when
    another dossier was granted one of the invoices since."""
    claim = appeal.claim
    _require_decided(claim)
    if open_revocation_of(claim.id) is not None:
        raise Refusal(
            "appeal.revocation_open",
            "Le retrait de la décision de ce dossier est envisagé : il doit d’abord être décidé (art. 11).",
        )
    words = reviewable(appeal)
    chosen = {int(line_id): _solution_id(slug) for line_id, slug in lines.items()}
    if not chosen:
        raise InvalidInput("appeal.no_line", "Choisissez les lignes à décider de nouveau.", field="lines")
    if not chosen.keys() <= words.keys():
        raise InvalidInput(
            "appeal.other_line",
            "Seules les lignes refusées ou réduites se décident de nouveau.",
            field="lines",
        )
    assessment = assess(claim, now, reopened=chosen, cuts=_reductions_kept(appeal, chosen))
    reform = Reform(assessment, [words[assessed.line.id] for assessed in assessment.lines])
    invoices = {assessed.line.invoice.id: assessed.line.invoice for assessed in assessment.lines}
    elsewhere = kept_elsewhere(claim, list(invoices.values()))
    if elsewhere:
        raise Refusal(
            "appeal.granted_elsewhere",
            f"Une de ces factures a été acceptée depuis dans un autre dossier ({', '.join(elsewhere)}){NBSP}: elle ne "
            "peut l’être deux fois (art. 5.3).",
        )
    _require_better(reform)
    return reform


def hold_solutions(lines: Mapping[str, Any]) -> None:
    """Write the solutions that lines are now held to name, in the caller's transaction."""
    for line_id, slug in lines.items():
        if slug:
            line = db.session.get_one(PurchaseLine, int(line_id))
            line.solution_id, line.matched_by_person = _solution_id(slug), False
    db.session.flush()


def _require_decided(claim: Claim) -> None:
    if claim.status not in DECIDED:
        raise Refusal(
            "appeal.under_review",
            "Des lignes de ce dossier sont en cours d’instruction : elles doivent d’abord être décidées.",
        )


def _solution_id(slug: str | None) -> int | None:
    if not slug:
        return None
    found = db.session.scalars(select(Solution.id).where(Solution.slug == slug)).one_or_none()
    if found is None:
        raise InvalidInput(
            "appeal.solution", f"Le registre ne connaît pas la solution «{NBSP}{slug}{NBSP}».", field="lines"
        )
    return found


def _require_better(reform: Reform) -> None:
    """Whoever appeals never gets less, on any line, and something must be better: else the decision is confirmed."""
    pairs = list(zip(reform.assessment.lines, reform.former, strict=True))
    worse = [
        assessed
        for assessed, former in pairs
        if assessed.bonus_cents < former.bonus_cents
        or (assessed.result["status"] != "eligible" and former.status == "eligible")
    ]
    if worse:
        where = ", ".join(
            f"facture {one.line.invoice.number}, ligne {one.line.position}" for one in worse[:5]
        )
        raise InvalidInput(
            "appeal.worse",
            f"Un recours ne peut rien retirer à qui le forme, et le calcul d’aujourd’hui donnerait moins à{NBSP}: "
            f"{where}. Ne retenez pas ces lignes{NBSP}: elles gardent ce qu’elles ont, et les autres se décident sans "
            "elles.",
            field="lines",
        )
    better = reform.added_cents > 0 or any(
        former.status == "refused" and assessed.result["status"] != "refused" for assessed, former in pairs
    )
    if not better:
        raise InvalidInput(
            "appeal.nothing_better",
            "Le calcul d’aujourd’hui ne donne rien de plus à ces lignes : corrigez ce qui le fausse, ou confirmez la "
            "décision.",
            field="lines",
        )
