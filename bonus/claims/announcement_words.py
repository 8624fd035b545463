"""What is written to suppliers and companies when certifications end soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bonus.accounts.models import COMPANY_ROLES
from bonus.calendar import format_date
from bonus.registry.labels import label_name
from bonus.regulation.wording import french

from .ends import Ending

_LONGEST_NAME = 80


@dataclass(frozen=True)
class Words:
    """A mail: its subject, its text, and why one receives it."""

    subject: str
    text: str
    why: str


def to_supplier(name: str, endings: Sequence[Ending], contact: str) -> Words:
    """For who sells the solutions: the dates, and what the end changes. ``contact`` is the service's address."""
    if len(endings) == 1:
        subject = f"Registre du Bonus Souveraineté : {_end(endings[0])}"
        opening = "Au registre du Bonus Souveraineté, une de vos certifications se termine bientôt :"
    else:
        subject = (
            f"Registre du Bonus Souveraineté : {len(endings)} de vos certifications se terminent bientôt"
        )
        opening = "Au registre du Bonus Souveraineté, ces certifications se terminent bientôt :"
    listed = [
        f"- « {ending.solution} », label {label_name(ending.label)}, référence {ending.reference} "
        f"({ending.certifier}) : valable jusqu’au {format_date(ending.ends_on)} inclus."
        for ending in endings
    ]
    effect = (
        "Une facture d’un jour plus tardif n’ouvrira plus droit au bonus par ce label. Elle le pourra si la solution "
        "en détient alors un autre, ou si celui-ci est renouvelé (art. 4)."
    )
    act = (
        "Vous renouvelez un label ? Votre certificateur l’inscrira au registre : vous n’avez rien d’autre à faire. "
        f"Une date est fausse ? Écrivez-nous : {contact}"
    )
    why = (
        f"Vous recevez ce message parce que cette adresse est celle que le registre connaît pour {name}, fournisseur "
        "de solutions certifiées."
    )
    return _words(subject, ["Madame, Monsieur,", opening, "\n".join(listed), effect, act], why)


def to_company(name: str, role: str, endings: Sequence[Ending], url: str) -> Words:
    """For who prepares a dossier: which solutions, and what counts. ``role`` is that of ``COMPANY_ROLES``; ``url``
    where the drafts are."""
    if len(endings) == 1:
        # No name in it: a subject is read over one's shoulder.
        subject = f"Votre dossier en préparation : une certification se termine le {format_date(endings[0].ends_on)}"
        opening = "Une certification dont dépend votre brouillon se termine bientôt :"
    else:
        subject = f"Vos dossiers en préparation : {len(endings)} certifications se terminent bientôt"
        opening = "Des certifications dont dépendent vos brouillons se terminent bientôt :"
    listed = [
        f"- « {ending.solution} », label {label_name(ending.label)} : jusqu’au {format_date(ending.ends_on)} inclus."
        for ending in endings
    ]
    effect = (
        "Seule compte la date de chaque facture (art. 4). Jusqu’au jour indiqué, rien ne change. Une facture d’un jour "
        "plus tardif demandera que le label soit renouvelé, ou que la solution en détienne un autre."
    )
    why = (
        f"Vous recevez ce message parce que vous êtes {COMPANY_ROLES[role].lower()} de l’entreprise {name} pour le "
        "Bonus Souveraineté."
    )
    opening = f"{name} prépare une demande de Bonus Souveraineté. {opening}"
    return _words(
        subject, ["Bonjour,", opening, "\n".join(listed), effect, f"Retrouvez vos brouillons : {url}"], why
    )


def _words(subject: str, paragraphs: Sequence[str], why: str) -> Words:
    return Words(french(subject), french("\n\n".join(paragraphs)), french(why))


def _end(ending: Ending) -> str:
    name = ending.solution
    if len(name) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME - 1].rstrip() + "…"
    # A name never breaks a header, whatever was entered before names were checked.
    name = " ".join("".join(one if one.isprintable() else " " for one in name).split())
    return f"la certification {label_name(ending.label)} de « {name} » se termine le {format_date(ending.ends_on)}"
