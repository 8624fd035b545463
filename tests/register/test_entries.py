"""Art. 7: each bonus is entered in the central register within twenty working days, and corrected on recovery."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.adapters.de_minimis_register import LocalRegister, RegisterAway
from bonus.audit.models import AuditEntry
from bonus.calendar import is_working_day
from bonus.companies.models import Company
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.jobs.tasks import perform
from bonus.outbox import OutboxMessage
from bonus.parts import de_minimis_register
from bonus.register import service
from bonus.register.lists import kept_until, late_count, register_page
from bonus.register.models import RegisterEntry
from bonus.register.service import REGISTER, ask_correction, enter_in_register, entry_due_on
from bonus.regulation import load_parameters
from tests.claims.reading import decision_of
from tests.support.world import NOW, ON, World, decided, run_jobs, settled

DAY = timedelta(days=1)


def entries() -> list[RegisterEntry]:
    return list(db.session.scalars(select(RegisterEntry).order_by(RegisterEntry.id)))


def register() -> LocalRegister:
    found = de_minimis_register()
    assert isinstance(found, LocalRegister)
    return found


def asked_jobs() -> list[int]:
    query = select(OutboxMessage.subject_id).where(OutboxMessage.kind == REGISTER).order_by(OutboxMessage.id)
    return list(db.session.scalars(query))


# ---------------------------------------------------------------- the day


@pytest.mark.parametrize(
    ("granted", "due"),
    [
        (date(2026, 11, 22), date(2026, 12, 18)),  # a Sunday: Monday is the first working day
        (date(2026, 11, 23), date(2026, 12, 21)),
        (date(2026, 12, 24), date(2027, 1, 25)),  # Christmas and New Year's day, both Fridays
        (date(2026, 4, 30), date(2026, 6, 3)),  # 1, 8, 14 and 25 May
    ],
)
def test_twenty_working_days(granted: date, due: date) -> None:
    assert entry_due_on(granted, load_parameters()) == due
    working = [granted + n * DAY for n in range(1, (due - granted).days + 1)]
    assert sum(map(is_working_day, working)) == 20


# ---------------------------------------------------------------- asked with the decision


def test_a_bonus_is_asked_into_the_register_with_its_decision(any_world: World, any_session: Session) -> None:
    decision = decision_of(decided(any_world))
    [entry] = entries()
    assert (entry.kind, entry.about, entry.amount_cents) == ("entered", "grant", decision.bonus_cents)
    assert (entry.decision_id, entry.due_on, entry.created_at) == (decision.id, date(2026, 12, 18), NOW)
    assert (entry.entered_at, entry.reference) == (None, None)
    assert asked_jobs() == [entry.id]


def test_what_grants_nothing_is_not(world: World, session: Session) -> None:
    decided(world, outcome="refuse", reasons="Motifs en droit et en fait (art. 4).")
    assert (entries(), asked_jobs()) == ([], [])


def test_nor_what_a_public_body_is_granted(world: World, session: Session) -> None:
    db.session.get_one(Company, world.company_id).kind = "public_body"
    db.session.commit()
    assert decision_of(decided(world)).bonus_cents > 0
    assert (entries(), asked_jobs()) == ([], [])


# ---------------------------------------------------------------- entered


def test_it_is_entered_with_all_that_the_law_asks(any_world: World, any_session: Session) -> None:
    dossier = settled(any_world)
    decision = decision_of(dossier)
    company = decision.claim.company
    [entry] = entries()
    assert entry.entered_at == NOW
    [line] = register().lines()
    assert line == {
        "kind": "entered",
        "reference": entry.reference,
        "key": f"{dossier.number}:1:grant",
        "beneficiary": company.siren,
        "name": company.name,
        "amount_cents": decision.bonus_cents,
        "granted_on": "2026-11-22",
        "authority": "Service du Bonus Souveraineté",
        "instrument": "grant",
        "activity": company.naf,
        "regulation": "(UE) 2023/2831",
    }
    logged = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "register.entered")).one()
    assert logged.facts["reference"] == entry.reference
    assert kept_until(entry) == date(2036, 11, 22)


def test_a_second_run_enters_nothing_more(any_world: World, any_session: Session) -> None:
    settled(any_world)
    [entry] = entries()
    enter_in_register(entry.id, NOW + DAY)
    db.session.expire_all()
    assert [one.entered_at for one in entries()] == [NOW]
    assert len(register().lines()) == 1


def test_told_and_killed_before_the_mark_it_is_told_once(world: World, session: Session) -> None:
    settled(world)
    [entry] = entries()
    reference, entry.entered_at, entry.reference = entry.reference, None, None
    db.session.commit()
    enter_in_register(entry.id, NOW + DAY)
    [entry] = entries()
    assert (entry.reference, entry.entered_at) == (reference, NOW + DAY)
    assert len(register().lines()) == 1


def test_an_entry_that_is_none(world: World, session: Session) -> None:
    with pytest.raises(NotFound):
        enter_in_register(999, NOW)


# ---------------------------------------------------------------- corrected


def test_what_is_recovered_corrects_it(any_world: World, any_session: Session) -> None:
    decision = decision_of(settled(any_world))
    granted = decision.bonus_cents
    first = ask_correction(decision.id, 100_00, "Indu remboursé.", "recovery:1", NOW + DAY)
    assert first is not None
    assert (first.kind, first.amount_cents, first.due_on) == ("corrected", 100_00, date(2026, 12, 21))
    assert ask_correction(decision.id, 50_00, "Autre chose.", "recovery:1", NOW + DAY) is first
    db.session.commit()
    run_jobs(any_world, NOW + DAY)
    entered, corrected = entries()
    told = register().lines()[-1]
    assert (told["corrects"], told["amount_cents"], told["reason"]) == (
        entered.reference, 100_00, "Indu remboursé.",
    )  # fmt: skip
    assert corrected.entered_at == NOW + DAY
    siren = decision.claim.company.siren
    assert [aid.amount_cents for aid in register().aids_of([siren], ON)] == [100_00]
    ask_correction(decision.id, 0, "Tout est remboursé.", "recovery:2", NOW + DAY)
    db.session.commit()
    run_jobs(any_world, NOW + DAY)
    assert register().aids_of([siren], ON) == []
    assert granted > 100_00


def test_a_correction_goes_after_the_entry_it_corrects(world: World, session: Session) -> None:
    decision = decision_of(decided(world))
    correction = ask_correction(decision.id, 0, "Retiré.", "revocation:1", NOW)
    assert correction is not None
    db.session.commit()
    enter_in_register(correction.id, NOW)  # before the job of the entry itself
    assert [line["kind"] for line in register().lines()] == ["entered", "corrected"]
    assert [entry.entered_at for entry in entries()] == [NOW, NOW]


@pytest.mark.parametrize(("cents", "reason"), [(-1, "Indu."), (10**9, "Indu."), (0, " ")])
def test_a_correction_keeps_within_the_grant_and_says_why(
    world: World, session: Session, cents: int, reason: str
) -> None:
    decision = decision_of(decided(world))
    with pytest.raises(Refusal, match=r"register\.correction"):
        ask_correction(decision.id, cents, reason, "recovery:1", NOW)


def test_what_was_not_entered_is_not_corrected(world: World, session: Session) -> None:
    db.session.get_one(Company, world.company_id).kind = "public_body"
    db.session.commit()
    assert ask_correction(decision_of(decided(world)).id, 0, "Indu.", "recovery:1", NOW) is None


def test_the_database_refuses_a_second_entry_of_a_grant(any_world: World, any_session: Session) -> None:
    decision = decision_of(decided(any_world))
    db.session.add(
        RegisterEntry(
            decision_id=decision.id, kind="entered", about="grant", amount_cents=1, due_on=ON, created_at=NOW
        )
    )
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


# ---------------------------------------------------------------- away, late


def test_while_the_register_is_away_the_entry_waits_and_is_said_late(
    any_world: World, any_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(any_world)

    class Away:
        def enter(self, aid: object) -> str:
            raise RegisterAway("the register answers 503")

    [message_id] = db.session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind == REGISTER)).all()
    db.session.rollback()
    with monkeypatch.context() as patch:
        patch.setattr(service, "de_minimis_register", Away)
        perform(message_id, NOW)
    message = db.session.get_one(OutboxMessage, message_id)
    assert (message.cause, message.attempts, message.done_at) == ("away", 0, None)
    due = date(2026, 12, 18)
    assert (late_count(due), late_count(due + DAY)) == (0, 1)
    assert [e.due_on for e in register_page("en-retard", due + DAY, 1, 50).rows] == [due]
    assert register_page(None, due + DAY, 1, 50).counts == {"a-inscrire": 1, "en-retard": 1, "inscrites": 0}
    db.session.rollback()
    perform(message_id, NOW + 30 * DAY)
    assert register_page(None, due + DAY, 1, 50).counts == {"a-inscrire": 0, "en-retard": 0, "inscrites": 1}
