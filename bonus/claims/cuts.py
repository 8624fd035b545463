"""What an examiner takes away from what the law gives a line: refused, or a part of its amount kept (arts. 5 and 11).

A line refused is out of the facts that the law is applied to, so that it takes nothing of the ceilings of arts. 6 and
7, nor counts for the minimum of art. 5.4; it stands in the result with its own reason. Of a line reduced, the law is
told what is kept as its net amount. Both are sealed with the facts, ground and words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bonus.money import amount_string, format_euros, half_up, parse_amount
from bonus.regulation import ON_EXAMINATION
from bonus.regulation.wording import french

from .bought import BoughtLine
from .models import Claim
from .proposal_models import Proposal, ProposalCut

REFUSED_ON_EXAMINATION = ON_EXAMINATION
EXAMINED = "examined"
"""Under this name a sealed line says what the examiner took away."""


@dataclass(frozen=True)
class Cut:
    """What is proposed for one line: ``action`` (``refuse``, ``reduce``), the ground as the regulation words it, the
    facts in words, and the cents of the net amount that are kept (0 when refused)."""

    action: str
    ground: str
    article: str
    wording: str
    facts: str
    retained_cents: int = 0

    @property
    def refuses(self) -> bool:
        """Whether nothing of the line is kept."""
        return self.action == "refuse"


def latest_proposal(claim: Claim) -> Proposal | None:
    """The proposal that an officer would decide on now; None when there is none, or it was sent back."""
    return claim.proposals[-1] if claim.status == "proposed" and claim.proposals else None


def cuts_of(claim: Claim) -> dict[int, Cut]:
    """What the proposal to be decided takes away, by the line's id."""
    return cuts_in(latest_proposal(claim))


def cuts_in(proposal: Proposal | None) -> dict[int, Cut]:
    """What a proposal takes away, by the line's id."""
    found = ((row.line_id, _cut(row)) for row in proposal.cuts) if proposal is not None else ()
    return {line_id: cut for line_id, cut in found if cut is not None}


def _cut(row: ProposalCut) -> Cut | None:
    if row.action == "wait" or row.ground is None or row.article is None or row.wording is None:
        return None
    return Cut(row.action, row.ground, row.article, row.wording, row.facts, row.retained_cents or 0)


def reduced(cut: Cut, net_cents: int, vat_cents: int) -> tuple[int, int]:
    """The net amount that is kept of a line, in cents, and the VAT on it, in proportion."""
    kept = min(cut.retained_cents, net_cents)
    return (kept, half_up(vat_cents * kept, net_cents)) if net_cents > 0 else (net_cents, vat_cents)


def fact(cut: Cut, line: BoughtLine, net_cents: int) -> dict[str, Any]:
    """A cut as it is sealed with the facts; ``net_cents``: the line's amount before it, after credit notes."""
    return {
        "invoice": line.invoice.number,
        "supplier_id": line.invoice.supplier_identifier,
        "line": line.position,
        "action": cut.action,
        "ground": cut.ground,
        "article": cut.article,
        "wording": cut.wording,
        "facts": cut.facts,
        "net": amount_string(net_cents),
        "retained": amount_string(0 if cut.refuses else min(cut.retained_cents, net_cents)),
    }


def cut_sealed(row: Mapping[str, Any]) -> Cut | None:
    """The reduction that a sealed line bears; None when the examiner reduced nothing of it."""
    told = row.get(EXAMINED)
    if told is None or told["action"] != "reduce":
        return None
    words = {name: str(told[name]) for name in ("action", "ground", "article", "wording", "facts")}
    return Cut(**words, retained_cents=parse_amount(told["retained"]))


def grieves(row: Mapping[str, Any]) -> bool:
    """Whether what a decision sealed of a line is a refusal, even of a part, or a cut (art. 11)."""
    return row["status"] == "refused" or bool(row["reductions"]) or cut_sealed(row) is not None


def refused_row(sealed: Mapping[str, Any]) -> dict[str, Any]:
    """A refused line as the law writes its lines: nothing of it is paid."""
    return {
        "invoice": sealed["invoice"],
        "line": sealed["line"],
        "status": "refused",
        "reason": REFUSED_ON_EXAMINATION,
        "base": "0.00",
        "rate_bp": 0,
        "bonus_before_ceilings": "0.00",
        "reductions": [],
        "bonus": "0.00",
        EXAMINED: sealed,
    }


def in_words(sealed: Mapping[str, Any]) -> str:
    """Why, in law and in fact."""
    law, facts = f"{sealed['wording']} ({sealed['article']}).", str(sealed["facts"]).strip()
    facts = facts if facts.endswith((".", "!", "?", "…")) else f"{facts}."
    if sealed["action"] == "refuse":
        return french(f"{law} En fait : {facts}")
    kept, net = (format_euros(parse_amount(sealed[name])) for name in ("retained", "net"))
    return french(f"Montant retenu : {kept} sur {net} hors taxes. {law} En fait : {facts}")


def step(sealed: Mapping[str, Any]) -> dict[str, Any]:
    """The same as a step of a line's working (see ``bonus.regulation.steps``)."""
    refuses = sealed["action"] == "refuse"
    return {
        "article": sealed["article"],
        "code": "examination.refused" if refuses else "examination.reduced",
        "sentence": in_words(sealed),
        "parameter": None,
        "value": None,
        "effective_from": None,
        "inputs": {"ground": sealed["ground"], "net": sealed["net"], "retained": sealed["retained"]},
        "result": "refused" if refuses else sealed["retained"],
    }


def outcome_with(outcome: str, *, cut: bool) -> str:
    """The law's outcome of a dossier from which an examiner took something: no longer granted whole."""
    return "partly_granted" if cut and outcome == "granted" else outcome
