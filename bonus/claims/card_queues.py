"""The agents' queues: what must be done with a dossier, by its status; the words of each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Queue:
    """A queue: the statuses it holds (of TO_READ: none whole), what people read of it. ``order`` says what puts it in
    order, ``after`` what happens by itself at the end of the day it falls due, None when nothing does."""

    label: str
    statuses: tuple[str, ...]
    due: str
    after: str | None
    nothing: str
    about: str
    latest_first: bool = False
    note: str = ""  # what the list itself does not say


_SILENCE = "puis le silence vaut refus"

QUEUES: dict[str, Queue] = {
    "a-verifier": Queue(
        "À vérifier",
        ("filed",),
        "À décider au plus tard le",
        _SILENCE,
        "Rien à vérifier",
        "Les dossiers que les entreprises viennent de déposer arrivent ici, le plus pressé en premier.",
    ),
    "pieces-attendues": Queue(
        "Pièces attendues",
        ("awaiting_documents",),
        "Fin du délai de réponse",
        "puis le dossier se décide sur ce qu’il contient",
        "Aucune pièce attendue",
        "Les dossiers dont l’entreprise doit envoyer des pièces attendent ici, le délai suspendu (art. 11).",
    ),
    "a-proposer": Queue(
        "À proposer",
        ("under_review",),
        "À décider au plus tard le",
        _SILENCE,
        "Rien à proposer",
        "Les dossiers dont l’instruction a commencé attendent ici une proposition, le plus pressé en premier.",
    ),
    "a-relire": Queue(
        "À relire",
        (),
        "À décider au plus tard le",
        _SILENCE,
        "Rien à relire",
        "Les propositions dont le bonus dépasse le seuil arrivent ici, pour qu’un second instructeur les relise "
        "avant la décision (art. 12).",
        note="Les propositions que vous avez faites ne sont pas dans cette file : un autre instructeur les relit "
        "(art. 12).",
    ),
    "a-decider": Queue(
        "À décider",
        ("proposed",),
        "À décider au plus tard le",
        _SILENCE,
        "Rien à décider",
        "Les dossiers qu’un instructeur a proposés arrivent ici, le plus pressé en premier.",
    ),
    "liste-d-attente": Queue(
        "Liste d’attente",
        ("waiting_list",),
        "Complet depuis le",
        None,
        "La liste d’attente est vide",
        "Les dossiers acceptés sans crédits suffisants attendent ici, dans l’ordre où ils ont été complets (art. 10).",
    ),
    "decides": Queue(
        "Décidés",
        ("granted", "partly_granted", "refused", "pending", "revoked", "annulled"),
        "Décidé le",
        None,
        "Aucun dossier décidé",
        "Les dossiers décidés paraissent ici, le dernier en premier.",
        latest_first=True,
    ),
}
"""Address → queue, in the order of the menu."""
IN_LANE = "voie-rapide"
"""The queue of filed dossiers that a rule is to decide (art. 12): nobody has to check them. The page of the fast lane
lists them, with why each is there."""
GIVEN_UP = "abandonnes"
"""The queue of dossiers that their company gave up: no page lists it, a search finds them."""
FORMER = {"a-instruire": "a-verifier"}
"""An address that people may have kept → its queue now."""
TO_READ = "a-relire"
"""The queue of dossiers proposed above the threshold, until a second reviewer agrees (art. 12): what he reads, nobody
can decide yet. It is his alone: whoever cannot be one, and who made the proposal, does not see it there."""
QUEUE_OF = {status: key for key, queue in QUEUES.items() for status in queue.statuses} | {
    "abandoned": GIVEN_UP
}
OPEN = tuple(key for key, queue in QUEUES.items() if queue.after is not None)
"""The queues that are work: what weighs on who examines."""
CLOCK_RUNS = ("a-verifier", "a-proposer", TO_READ, "a-decider")
"""The queues whose dossiers fall due by the day silence becomes a refusal (art. 11)."""
