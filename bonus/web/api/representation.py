"""A certification as its certifier reads it: as known now, with every fact that led there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from bonus.registry.history import State, life
from bonus.registry.models import Certification, CertificationFact
from bonus.registry.pushing import standing_grant

_ITS_OWN = {"api", "file"}


def summary(certification: Certification, today: date) -> dict[str, Any]:
    """What a list says of it."""
    known = life(fact.plain for fact in certification.facts)
    state = known.state(today) if known else State("annulled")
    solution = certification.solution
    return {
        "reference": certification.reference,
        "label": certification.label,
        "supplier": {"identifier": solution.supplier.identifier, "name": solution.supplier.name},
        "solution": {
            "name": solution.name,
            "product_reference": solution.reference,
            "axis": solution.axis,
            # What companies confirmed on their invoices is theirs.
            "aliases": [
                alias.text
                for alias in solution.aliases
                if alias.kind == "name" and alias.source != "confirmed"
            ],
        },
        "valid_from": certification.valid_from.isoformat(),
        "valid_until": certification.valid_until.isoformat(),
        "state": {"code": state.code, "on": today.isoformat(), "since": _day(state.since)},
    }


def whole(certification: Certification, today: date) -> dict[str, Any]:
    """All there is to say of it."""
    known = life(fact.plain for fact in certification.facts)
    grant = standing_grant(certification)
    return {
        **summary(certification, today),
        "audit": _audit(grant) if grant else None,
        "in_force": [
            {"starts_on": start.isoformat(), "ends_on": end.isoformat()}
            for start, end in (known.periods() if known else [])
        ],
        "events": [
            {
                "reference": _reference(certification, event.fact_id),
                "type": event.type,
                "on": event.on.isoformat(),
                "retroactive": event.retroactive,
            }
            for event in (known.events if known else ())
        ],
        "history": _history(certification),
    }


def _history(certification: Certification) -> list[dict[str, Any]]:
    ranks = {fact.id: rank for rank, fact in enumerate(certification.facts, 1)}
    return [
        {
            "number": ranks[fact.id],
            "type": fact.kind,
            "recorded_at": _moment(fact.recorded_at),
            "source": fact.change.source,
            # An agent's reason is not written for the certifier.
            "reason": fact.change.reason if fact.change.source in _ITS_OWN else "",
            "reference": fact.reference,
            "valid_from": _day(fact.valid_from),
            "valid_until": _day(fact.valid_until),
            "on": _day(fact.happened_on),
            "retroactive": fact.retroactive,
            "audit": _audit(fact),
            "corrects": ranks[fact.corrects_id] if fact.corrects_id is not None else None,
            "void": fact.void,
        }
        for fact in certification.facts
    ]


def _reference(certification: Certification, fact_id: int) -> str | None:
    """The certifier's own reference of an event: a correction goes by that of what it corrects."""
    by_id = {fact.id: fact for fact in certification.facts}
    fact = by_id[fact_id]
    while fact.corrects_id is not None:
        fact = by_id[fact.corrects_id]
    return fact.reference


def _audit(fact: CertificationFact) -> dict[str, Any] | None:
    if fact.kind != "granted" or not (fact.criteria or fact.audited_on or fact.evidence):
        return None
    return {
        "criteria": fact.criteria or [],
        "audited_on": _day(fact.audited_on),
        "evidence": fact.evidence,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
