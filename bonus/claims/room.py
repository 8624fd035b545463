"""What is left to a company's single undertaking under art. 7, with what a decision would be sealed with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bonus.companies.links import linked_to
from bonus.companies.models import Company
from bonus.money import parse_amount
from bonus.regulation import Room, de_minimis_room, load_parameters

from .party_facts import beneficiary_facts, prior_facts


@dataclass(frozen=True)
class CountedAid:
    """One line of « Pourquoi ? »: who received it (SIREN or VAT number), when, how many cents, and of what kind.

    ``authority`` and ``instrument`` are those declared, or ``found`` in the central register; both None for a bonus of
    this scheme.
    """

    recipient: str
    granted_on: date
    amount_cents: int
    authority: str | None
    instrument: str | None
    found: bool = False


@dataclass(frozen=True)
class UndertakingRoom:
    """The room of art. 7 on a day, and the aids that take it, the oldest first: one a day and a kind for bonuses."""

    room: Room
    members: list[str]
    aids: list[CountedAid]


def undertaking_room(company: Company, on: date) -> UndertakingRoom | None:
    """What is left under art. 7 if something were granted on a day. None where art. 7 sets no limit.

    Bonuses are shown decision by decision: what one recipient was granted on one day is one aid.
    """
    members = linked_to(company, "single_undertaking")
    own = beneficiary_facts(company, members)
    prior = prior_facts(company, members)
    facts = {"registry": {"solutions": []}, "beneficiaries": [own], "prior": prior}
    room = de_minimis_room(facts, company.siren, on, load_parameters())
    if room is None:
        return None
    declared = [*own["other_aids"], *prior["other_aids"]]
    bonuses: dict[tuple[str, date], int] = {}
    others = []
    for aid in room.counted:
        if aid.source == "grants":
            key = (aid.recipient, aid.granted_on)
            bonuses[key] = bonuses.get(key, 0) + aid.amount
        else:
            told = declared[aid.row]
            others.append(
                CountedAid(
                    aid.recipient,
                    aid.granted_on,
                    parse_amount(told["amount"]),
                    told["authority"],
                    told["instrument"],
                    "register" in told,
                )
            )
    granted = [CountedAid(who, day, cents, None, None) for (who, day), cents in bonuses.items()]
    shown = sorted([*granted, *others], key=lambda aid: (aid.granted_on, aid.recipient))
    return UndertakingRoom(room, members, shown)
