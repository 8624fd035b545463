"""The story of a certification as anyone reads it: what happened, in the order it happened, errors said (art. 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bonus.calendar import civil_date, format_date
from bonus.money import NBSP
from bonus.registry.catalogue import Held, Standing
from bonus.registry.history import Event, Life
from bonus.registry.models import CertificationFact
from bonus.regulation.wording import french

from ..certifications import EVENTS, says

_EFFECTS = {
    "suspended": "Le label ne compte plus : un achat facturé à partir de ce jour attend la fin de la suspension.",
    "reinstated": "Le label compte de nouveau.",
    "withdrawn": "Le label ne compte plus à partir de ce jour.",
}
_NEVER = "Retrait rétroactif : le label est réputé n’avoir jamais compté."


@dataclass(frozen=True)
class Step:
    """A step of the timeline: its day, its title, what it means; ``state`` is that of ``ui.timeline``."""

    on: date
    title: str
    text: str
    state: str

    @property
    def item(self) -> dict[str, str]:
        """The step as ``ui.timeline`` shows it."""
        return {
            "title": self.title,
            "when": format_date(self.on),
            "datetime": self.on.isoformat(),
            "text": self.text,
            "state": self.state,
        }


def state_words(standing: Standing) -> str:
    """Where a certification stands, after the name of its label: « en vigueur jusqu’au 31 décembre 2028 »."""
    since = format_date(standing.state.since) if standing.state.since else ""
    until = format_date(standing.valid_until)
    return {
        "in_force": f"en vigueur jusqu’au {until}",
        "suspended": f"certification suspendue depuis le {since}",
        "withdrawn": f"certification retirée le {since}",
        "never_counted": f"certification retirée le {since}, réputée n’avoir jamais compté",
        "not_yet": f"certification valable à partir du {format_date(standing.valid_from)}",
        "expired": f"certification expirée, valable jusqu’au {until}",
        "annulled": "certification inscrite par erreur",
    }[standing.state.code]


def timeline(held: Held, today: date) -> list[dict[str, str]]:
    """The story of a certification, in the order things took effect; corrections stand on the day they were made."""
    facts = {fact.id: fact for fact in held.certification.facts}
    steps = [*_life(held.known, facts, today)] if held.known else [_mistaken(held)]
    steps += [_correction(fact, facts[fact.corrects_id]) for fact in facts.values() if fact.corrects_id]
    return [step.item for step in sorted(steps, key=lambda step: step.on)]


def _life(known: Life, facts: dict[int, CertificationFact], today: date) -> Iterator[Step]:
    text = f"Valable jusqu’au {format_date(known.valid_until)}."
    yield Step(known.valid_from, "Label accordé", text, "done" if known.valid_from <= today else "next")
    for event in known.events:
        yield _event(event, facts[event.fact_id], today)
    if known.never_counted or any(event.type == "withdrawn" for event in known.events):
        return
    past = known.valid_until < today
    yield Step(
        known.valid_until,
        "Dernier jour de validité",
        "Le label ne compte plus depuis le lendemain." if past else "",
        "bad" if past else "next",
    )


def _event(event: Event, fact: CertificationFact, today: date) -> Step:
    learned = civil_date(fact.recorded_at)
    words = [_NEVER if event.retroactive else _EFFECTS[event.type]]
    if learned != event.on:
        words.append(f"Inscrit au registre le {format_date(learned)}.")
    state = "done" if event.type == "reinstated" else "bad"
    return Step(event.on, EVENTS[event.type], french(" ".join(words)), state if event.on <= today else "next")


def _mistaken(held: Held) -> Step:
    return Step(
        civil_date(held.certification.recorded_at),
        "Inscrite au registre",
        f"{says(held.grant)}. Cette certification n’a jamais existé{NBSP}: son inscription a été annulée.",
        "bad",
    )


def _correction(fact: CertificationFact, corrected: CertificationFact) -> Step:
    before, after = says(corrected), says(fact)
    if fact.void:
        text = f"« {before} » était une erreur : cela n’a jamais été."
    elif before == after:
        text = f"« {before} » : les renseignements de l’audit sont rectifiés."
    else:
        text = f"« {before} » était une erreur. Il faut lire : « {after} »."
    return Step(civil_date(fact.recorded_at), "Registre corrigé", french(text), "done")
