"""What a reviewer proposes for one line: to refuse it, to keep a part of it, or to let it wait (arts. 4, 5 and 11).

Lines of which nothing is said are accepted as the law computes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bonus.calendar import civil_date
from bonus.errors import InvalidInput
from bonus.money import NBSP, amount_string, format_euros
from bonus.regulation import REDUCE, REFUSE, Ground, grounds_on, load_parameters

from .assessing import AssessedLine, Assessment, assess
from .models import Claim
from .proposal_models import LEAST_FACTS, ProposalCut
from .unseen import plain_words

ACCEPT, WAIT = "accept", "wait"
ACTIONS = {
    ACCEPT: "Accepter, comme calculé",
    REDUCE: "Retenir une partie du montant",
    REFUSE: "Refuser la ligne",
    WAIT: "Laisser attendre son label",
}
"""What may be proposed for a line: code → what people read."""
MOST_LINES = 100
"""Lines of which one proposal says something: as many as a page shows."""


@dataclass(frozen=True)
class LineProposal:
    """What is proposed for a line: ``action`` of ``ACTIONS``; for a refusal or a reduction, a ground of the regulation
    and the facts in words; for a reduction, the cents of the net amount (excluding VAT) that are kept."""

    line_id: int
    action: str
    ground: str = ""
    facts: str = ""
    retained_cents: int | None = None


def cuts_proposed(claim: Claim, lines: Sequence[LineProposal], now: datetime) -> list[ProposalCut]:
    """The rows that keep what is proposed, checked against what the law gives each line today.

    Raises InvalidInput, its field ``line:<id>:<ground | facts | retained | action>``, at the first thing that is wrong.
    """
    said = [line for line in lines if line.action != ACCEPT]
    if not said:
        return []
    if len(said) > MOST_LINES or len({line.line_id for line in said}) < len(said):
        raise InvalidInput(
            "proposal.too_many_lines",
            f"Une proposition dit autre chose que le calcul pour {MOST_LINES} lignes au plus, chacune une fois : "
            "au-delà, refusez tout le dossier pour un motif, ou demandez des pièces.",
        )
    assessment = assess(claim, now)
    known = {assessed.line.id: assessed for assessed in assessment.lines}
    return [_cut(line, known.get(line.line_id), assessment, now) for line in said]


def trace_of(cuts: Sequence[ProposalCut]) -> dict[str, Any]:
    """What the log keeps of them."""
    rows = [
        {
            "line": cut.line_id,
            "action": cut.action,
            "ground": cut.ground,
            "facts": cut.facts,
            "retained": None if cut.retained_cents is None else amount_string(cut.retained_cents),
        }
        for cut in cuts
    ]
    return {"lines": rows} if rows else {}


def _cut(
    line: LineProposal, assessed: AssessedLine | None, assessment: Assessment, now: datetime
) -> ProposalCut:
    if line.action not in ACTIONS:
        raise ValueError(f"not something proposed for a line: {line.action!r}")
    if assessed is None:
        raise _wrong(line, "action", "line_unknown", "Cette ligne n’est pas à décider dans ce dossier.")
    if line.action == WAIT:
        if assessed.result["status"] != "pending":
            raise _wrong(
                line,
                "action",
                "nothing_to_wait_for",
                "Cette ligne n’attend aucun label : seule une certification suspendue ferait attendre (art. 4).",
            )
        return ProposalCut(
            line_id=line.line_id, action=WAIT, facts=plain_words(line.facts, f"line:{line.line_id}:facts")
        )
    if assessed.result["status"] == "refused":
        raise _wrong(
            line,
            "action",
            "refused_by_law",
            "Le règlement refuse déjà cette ligne, avec son motif : laissez-la telle quelle.",
        )
    ground = _ground(line, now)
    facts = plain_words(line.facts, f"line:{line.line_id}:facts")
    if len(facts) < LEAST_FACTS:
        raise _wrong(
            line,
            "facts",
            "facts_missing",
            f"Dites en quelques mots ce que vous avez constaté ({LEAST_FACTS} caractères au moins) : un refus, même "
            "partiel, est motivé en droit et en fait (art. 11).",
        )
    return ProposalCut(
        line_id=line.line_id,
        action=line.action,
        ground=ground.code,
        article=ground.article,
        wording=ground.wording,
        facts=facts,
        retained_cents=_retained(line, assessed, assessment) if line.action == REDUCE else None,
    )


def _ground(line: LineProposal, now: datetime) -> Ground:
    offered = grounds_on(civil_date(now), load_parameters(), line.action)
    found = next((one for one in offered if one.code == line.ground), None)
    if found is None:
        what = "du refus" if line.action == REFUSE else "de la réduction"
        raise _wrong(
            line,
            "ground",
            "ground_missing",
            f"Choisissez dans la liste le motif {what} : il dit l’article appliqué (art. 11).",
        )
    return found


def _retained(line: LineProposal, assessed: AssessedLine, assessment: Assessment) -> int:
    """What is kept of the net amount: some of it, more than what other public aids cover (art. 5.1), not all."""
    net, aid = assessment.net_cents[line.line_id], assessed.line.other_public_aid_cents
    if line.retained_cents is None or not aid < line.retained_cents < net:
        above = format_euros(aid) if aid else f"0{NBSP}€"
        raise _wrong(
            line,
            "retained",
            "retained_out_of_range",
            f"Indiquez le montant hors taxes retenu : plus de {above}, moins de {format_euros(net)}. "
            "Pour n’en retenir rien, refusez la ligne.",
        )
    return line.retained_cents


def _wrong(line: LineProposal, field: str, code: str, sentence: str) -> InvalidInput:
    return InvalidInput(f"proposal.{code}", sentence, field=f"line:{line.line_id}:{field}")
