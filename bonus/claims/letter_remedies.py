"""What each letter says by law, whatever its template: remedies, time limits, the notice of an algorithm. Pure."""

from __future__ import annotations

from datetime import date

from bonus.calendar import format_date
from bonus.money import format_euros
from bonus.regulation.wording import french

from .acknowledgement import ServiceContact
from .letter_words import Block


def said(text: str) -> Block:
    """A paragraph, with French no-break spaces; an article keeps its number."""
    return Block("text", french(text).replace("art. ", "art.\u00a0").replace("n° ", "n°\u00a0"))


def paragraphs(text: str) -> list[Block]:
    """What a person wrote, a paragraph a line; words of theirs, so nothing in them is changed."""
    return [Block("text", line.strip()) for line in text.splitlines() if line.strip()]


ON_APPEAL = frozenset({"appeal", "confirmed", "annulled", "rejected_late"})
"""The kinds of letters that answer an appeal: what is left is the judge, a second appeal would keep no time limit."""


def remedies(service: ServiceContact, kind: str) -> list[Block]:
    """The remedies against what a kind of letter tells, and where to take them (CRPA L411-2; CJA R421-1 and R421-5)."""
    judge = said(
        "Recours contentieux : saisissez le tribunal administratif dans le ressort duquel votre entreprise a son "
        "siège, par courrier ou sur www.telerecours.fr (code de justice administrative, art. R421-1)."
    )
    if kind in ON_APPEAL:
        return [judge]
    address = ", ".join(service.postal_address)
    return [
        said(
            f"Recours gracieux : écrivez à {service.name}, {address}, ou à {service.email}, ou depuis la page de votre "
            "dossier. Formé dans le délai, il conserve votre droit de saisir ensuite le juge (CRPA, art. L411-2)."
        ),
        judge,
    ]


def time_limit(kind: str, on: date, unopened_days: int, appeal_months: int) -> Block:
    """The time limit to appeal, by kind of letter (art. 11; CRPA R112-20, L232-4)."""
    months = {1: "un mois franc", 2: "deux mois francs", 3: "trois mois francs"}.get(
        appeal_months, f"{appeal_months} mois francs"
    )
    if kind == "silence":
        return said(
            f"Vous avez {months} pour contester ce refus, à partir du {format_date(on)}, jour où il est né. Quand le "
            "dernier jour est un samedi, un dimanche ou un jour férié, le délai va jusqu’au jour ouvrable suivant."
        )
    start = "la communication de ces motifs" if kind == "reasons" else "la notification de cette décision"
    what = "Ils sont communiqués" if kind == "reasons" else "Elle est notifiée"
    pronoun = "les ouvrez" if kind == "reasons" else "l’ouvrez"
    act = "saisir le tribunal administratif" if kind in ON_APPEAL else "contester"
    return said(
        f"Vous avez {months} pour {act}, à partir de {start}. {what} le jour où vous {pronoun} dans votre espace "
        f"ou, si vous ne {pronoun} pas dans les {unopened_days} jours, le jour de la mise à disposition (CRPA, art. "
        "R112-20). Quand le dernier jour est un samedi, un dimanche ou un jour férié, le délai va jusqu’au jour "
        "ouvrable suivant."
    )


def algorithm(*, by_rule: bool, email: str) -> list[Block]:
    """The notice of CRPA L311-3-1: whole where a rule decided, and where its computation only helped to."""
    asking = (
        f"Vous avez le droit d’obtenir, sur simple demande à {email}, les règles de ce traitement et la façon dont "
        "elles ont été appliquées à votre dossier (CRPA, art. L311-3-1 et R311-3-1-2). Sans réponse dans le mois, vous "
        "pouvez saisir la commission d’accès aux documents administratifs (www.cada.fr)."
    )
    if by_rule:
        return [
            said(
                "Cette décision a été prise par règle (art. 12) : par un traitement algorithmique, sans intervention "
                "humaine. Il applique le règlement du bonus aux factures que vous avez déposées et au registre des "
                "solutions labellisées."
            ),
            said(asking),
        ]
    return [
        said(
            "Les montants sont calculés par un programme qui applique le règlement du bonus ; une personne les "
            "examine, et une autre décide."
        ),
        said(asking),
    ]


def after_annulment(decided_by: date | None, restored_cents: int | None = None) -> list[Block]:
    """What becomes of a request whose refusal is annulled: examined again until a day, when one is known; else filed
    again (art. 5.5). ``restored_cents``: what a withdrawal had taken back, when it is that which is annulled."""
    if restored_cents is not None:
        return [
            said(
                f"Le retrait ne vaut plus : la décision qui vous accordait {format_euros(restored_cents)} s’applique "
                "de nouveau, telle qu’elle était. Vous gardez ce qui a été versé ; ce qui ne l’est pas encore le sera, "
                "et votre attestation fiscale est rétablie (art. 15)."
            )
        ]
    if decided_by is None:
        return [
            said(
                "La décision annulée ne vaut plus. Vous pouvez déposer de nouveau ces factures, tant qu’elles sont "
                "dans les délais (art. 5.5)."
            )
        ]
    return [
        said(
            "La décision annulée ne vaut plus, et votre demande est de nouveau examinée : vous n’avez rien à déposer. "
            f"Une nouvelle décision est due au plus tard le {format_date(decided_by)} ; au-delà, le silence gardé par "
            "l’administration vaut refus (art. 11)."
        )
    ]


def how_to_observe() -> list[Block]:
    """How the company is heard (CRPA L122-1)."""
    return [
        said(
            "Présentez-les par écrit depuis la page de votre dossier, avec les pièces utiles. Vous pouvez aussi "
            "demander à les présenter de vive voix, et vous faire assister par un conseil ou représenter par un "
            "mandataire de votre choix (CRPA, art. L122-1)."
        )
    ]


def signed(name: str | None, quality: str) -> Block:
    """Who acted: first name, name and quality (CRPA L212-1); of an act of nobody, how it came to be."""
    return Block("signature", f"{name}\n{quality}" if name else quality)


QUALITIES = {"officer": "Ordonnateur", "reviewer": "Instructeur"}
"""The quality of who signs, as written under the name."""


def outcome_sentence(outcome: str, amount: str, *, before: str | None = None) -> Block:
    """What a decision comes to, in one sentence; ``amount`` is written. ``before``: what was granted already, when it
    comes on top of that."""
    if before is not None and outcome in ("granted", "partly_granted"):
        rest = " ; le reste de ce que vous contestez ne l’est pas" if outcome == "partly_granted" else ""
        return said(
            f"Un bonus de {amount} de plus vous est accordé, qui s’ajoute aux {before} déjà accordés{rest}."
        )
    return said(
        {
            "granted": f"Un bonus de {amount} vous est accordé.",
            "partly_granted": f"Un bonus de {amount} vous est accordé ; le reste de votre demande ne l’est pas.",
            "pending": "Vos lignes attendent la fin de la suspension d’un label : elles ne sont pour l’instant ni "
            "payées ni refusées (art. 4).",
            "refused": "Votre demande est refusée.",
        }[outcome]
    )
