"""The decision: sealed, reasoned, and in one transaction with what follows from it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.budget.models import Commitment, Envelope
from bonus.claims.assessing import assess
from bonus.claims.decision import decide, shown
from bonus.claims.letters import WRITE as LETTER
from bonus.claims.models import DecidedLine, Decision
from bonus.claims.notice_models import Notice
from bonus.demo.invoices import DemoParty
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.mail import MAIL
from bonus.outbox import OutboxMessage
from tests.claims.reading import claim_of, decision_of, lines_of, status_of
from tests.support.bills import Item, bill, demo_files
from tests.support.words import plain
from tests.support.world import NOW, ON, World, decided, draft, proposed

REASONS = "La facture n’est pas acquittée (art. 9)."
CHAIR = Item(1_000_00, "Chaise", "CH-1")
SUSPENDED = {
    "seller": DemoParty("Cerveau Fictif SAS", "900600602", "", "FR42900600602", "1 rue", "69003", "Lyon")
}


def outbox() -> list[tuple[str, int]]:
    """What is to be done, but for the mails (test_notices) and the letters (test_letters)."""
    others = OutboxMessage.kind.not_in((MAIL, LETTER))
    query = select(OutboxMessage).where(others).order_by(OutboxMessage.id)
    rows = db.session.scalars(query)
    return [(message.kind, message.subject_id) for message in rows]


def count(table: type[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_favourable_decision_and_all_that_follows(any_world: World, any_session: Session) -> None:
    dossier = decided(any_world, draft(any_world, demo_files(ON)))
    decision = decision_of(dossier)
    assert (status_of(dossier), decision.outcome, decision.bonus_cents) == ("granted", "granted", 6_957_94)
    assert (decision.decided_at, decision.decided_on) == (NOW, ON)
    assert (decision.decided_by_id, decision.proposed_by_id) == (
        any_world.officer.person_id,
        any_world.reviewer.person_id,
    )
    assert outbox() == [("pay", decision.id), ("register", decision.id), ("certify", decision.id)]
    commitment = db.session.scalars(select(Commitment)).one()
    assert (commitment.decision_id, commitment.amount_cents, commitment.size_category, commitment.year) == (
        decision.id,
        6_957_94,
        "sme",
        2026,
    )
    envelope = db.session.get_one(Envelope, 2026)
    assert (envelope.committed_cents, envelope.committed_sme_cents) == (6_957_94, 6_957_94)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.decided")).one()
    assert entry.facts == {
        "kind": "officer",
        "outcome": "granted",
        "bonus_cents": 6_957_94,
        "reasons": decision.reasons,
        "facts_sha256": decision.facts_sha256,
        "parameters": decision.parameters_version,
        "register_read_at": decision.decided_at.isoformat(),
    }


def test_the_grant_date_is_the_day_in_paris(world: World, session: Session) -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    decision = decision_of(decided(world, now=late))
    assert decision.decided_on == date(2026, 11, 23)
    assert decision.facts["claims"][0]["grant_date"] == "2026-11-23"


def test_one_line_of_two_is_granted_in_part(world: World, session: Session) -> None:
    dossier = decided(world, draft(world, [bill(Item(10_000_00), CHAIR)]))
    assert status_of(dossier) == "partly_granted"
    assert lines_of(dossier) == [("eligible", None, 4_500_00), ("refused", "solution.unknown", 0)]


def test_what_the_law_refuses_is_refused_with_its_reasons(any_world: World, any_session: Session) -> None:
    dossier = decided(any_world, draft(any_world, [bill(CHAIR, issued_on=date(2026, 10, 1))]))
    decision = decision_of(dossier)
    assert (status_of(dossier), decision.bonus_cents) == ("refused", 0)
    assert "art. 4" in decision.reasons
    assert (outbox(), count(Commitment)) == ([], 0)


def test_a_pending_line_pays_nothing_and_refuses_nothing(world: World, session: Session) -> None:
    dossier = decided(world, draft(world, [bill(Item(10_000_00, "Traduction automatique", ""), **SUSPENDED)]))  # type: ignore[arg-type]
    assert (status_of(dossier), outbox()) == ("pending", [])
    assert count(Commitment) == 0


def test_the_officer_refuses_what_the_law_would_grant(any_world: World, any_session: Session) -> None:
    dossier = decided(
        any_world, draft(any_world, [bill(Item(10_000_00), CHAIR)]), outcome="refuse", reasons=f"  {REASONS} "
    )
    decision = decision_of(dossier)
    assert (status_of(dossier), decision.bonus_cents) == ("refused", 0)
    assert plain(decision.reasons) == (
        "L’entreprise dépose son dossier après avoir payé, et le paiement n’est pas établi (art. 9). "
        f"En fait : {REASONS}"
    )
    assert lines_of(dossier) == [
        ("refused", "decision.refused_by_officer", 0),
        ("refused", "solution.unknown", 0),  # what the law refused keeps its own reason
    ]
    assert [line.base_cents for line in decision.lines] == [0, 0]
    assert (outbox(), count(Commitment), db.session.get_one(Envelope, 2026).committed_cents) == ([], 0, 0)


def test_the_officer_may_grant_against_the_proposal(world: World, session: Session) -> None:
    dossier = proposed(world, outcome="refuse", reasons=REASONS)
    decide(dossier.id, "apply", "", world.officer, NOW)
    assert status_of(dossier) == "granted"


def test_what_the_officer_adds_does_not_replace_the_reasons_of_the_law(
    world: World, session: Session
) -> None:
    dossier = proposed(world, draft(world, [bill(CHAIR)]))
    decide(dossier.id, "apply", " Vu. ", world.officer, NOW)
    added, reason = decision_of(dossier).reasons.splitlines()
    assert added == "Vu."
    assert "art. 4" in reason


def test_a_line_at_zero_is_certified_but_there_is_nothing_to_pay(world: World, session: Session) -> None:
    """Art. 8: every eligible line of a decided claim has a tax base, whatever its bonus."""
    decided(world, draft(world, [bill(Item(200_000_00))]))
    nothing_left = decided(world, draft(world, [bill()]))
    assert [kind for kind, subject in outbox() if subject == decision_of(nothing_left).id] == ["certify"]


def test_an_outcome_nobody_knows_is_no_grant(world: World, session: Session) -> None:
    dossier = proposed(world)
    with pytest.raises(ValueError, match="Refuse"):
        decide(dossier.id, "Refuse", REASONS, world.officer, NOW)
    db.session.rollback()
    assert status_of(dossier) == "proposed"


def test_it_is_decided_once(world: World, session: Session) -> None:
    dossier = decided(world)
    with pytest.raises(Refusal) as refusal:
        decide(dossier.id, "apply", "", world.other_officer, NOW)
    assert "« accordé »" in plain(refusal.value.sentence)
    db.session.rollback()
    assert (count(Decision), len(outbox())) == (1, 3)


def test_all_or_nothing(any_world: World, any_session: Session) -> None:
    """Whatever fails last, here the audit log, takes everything back."""
    dossier = proposed(any_world)
    db.session.execute(text("DELETE FROM audit_head"))
    db.session.commit()
    with pytest.raises(NoResultFound):
        decide(dossier.id, "apply", "", any_world.officer, NOW)
    db.session.rollback()
    assert status_of(dossier) == "proposed"
    assert [count(table) for table in (Decision, DecidedLine, Commitment)] == [0, 0, 0]
    assert (outbox(), db.session.scalars(select(Notice.kind)).all()) == ([], ["received"])
    assert db.session.get_one(Envelope, 2026).committed_cents == 0
    assert [change.action for change in claim_of(dossier).changes] == ["file", "propose"]


# ---------------------------------------------------------------- what the database holds by itself


FORBIDDEN = {
    "UPDATE decisions SET bonus_cents = -1": "bonus",
    "UPDATE decisions SET outcome = 'refused'": "refused_pays_nothing",
    "UPDATE decisions SET outcome = 'perhaps'": "outcome",
    "UPDATE decisions SET decided_by_id = proposed_by_id": "two_persons",
    "UPDATE decided_lines SET bonus_cents = base_cents + 1": "amounts",
    "UPDATE decided_lines SET status = 'pending', reason = 'x'": "only_eligible_paid",
    "UPDATE decided_lines SET status = 'refused', bonus_cents = 0": "reason_given",
    "UPDATE claims SET status = 'lost'": "status",
    "UPDATE claims SET number = NULL": "filed_has_number",
    "UPDATE commitments SET amount_cents = 0": "amount",
    "INSERT INTO decided_lines SELECT id + 1, decision_id, line_id, status, reason, base_cents, rate_bp, "
    "bonus_cents, former_cents FROM decided_lines": "line_id",
}


def test_what_the_code_might_forget(any_world: World, any_session: Session) -> None:
    decided(any_world)
    for statement, constraint in FORBIDDEN.items():
        with pytest.raises(IntegrityError, match=constraint), db.session.begin_nested():
            db.session.execute(text(statement))


def test_nobody_signs_another_amount_than_the_one_shown(world: World, session: Session) -> None:
    dossier = proposed(world)
    claim = claim_of(dossier)
    mark = shown(assess(claim, NOW))
    claim.company.headcount = 5000
    db.session.commit()
    with pytest.raises(Refusal, match=r"claim\.changed_since_shown"):
        decide(dossier.id, "apply", "", world.officer, NOW, seen=mark)
    db.session.rollback()
    assert (status_of(dossier), count(Decision)) == ("proposed", 0)
    again = shown(assess(claim_of(dossier), NOW))
    decide(dossier.id, "apply", "", world.officer, NOW, seen=again)
    assert decision_of(dossier).bonus_cents > 0


def test_what_is_refused_need_not_wait_for_an_earlier_dossier(world: World, session: Session) -> None:
    files = demo_files(ON)
    proposed(world, draft(world, files))
    later = proposed(world, draft(world, files))
    with pytest.raises(Refusal, match=r"claim\.earlier_one_open"):
        decide(later.id, "apply", "", world.officer, NOW)
    db.session.rollback()
    decide(later.id, "refuse", REASONS, world.officer, NOW, ground="not_paid")
    assert status_of(later) == "refused"
