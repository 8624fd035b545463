"""What people read when ProConnect did not identify them: what happened, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from bonus.regulation.wording import french


@dataclass(frozen=True)
class Words:
    status: int
    title: str
    sentence: str


_AGAIN = "Rien n’a été enregistré. Recommencez."
_LATER = "Rien n’a été enregistré. Recommencez dans quelques minutes. Si cela continue, écrivez-nous."

# By the codes of bonus.adapters.proconnect.identity.FAILURES, and "state" of our own.
WORDS = {
    "state": Words(
        400,
        "Cette connexion n’est plus valable",
        f"Elle a déjà servi, a duré plus de dix minutes, ou a commencé dans une autre fenêtre. {_AGAIN}",
    ),
    "refused": Words(
        400,
        "Cette connexion n’est plus valable",
        f"Vous êtes revenu de ProConnect trop tard, ou deux fois de suite. {_AGAIN}",
    ),
    "unavailable": Words(503, "ProConnect ne répond pas", _LATER),
    "unreadable": Words(
        502, "ProConnect a mal répondu", f"Sa réponse n’est pas celle que nous attendions. {_LATER}"
    ),
    "not_proven": Words(
        502,
        "Votre identité n’a pas pu être vérifiée",
        f"La réponse reçue ne porte pas toutes les preuves qu’elle vient de ProConnect pour cette connexion. {_LATER}",
    ),
    "claims": Words(
        502,
        "ProConnect n’a pas transmis assez d’informations",
        "Votre adresse électronique manque. Demandez à votre organisation de la compléter dans ProConnect.",
    ),
    "level": Words(
        403,
        "Cette identification n’est pas assez sûre",
        "Ce service demande une identification plus forte que celle que vous avez utilisée. Recommencez en choisissant "
        "dans ProConnect un moyen plus sûr, par exemple avec un second facteur.",
    ),
}


def explained(words: Words) -> str:
    """The sentence, with the spaces of French."""
    return french(words.sentence)
