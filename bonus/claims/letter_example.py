"""A letter on an example dossier, for who writes its template. Pure: nothing of it is a real dossier's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bonus.money import NBSP

from .acknowledgement import ServiceContact, long_date
from .letter_content import LetterContent, LetterLine
from .letter_remedies import (
    QUALITIES,
    after_annulment,
    algorithm,
    how_to_observe,
    outcome_sentence,
    paragraphs,
    remedies,
    signed,
    time_limit,
)
from .letter_words import VALUES, Block, Template, filled, filled_title

_OUTCOMES = {"partly_granted": "partly_granted", "refused": "refused", "pending": "pending"}
_DECIDED = frozenset({"granted", "partly_granted", "refused", "pending", "rule", "appeal"})
_LINES = (
    LetterLine("F-2026-118", 1, "Hébergement cloud qualifié", "Accordée", "", 10_000_00, 4500, 4_500_00),
    LetterLine(
        "F-2026-118", 2, "Postes de travail", "Refusée", f"Aucune certification (art.{NBSP}4)", 0, 0, 0
    ),
)
_MOTIVES = (
    f"Facture F-2026-118, ligne 1{NBSP}: taux de base cloud{NBSP}: 30{NBSP}% (art.{NBSP}6) · PME{NBSP}: "
    f"+10{NBSP}points · deux labels{NBSP}: +5{NBSP}points. Bonus de la ligne{NBSP}: 4{NBSP}500,00{NBSP}€.\n"
    f"Facture F-2026-118, ligne 2{NBSP}: la solution n’a aucune certification à la date de la facture (art.{NBSP}4)."
)
_BEFORE = f"1{NBSP}200,00{NBSP}€"
_ANSWERS = {
    "confirmed": f"La solution facturée n’a aucune certification à la date de la facture (art.{NBSP}4).",
    "annulled": f"La facture est acquittée{NBSP}: le virement du 2{NBSP}octobre joint au recours le montre.",
    "rejected_late": f"Le recours est formé après la fin du délai de deux mois francs (art.{NBSP}11).",
}
_FACTS = "Le contrôle du 12 octobre montre que le service facturé n’a pas été rendu."


def example_letter(
    template: Template, service: ServiceContact, on: date, unopened_days: int, appeal_months: int
) -> LetterContent:
    """What a template gives on an example dossier, dated ``on``; its title says that it is one."""
    kind = template.kind
    values = {name: example for name, (_, example) in VALUES.items()} | {
        "service": service.name,
        "adresse_service": ", ".join(service.postal_address),
        "courriel_service": service.email,
        "date_decision": long_date(on),
    }
    outcome = _OUTCOMES.get(kind, "granted")
    quality = QUALITIES["reviewer" if kind in ("reasons", "hearing") else "officer"]
    signature = (
        signed(None, f"Décision prise par règle, au nom de l’ordonnateur (art.{NBSP}12)")
        if kind == "rule"
        else signed("Camille Exemple", quality)
    )
    blocks: dict[str, Sequence[Block]] = {
        "sens": [outcome_sentence(outcome, values["montant"], before=_BEFORE if kind == "appeal" else None)],
        "lignes": [Block("lines")],
        "motifs": paragraphs(_MOTIVES if kind in _DECIDED else _ANSWERS.get(kind, _FACTS)),
        "faits": paragraphs(_FACTS),
        "suite": after_annulment(date(on.year + 1, 1, 4)),
        "observations": how_to_observe(),
        "algorithme": algorithm(by_rule=kind == "rule", email=service.email),
        "recours": remedies(service, kind),
        "delai_recours": [time_limit(kind, on, unopened_days, appeal_months)],
        "signature": [signature],
    }
    return LetterContent(
        kind=kind,
        template_version=template.version,
        number=values["numero"],
        title=f"Aperçu{NBSP}: {filled_title(template, values)}",
        written_on=on,
        service=service,
        company_name=values["entreprise"],
        siren="900300401",
        company_address=("12 rue de l’Exemple", "69003 Lyon"),
        about=(("Demande déposée le", values["date_depot"]),),
        blocks=filled(template, values, blocks),
        lines=_LINES if kind in _DECIDED else (),
    )
