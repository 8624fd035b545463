"""What a company says of the lines of its draft, saved as it types: nobody's words silently replace another's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from bonus.audit.service import Actor, record
from bonus.bulk import chunks
from bonus.errors import InvalidInput, NotFound
from bonus.extensions import db
from bonus.registry.models import Solution

from .intake import locked_draft
from .models import Invoice, PurchaseLine


@dataclass(frozen=True)
class LineChoice:
    """What the company says of a line: the solution's slug (or None), whether it replaces a foreign one, other aid
    in cents. ``seen`` is the state the page showed (``state_of``), None when whoever calls did not look."""

    line_id: int
    solution: str | None
    replaces_foreign: bool
    other_public_aid_cents: int
    seen: str | None = None

    @property
    def state(self) -> str:
        """What the line becomes if this is saved, as ``state_of`` writes it."""
        return _state(self.solution, self.replaces_foreign, self.other_public_aid_cents)


@dataclass
class SavedLines:
    """What became of the choices: the lines ``changed``; those that somebody changed since the page was shown, left
    as they stand (``conflicts``); and the ids of lines taken out of the draft meanwhile (``gone``)."""

    changed: list[PurchaseLine] = field(default_factory=list)
    conflicts: list[PurchaseLine] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


def _state(slug: str | None, replaces_foreign: bool, aid_cents: int) -> str:
    return f"{slug or ''}|{int(replaces_foreign)}|{aid_cents}"


def state_of(line: PurchaseLine) -> str:
    """What a company has said of a line, as one word that a page can hand back to tell what it showed."""
    return _state(
        line.solution.slug if line.solution else None, line.replaces_foreign, line.other_public_aid_cents
    )


def correct_lines(claim_id: int, choices: Iterable[LineChoice], actor: Actor, now: datetime) -> SavedLines:
    """Write the company's choices on the lines of its draft; committed.

    A line that was changed elsewhere since it was ``seen``, and is typed otherwise here, keeps what it has until
    the person has chosen. Raises Refusal once filed, NotFound for a line of another dossier, InvalidInput for a
    solution that is not in the registry or a negative aid.
    """
    claim, choices = locked_draft(claim_id), list(choices)
    lines = {line.id: line for line in lines_among(claim_id, (choice.line_id for choice in choices))}
    saved = SavedLines()
    for choice in choices:
        line = lines.get(choice.line_id)
        if line is None:
            saved.gone.append(_gone(choice.line_id))
            continue
        stored = state_of(line)
        if choice.state in (stored, choice.seen):
            continue  # nothing typed here: what was saved elsewhere stands
        if choice.seen is not None and choice.seen != stored:
            saved.conflicts.append(line)
            continue
        _write(line, choice)
        line.changed_at, line.changed_by = now, actor.name
        saved.changed.append(line)
    if saved.changed:
        record(
            "claim.lines_corrected",
            f"claim:{claim.id}",
            actor,
            now,
            changed=[line.position for line in saved.changed],
        )
    db.session.commit()
    return saved


def _gone(line_id: int) -> int:
    """The id of a line that no dossier has any more. Raises NotFound when another one has it."""
    if db.session.get(PurchaseLine, line_id) is not None:
        raise NotFound("line.unknown", "Cette ligne n’est pas dans le dossier.")
    return line_id


def _write(line: PurchaseLine, choice: LineChoice) -> None:
    if choice.other_public_aid_cents < 0:
        raise InvalidInput(
            "line.negative_aid",
            "L’autre aide publique est un montant positif ou nul.",
            field="other_public_aid",
        )
    solution = _solution(choice.solution)
    if (line.solution_id or None) != (solution.id if solution else None):
        line.solution = solution
        line.matched_by_person = True
        line.match_reason = _chosen(line, solution)
    line.replaces_foreign = choice.replaces_foreign
    line.other_public_aid_cents = choice.other_public_aid_cents


def _chosen(line: PurchaseLine, solution: Solution | None) -> str:
    """Why a line bears its solution when a person chose it; another supplier's is said to who examines."""
    if solution is None or solution.supplier.identifier == line.invoice.supplier_identifier:
        return "Solution choisie par l’entreprise."
    return (
        f"Solution choisie par l’entreprise\u00a0: elle est de {solution.supplier.name}, alors que le vendeur est "
        f"{line.invoice.supplier_name}. Vérifiez qu’il la revend."
    )[:300]


def _solution(slug: str | None) -> Solution | None:
    if not slug:
        return None
    solution = db.session.scalars(select(Solution).where(Solution.slug == slug)).one_or_none()
    if solution is None:
        raise InvalidInput("line.unknown_solution", "Cette solution n’est pas au registre.", field="solution")
    return solution


def lines_among(claim_id: int, ids: Iterable[int]) -> list[PurchaseLine]:
    """The lines of a dossier that are among these: of its thousands, only they are read."""
    return [
        line
        for some in chunks(list(ids))
        for line in db.session.scalars(
            select(PurchaseLine)
            .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
            .where(Invoice.claim_id == claim_id, PurchaseLine.id.in_(some))
            .options(joinedload(PurchaseLine.solution).lazyload(Solution.certifications))
            .order_by(PurchaseLine.id)
        )
    ]
