"""The sentences that say what a change of the registry means for a dossier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bonus.calendar import civil_date, format_date
from bonus.money import format_euros
from bonus.registry.labels import label_name
from bonus.registry.models import CertificationFact

_WHAT = {
    "granted": "a été délivrée",
    "suspended": "a été suspendue à compter du {on}",
    "reinstated": "a été rétablie à compter du {on}",
    "withdrawn": "a été retirée à compter du {on}",
}
_SHOWN = 3


@dataclass(frozen=True)
class Learned:
    """What the registry learned, and when, of the solutions of one dossier."""

    at: datetime
    facts: Sequence[CertificationFact]

    @property
    def ground(self) -> str:
        """Why a decided dossier would be controlled: a code of ``follow_models.GROUNDS``."""
        if any(fact.retroactive and not fact.void for fact in self.facts):
            return "withdrawn_retroactively"
        return "corrected" if any(fact.corrects_id is not None for fact in self.facts) else "learned_late"

    @property
    def sentence(self) -> str:
        """The facts in one sentence: at most three are told."""
        told = [_of_one(fact) for fact in self.facts[:_SHOWN]]
        if len(self.facts) > _SHOWN:
            told.append(f"et {len(self.facts) - _SHOWN} autres faits")
        return f"Le {format_date(civil_date(self.at))}, le registre a appris ceci\u00a0: {'; '.join(told)}."


def _of_one(fact: CertificationFact) -> str:
    certification = fact.certification
    name = (
        f"la certification {label_name(certification.label)} de «\u00a0{certification.solution.name}\u00a0»"
    )
    if fact.void:
        return f"un fait inscrit par erreur est annulé pour {name}"
    if fact.retroactive:
        return f"{name} a été retirée rétroactivement\u00a0: elle est réputée n’avoir jamais compté (art. 4)"
    if fact.kind == "granted" and fact.corrects_id is not None and fact.valid_from and fact.valid_until:
        dates = f"du {format_date(fact.valid_from)} au {format_date(fact.valid_until)}"
        return f"{name} est corrigée\u00a0: elle vaut {dates}"
    on = format_date(fact.happened_on) if fact.happened_on else ""
    corrected = " (correction)" if fact.corrects_id is not None else ""
    return f"{name} {_WHAT[fact.kind].format(on=on)}{corrected}"


def recomputed(
    learned: Learned, before: int, after: int, states: Sequence[str], new_states: Sequence[str]
) -> str:
    """For an open dossier: the bonus computed before and after, in cents."""
    if before != after:
        effect = f"Le bonus calculé passe de {format_euros(before)} à {format_euros(after)}."
    elif "pending" in new_states and "pending" not in states:
        effect = "Des lignes attendent désormais la fin d’une suspension."
    else:
        effect = "Le bonus calculé ne change pas, mais ses motifs changent."
    return f"{learned.sentence} {effect}"


def woken(learned: Learned, sentence: str) -> str:
    """For a decided dossier whose lines waited."""
    return f"{learned.sentence} {sentence}"


def favourable(learned: Learned, granted: int, now_given: int) -> str:
    """For a decided dossier that the change speaks for: nothing changes by itself, the remedies are the company's."""
    if now_given <= granted:
        return (
            f"{learned.sentence} Le règlement donne {format_euros(now_given)} avec ce que le registre sait désormais, "
            f"pour {format_euros(granted)} accordés\u00a0: un contrôle ouvert auparavant peut être sans objet."
        )
    return (
        f"{learned.sentence} Avec ce que le registre sait désormais, le règlement donnerait {format_euros(now_given)} "
        f"au lieu des {format_euros(granted)} accordés. La décision ne change pas d’elle-même."
    )


def control_reason(learned: Learned, granted: int, undue: int) -> str:
    """Why a control is opened (art. 14): what was granted and what may be undue, in cents."""
    why = {
        "withdrawn_retroactively": "Une certification retirée rétroactivement n’a jamais compté",
        "corrected": "Une certification a été corrigée au registre",
        "learned_late": "Une suspension ou un retrait a été appris après la décision",
    }[learned.ground]
    return (
        f"{why} (art. 4 et 14). {learned.sentence} Sur {format_euros(granted)} accordés, {format_euros(undue)} "
        "ne seraient plus donnés. Rien n’est changé\u00a0: une personne instruit ce contrôle et entend l’entreprise."
    )
