"""What the address of a queue asks for: its filters read, shown as tags that one removes, and put in links again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request, session, url_for

from bonus.audit.service import Actor
from bonus.calendar import short_date
from bonus.claims.card_queues import QUEUES, TO_READ, Queue
from bonus.claims.queue_filters import MINE, NOBODYS, SOMEBODYS, Filters
from bonus.money import NBSP, format_euros
from bonus.regions import REGIONS
from bonus.regulation import load_parameters
from bonus.siren import spaced_siren

from ..fields import read_amount, remove_spaces

ASSIGNED = {MINE: "À moi", NOBODYS: "À personne", SOMEBODYS: "À quelqu’un"}
RISKS = {1: "Un signal au moins", 30: "Poids de 30 ou plus", 60: "Poids de 60 ou plus"}
AGES = {days: f"Déposé depuis {days} jours ou plus" for days in (15, 30, 45, 60)}
DAYS = {"liste-d-attente": "Complet", "decides": "Décidé"}
"""What the day is that a queue puts its dossiers in order by, where it is not when they fall due."""
_WRITTEN_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KEPT = "file-de-travail"
_IDENTIFIER = re.compile(r"[0-9A-Z]{8,20}")


@dataclass(frozen=True)
class Tag:
    """A filter as people read it, and the address of the same page without it."""

    label: str
    without: str


@dataclass(frozen=True)
class Asked:
    """``filters`` is what is asked; ``typed`` the values as the address gives them, by their French name; ``faults``
    the sentence of each that is wrong, ``unread`` those of them that could not be read, which then ask nothing."""

    filters: Filters
    typed: Mapping[str, str]
    tags: list[Tag]
    faults: Mapping[str, str]
    unread: frozenset[str]


def choices(family: str) -> dict[str, str]:
    """The codes of axes (``axis``) or sizes (``size``), with their names."""
    law = load_parameters()
    return {code: law.name_of(family, code).name for code in law.codes(family)}


def first_queue(actor: Actor) -> str:
    """The queue where someone begins."""
    return "a-verifier" if "reviewer" in actor.roles else "a-decider"


def queues_of(actor: Actor) -> dict[str, Queue]:
    """The queues that someone sees: what is to be read again is for those who may read it (art. 12)."""
    return {key: queue for key, queue in QUEUES.items() if key != TO_READ or "reviewer" in actor.roles}


def keep_queue(queue: str, typed: Mapping[str, str]) -> None:
    """Remember the queue that someone looks at, with its filters: a dossier opened from it leads to its next ones."""
    asked = {"file": queue, **typed}
    if session.get(_KEPT) != asked:
        session[_KEPT] = asked


def kept_queue(first: str) -> tuple[str, Asked]:
    """The queue that this person looked at last, and its filters; ``first``, without any, for who looked at none."""
    kept: Mapping[str, str] = session.get(_KEPT) or {}
    queue = kept.get("file", first)
    return (queue, asked_filters(queue, kept)) if queue in QUEUES else (first, asked_filters(first, {}))


def asked_filters(queue: str, given: Mapping[str, str] | None = None) -> Asked:
    """The filters of a queue: those of the address, or those ``given``."""
    reading = _Reading(request.args if given is None else given)
    axis = reading.one_of("axe", choices("axis"))
    size = reading.one_of("taille", choices("size"))
    region = reading.one_of("region", REGIONS)
    seller = reading.identifier("fournisseur")
    low, high = reading.amount("de", "à partir de"), reading.amount("a", "jusqu’à")
    age = reading.one_of("age", {str(days): label for days, label in AGES.items()})
    risk = reading.one_of("risque", {str(weight): label for weight, label in RISKS.items()})
    assigned = reading.one_of("attribue", ASSIGNED)
    what = DAYS.get(queue, "Échéance")
    first = reading.day("echeance_du", f"{what} à partir du")
    last = reading.day("echeance_au", f"{what} jusqu’au")
    if low is not None and high is not None and low > high:
        reading.faults["a"] = "Le montant « jusqu’à » est plus petit que le montant « à partir de »."
    if first is not None and last is not None and first > last:
        reading.faults["echeance_au"] = "Le jour « jusqu’au » est avant le jour « à partir du »."
    filters = Filters(
        axis,
        size,
        region,
        seller,
        low,
        high,
        int(age) if age else None,
        int(risk) if risk else None,
        assigned,
        first,
        last,
    )
    tags = [
        Tag(label, url_for("agent.queue", file=queue, **_without(reading.typed, name)))
        for name, label in reading.labels.items()
    ]
    unread = frozenset(reading.faults.keys() - reading.labels.keys())
    return Asked(filters, reading.typed, tags, reading.faults, unread)


def _without(typed: Mapping[str, str], name: str) -> dict[str, Any]:
    return {other: value for other, value in typed.items() if other != name}


class _Reading:
    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given
        self.typed: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.faults: dict[str, str] = {}

    def _text(self, name: str) -> str:
        text = self.given.get(name, "").strip()[:60]
        if text:
            self.typed[name] = text
        return text

    def one_of(self, name: str, known: Mapping[str, str]) -> str | None:
        """A code among those known: one that is not asks nothing, as if it were not there."""
        code = self._text(name)
        if code not in known:
            self.typed.pop(name, None)
            return None
        self.labels[name] = _TITLES[name](known[code])
        return code

    def identifier(self, name: str) -> str | None:
        text = (remove_spaces(self._text(name)) or "").upper()
        if not text:
            return None
        if not _IDENTIFIER.fullmatch(text):
            self.faults[name] = (
                "Écrivez le SIREN du fournisseur, ou son numéro de TVA s’il est ailleurs en Europe."
            )
            return None
        shown = spaced_siren(text) if text.isdecimal() and len(text) == 9 else text
        self.labels[name] = f"Fournisseur{NBSP}: {shown}"
        return text

    def amount(self, name: str, words: str) -> int | None:
        text = self._text(name)
        if not text:
            return None
        try:
            cents = read_amount(text)
        except ValueError:
            self.faults[name] = f"Écrivez un montant en euros, par exemple 1{NBSP}250,50."
            return None
        self.labels[name] = f"Achats {words} {format_euros(cents)}"
        return cents

    def day(self, name: str, words: str) -> date | None:
        """A day as browsers write it (2026-11-22), or as people do (22/11/2026)."""
        text = self._text(name)
        if not text:
            return None
        try:
            found = _day(text)
        except ValueError:
            self.faults[name] = "Écrivez une date, par exemple 22/11/2026."
            return None
        self.typed[name] = found.isoformat()
        self.labels[name] = f"{words} {short_date(found)}"
        return found


def _day(text: str) -> date:
    if found := _WRITTEN_DAY.fullmatch(text):
        return date(int(found[3]), int(found[2]), int(found[1]))
    if not _ISO_DAY.fullmatch(text):
        raise ValueError(f"not a day: {text!r}")
    return date.fromisoformat(text)


_TITLES: dict[str, Callable[[str], str]] = {
    "axe": lambda name: f"Axe{NBSP}: {name}",
    "taille": lambda name: f"Taille{NBSP}: {name}",
    "region": lambda name: f"Région{NBSP}: {name}",
    "age": lambda name: name,
    "risque": lambda name: f"Risque{NBSP}: {name[0].lower()}{name[1:]}",
    "attribue": lambda name: f"Attribué{NBSP}: {name[0].lower()}{name[1:]}",
}
