"""The accounts proven: every proof of the house, each with its two sums and the first pieces that are wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .months import measure_months
from .proof import MOST_PIECES, Outcome, Proof
from .proofs import LEDGER_PROOFS
from .proofs_papers import PAPER_PROOFS
from .proofs_titres import TITRE_PROOFS
from .proofs_undue import UNDUE_PROOFS

MONTHS_PROOF = Proof(
    "months",
    "Aucune écriture d’un mois clos n’a été changée, retirée ni ajoutée",
    "Total écrit à la clôture",
    "Total relu, empreinte comprise",
    "arts. 10 à 14",
    measure_months,
)

PROOFS: dict[str, Proof] = {
    proof.code: proof for proof in (*LEDGER_PROOFS, *TITRE_PROOFS, *UNDUE_PROOFS, *PAPER_PROOFS, MONTHS_PROOF)
}
"""Every proof, in the order a euro meets what it is about; another part adds its own tuple here."""


def check(codes: Iterable[str] | None = None, *, most: int = MOST_PIECES) -> Iterator[Outcome]:
    """Make these proofs (by default all), one after the other, naming ``most`` pieces of each that does not hold.

    Raises KeyError for a proof nobody knows.
    """
    for proof in PROOFS.values() if codes is None else [PROOFS[code] for code in codes]:
        yield Outcome(proof, proof.measure(most))


def failing() -> list[Outcome]:
    """The proofs that do not hold now."""
    return [outcome for outcome in check() if not outcome.holds]
