"""Art. 7: the central register is read before each grant, and what it has of others counts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.adapters.de_minimis_register import Correction, NewAid, RegisterAway
from bonus.audit.models import AuditEntry
from bonus.calendar import civil_date
from bonus.claims.assessing import assess
from bonus.claims.decision import decide, shown
from bonus.claims.models import Claim
from bonus.claims.replay import replay
from bonus.claims.room import undertaking_room
from bonus.companies.aids import aids_counted
from bonus.companies.models import Company, CompanyLink, DeMinimisAid, FoundAid
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.parts import de_minimis_register, service_contact
from bonus.register.models import RegisterEntry
from bonus.register.reading import Reading, read_register, require_read
from bonus.register.service import key_of
from bonus.regulation import load_parameters
from tests.claims.reading import decision_of
from tests.support.bills import Item, bill
from tests.support.world import GROUND, NOW, ON, Dossier, World, decided, draft, proposed, run_jobs, settled

DAY = timedelta(days=1)
CEILING = 300_000_00


def aid(world: World, cents: int, day: date = ON, **given: Any) -> str:
    """An aid that another authority entered; what the register calls it."""
    company = db.session.get_one(Company, world.company_id)
    told: dict[str, Any] = {
        "key": f"region:{cents}:{day}:{given.get('beneficiary', '')}",
        "beneficiary": company.siren,
        "name": company.name,
        "amount_cents": cents,
        "granted_on": day,
        "authority": "Région Bretagne",
        "instrument": "grant",
        "activity": "62.01Z",
    }
    return de_minimis_register().enter(NewAid(**told | given))


def to_decide(world: World) -> Dossier:
    """A dossier whose law gives 4 500 €, proposed."""
    return proposed(world, draft(world, [bill(Item(10_000_00), issued_on=ON - 20 * DAY)]))


def granted(world: World, dossier: Dossier) -> int:
    decide(dossier.id, "apply", "", world.officer, NOW)
    return decision_of(dossier).bonus_cents


@pytest.mark.parametrize(
    ("received", "bonus"), [(CEILING - 4_500_00, 4_500_00), (CEILING - 4_499_99, 4_499_99)]
)
def test_what_the_register_has_of_others_leaves_less(
    any_world: World, any_session: Session, received: int, bonus: int
) -> None:
    dossier = to_decide(any_world)
    aid(any_world, received)
    assert granted(any_world, dossier) == bonus
    decision = decision_of(dossier)
    assert decision.register_read_at == NOW
    (told,) = decision.facts["beneficiaries"][0]["other_aids"]
    assert (told["authority"], told["granted_on"]) == ("Région Bretagne", ON.isoformat())
    assert told["register"] == "DM-00000001", "what it was found under"
    aid(any_world, 1_00, ON - DAY)
    read_register(dossier.id, NOW)
    assert [one.differences for one in replay()] == [()], "sealed with what was read then"


@pytest.mark.parametrize(("day", "counts"), [(date(2023, 11, 22), True), (date(2023, 11, 21), False)])
def test_the_window_is_of_three_years_both_ends_counted(
    world: World, session: Session, day: date, counts: bool
) -> None:
    assert civil_date(NOW) == date(2026, 11, 22)
    dossier = to_decide(world)
    aid(world, CEILING, day)
    assert granted(world, dossier) == (0 if counts else 4_500_00)


def test_a_grant_waits_while_the_register_is_away(
    world: World, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise RegisterAway("no answer")

    dossier = to_decide(world)
    with monkeypatch.context() as broken:
        broken.setattr(type(de_minimis_register()), "aids_of", away)
        with pytest.raises(Refusal, match="ne répond pas") as refusal:
            decide(dossier.id, "apply", "", world.officer, NOW)
        assert refusal.value.code == "register.away"
        db.session.rollback()
        assert db.session.get_one(Claim, dossier.id).status == "proposed"
    assert granted(world, dossier) == 4_500_00


def test_a_refusal_needs_no_register(world: World, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier = to_decide(world)
    monkeypatch.setattr(type(de_minimis_register()), "aids_of", None)
    decide(dossier.id, "refuse", "Motifs en droit et en fait.", world.officer, NOW, ground=GROUND)
    assert decision_of(dossier).register_read_at is None


def test_our_own_entries_count_once(any_world: World, any_session: Session) -> None:
    """They are known from decisions: also the one that the register took without our hearing its answer."""
    first = settled(any_world)
    other = decided(any_world, draft(any_world, [bill(Item(1_000_00), number="B", issued_on=ON)]))
    (entry,) = (one for one in _entries() if one.decision.claim_id == other.id)
    bonus = entry.amount_cents
    aid(any_world, bonus, key=key_of(entry), authority=service_contact().name)
    read_register(first.id, NOW)
    assert db.session.scalars(select(FoundAid)).all() == []
    aid(any_world, bonus, key="another", authority="Région Bretagne")
    read_register(first.id, NOW)
    assert [one.amount_cents for one in db.session.scalars(select(FoundAid))] == [bonus]


def _entries() -> list[RegisterEntry]:
    return list(db.session.scalars(select(RegisterEntry)))


def test_what_is_declared_too_counts_once(world: World, session: Session) -> None:
    dossier = to_decide(world)
    company = db.session.get_one(Company, world.company_id)
    for _ in range(2):
        db.session.add(
            DeMinimisAid(
                company_id=company.id,
                recipient=company.siren,
                amount_cents=1_000_00,
                granted_on=ON,
                authority="La Région",
                instrument="grant",
                created_at=NOW,
            )
        )
    db.session.commit()
    for rank in range(3):
        aid(world, 1_000_00, key=f"same day, same amount {rank}")
    read_register(dossier.id, NOW)
    assert [one.authority for one in aids_counted([company.siren])] == [
        "La Région",
        "La Région",
        "Région Bretagne",
    ]


def test_what_the_register_corrects_or_drops_counts_so(world: World, session: Session) -> None:
    dossier = to_decide(world)
    reference, gone = aid(world, 10_000_00), aid(world, 20_000_00)
    read_register(dossier.id, NOW)
    for name, what, cents in (("a", reference, 4_000_00), ("b", gone, 0)):
        de_minimis_register().correct(Correction(name, what, cents, ON, "Somme rendue."))
    read_register(dossier.id, NOW + DAY)
    company = db.session.get_one(Company, world.company_id)
    assert [one.amount_cents for one in aids_counted([company.siren])] == [4_000_00]
    room = undertaking_room(company, ON)
    assert room is not None
    assert [(one.amount_cents, one.found) for one in room.aids] == [(4_000_00, True)]
    said = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "register.read")).all()
    assert [len(entry.facts["aids"]) for entry in said] == [2, 2]
    read_register(dossier.id, NOW + 2 * DAY)
    assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "register.read")).all()) == 2


def test_what_a_member_received_counts_and_a_new_member_is_read(world: World, session: Session) -> None:
    dossier = to_decide(world)
    db.session.add(
        CompanyLink(company_id=world.company_id, kind="single_undertaking", member="FR12345678901")
    )
    db.session.commit()
    aid(world, CEILING, beneficiary="FR12345678901")
    assert granted(world, dossier) == 0


def test_a_grant_is_of_those_who_were_read(world: World, session: Session) -> None:
    company, law = db.session.get_one(Company, world.company_id), load_parameters()
    reading = Reading(frozenset({company.siren}), NOW)
    assert require_read(company, reading, ON, law) == NOW
    db.session.add(CompanyLink(company_id=company.id, kind="single_undertaking", member="FR12345678901"))
    db.session.flush()
    for known in (reading, None):
        with pytest.raises(Refusal, match="lu de nouveau"):
            require_read(company, known, ON, law)
    company.kind = "public_body"
    assert require_read(company, None, ON, law) is None


def test_an_officer_sees_what_was_read_before_signing_again(world: World, session: Session) -> None:
    """What is found is kept though the decision is not taken: the page then shows the new amount."""
    dossier = to_decide(world)
    seen = shown(assess(db.session.get_one(Claim, dossier.id), NOW))
    aid(world, CEILING - 1_000_00)
    with pytest.raises(Refusal, match="a changé"):
        decide(dossier.id, "apply", "", world.officer, NOW, seen=seen)
    db.session.rollback()
    seen = shown(assess(db.session.get_one(Claim, dossier.id), NOW))
    decide(dossier.id, "apply", "", world.officer, NOW, seen=seen)
    assert decision_of(dossier).bonus_cents == 1_000_00
    run_jobs(world)
