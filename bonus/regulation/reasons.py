"""Why a line is refused, waits, or is cut: each code with its article and what people read.

The order is that in which the reasons are tested; the first that holds is the one given.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """A stable ``code``, the ``article`` it comes from ("art. 5.3") and a short French ``label``."""

    code: str
    article: str
    label: str


_TESTED = (
    Reason("beneficiary.invalid_siren", "art. 2.1", "Numéro SIREN invalide"),
    Reason("beneficiary.not_active", "art. 2.1", "Entreprise ayant cessé son activité"),
    Reason("beneficiary.in_liquidation", "art. 2.2", "Entreprise en liquidation judiciaire"),
    Reason("beneficiary.excluded_activity", "art. 2.3", "Activité relevant d’un autre règlement d’aide"),
    Reason("purchase.before_scheme", "art. 5.3", "Facture antérieure au dispositif"),
    Reason("purchase.after_scheme", "art. 1", "Facture postérieure à la fin du dispositif"),
    Reason("claim.late", "art. 5.5", "Facture déposée hors délai"),
    Reason("purchase.already_claimed", "art. 5.3", "Facture déjà présentée"),
    Reason("purchase.intra_group", "art. 5.3", "Achat à une société liée"),
    Reason("purchase.no_amount", "art. 5.3", "Aucun montant à aider"),
    Reason("solution.unknown", "art. 4", "Solution absente du registre"),
    Reason("solution.never_certified", "art. 4", "Solution sans certification"),
    Reason("solution.label_not_recognised_for_axis", "art. 4", "Label non reconnu pour cet usage"),
    Reason("solution.certification_withdrawn", "art. 4", "Certification retirée"),
    Reason("solution.not_yet_certified", "art. 4", "Certification pas encore valable"),
    Reason("solution.certification_expired", "art. 4", "Certification expirée"),
    Reason("solution.certification_suspended", "art. 4", "Certification suspendue : ligne en attente"),
    Reason("claim.below_minimum", "art. 5.4", "Dossier sous le montant minimal"),
)
_CUTS = (
    Reason("art6.solution", "art. 6", "Plafond annuel par solution"),
    Reason("art6.annual", "art. 6", "Plafond annuel du bénéficiaire"),
    Reason("art7.de_minimis", "art. 7", "Plafond des aides de minimis"),
)

REASONS: dict[str, Reason] = {reason.code: reason for reason in _TESTED}
"""Every reason of a refusal or of a wait, by code, in the order tested."""
REDUCTIONS: dict[str, Reason] = {reason.code: reason for reason in _CUTS}
"""Every cut of a bonus, by the code used in ``reductions``."""

BY_OFFICER, ON_EXAMINATION = "decision.refused_by_officer", "decision.refused_on_examination"
BY_SILENCE = "decision.refused_by_silence"
_PERSONS = (
    Reason(BY_OFFICER, "art. 11", "Refus motivé de l’ordonnateur"),
    Reason(ON_EXAMINATION, "art. 11", "Refus motivé à l’instruction"),
    Reason(BY_SILENCE, "art. 11", "Refus né du silence de l’administration"),
)
BY_PERSONS: dict[str, Reason] = {reason.code: reason for reason in _PERSONS}
"""What a person, or silence, refuses, which no rule tests: ground and facts stand in the decision."""

CODES: tuple[str | None, ...] = (None, *REASONS)
"""Reason numbers of the columns: 0 is "no reason", the others count from 1."""
NUMBER: dict[str, int] = {code: number for number, code in enumerate(CODES) if code is not None}


def article_of(code: str) -> str:
    """The article behind a reason or a reduction: ``claim.late`` → "art. 5.5". Raises KeyError."""
    return _of(code).article


def label_of(code: str) -> str:
    """The short French label of a reason or a reduction. Raises KeyError."""
    return _of(code).label


def _of(code: str) -> Reason:
    return (REASONS | REDUCTIONS | BY_PERSONS)[code]
