"""Credits are committed by the decision itself, never beyond the envelope (art. 10)."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.budget.models import Commitment, Envelope
from bonus.budget.service import figures
from bonus.calendar import PARIS
from bonus.claims.models import DecidedLine, Decision
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from tests.claims.reading import claim_of, decision_of, status_of
from tests.support.bills import bill
from tests.support.world import (
    NOW,
    Dossier,
    World,
    another_company,
    decided,
    draft,
    party_of,
    set_envelope,
)

EVENING = datetime(2026, 9, 30, 23, 59, tzinfo=PARIS)
MIDNIGHT = datetime(2026, 10, 1, 0, 0, tzinfo=PARIS)


def committed(year: int = 2026) -> tuple[int, int]:
    envelope = db.session.get_one(Envelope, year)
    return envelope.committed_cents, envelope.committed_sme_cents


def asked(world: World, company_id: int | None = None, now: datetime = NOW) -> Dossier:
    """A dossier of 10 000 € of cloud: 4 500 € to an ``sme``, 3 500 € to a ``mid_cap``."""
    company = db.session.get_one(Company, company_id or world.company_id)
    file = bill(issued_on=date(2026, 9, 1), buyer=party_of(company))
    return draft(world, [file], company_id=company.id, now=now)


def mid_cap(company: Company) -> None:
    company.headcount = 4_000


@pytest.mark.parametrize(
    ("authorised", "status", "spent"),
    [(4_500_00, "granted", 4_500_00), (4_499_99, "waiting_list", 0), (4_500_01, "granted", 4_500_00)],
)
def test_to_the_cent(
    any_world: World, any_session: Session, authorised: int, status: str, spent: int
) -> None:
    set_envelope(any_world, authorised)
    dossier = decided(any_world, asked(any_world))
    assert (status_of(dossier), committed()) == (status, (spent, spent))


def test_the_waiting_list_gives_no_right_to_payment(any_world: World, any_session: Session) -> None:
    set_envelope(any_world, 0)
    dossier = decided(any_world, asked(any_world))
    claim = claim_of(dossier)
    assert (claim.status, claim.decision, claim.changes[-1].action) == ("waiting_list", None, "decide")
    assert "liste d’attente (art. 10)" in str(claim.changes[-1].reason)
    for table in (Decision, DecidedLine, Commitment):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    assert set(db.session.scalars(select(OutboxMessage.kind))) == {"mail", "letter"}
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.facts["amount_cents"]) == ("claim.waiting", 4_500_00)


def test_a_year_without_envelope(world: World, session: Session) -> None:
    moment = datetime(2028, 1, 10, 12, tzinfo=PARIS)
    dossier = decided(world, draft(world, [bill(issued_on=date(2027, 12, 1))], now=moment), now=moment)
    assert status_of(dossier) == "waiting_list"


def test_a_refusal_needs_no_credits(world: World, session: Session) -> None:
    set_envelope(world, 0)
    dossier = decided(world, asked(world), outcome="refuse", reasons="Facture non acquittée (art. 9).")
    assert (status_of(dossier), committed()) == ("refused", (0, 0))


def test_the_year_is_that_of_the_grant(any_world: World, any_session: Session) -> None:
    new_year = datetime(2027, 1, 1, 0, 0, tzinfo=PARIS)
    decided(any_world, asked(any_world, now=NOW), now=new_year)
    assert (committed(2026), committed(2027)) == ((0, 0), (4_500_00, 4_500_00))


# ---------------------------------------------------------------- the reserve of the small ones


@pytest.mark.parametrize(
    ("authorised", "moment", "status"),
    [
        (5_833_33, EVENING, "granted"),  # the reserve is 2 333.33: 3 500.00 are open
        (5_833_32, EVENING, "waiting_list"),  # 3 499.99
        (5_833_32, MIDNIGHT, "granted"),
        (3_499_99, MIDNIGHT, "waiting_list"),
        (3_500_00, MIDNIGHT, "granted"),
    ],
)
def test_a_larger_company_until_and_after_the_thirtieth_of_september(
    world: World, session: Session, authorised: int, moment: datetime, status: str
) -> None:
    set_envelope(world, authorised)
    company_id = another_company(world, "901101105", mid_cap)
    dossier = decided(world, asked(world, company_id, moment), now=moment)
    spent = 3_500_00 if status == "granted" else 0
    assert (status_of(dossier), committed()) == (status, (spent, 0))


def test_a_small_company_has_the_reserve_too(world: World, session: Session) -> None:
    set_envelope(world, 4_500_00)
    dossier = decided(world, asked(world, now=EVENING), now=EVENING)
    assert status_of(dossier) == "granted"


def test_what_the_small_ones_took_is_no_longer_reserved(world: World, session: Session) -> None:
    """E = 10 000, R = 4 000. After 4 500 to an sme, 5 500 are open to the others."""
    set_envelope(world, 10_000_00)
    decided(world, asked(world, now=EVENING), now=EVENING)
    company_id = another_company(world, "901101105", mid_cap)
    first, second = (decided(world, asked(world, company_id, EVENING), now=EVENING) for _ in range(2))
    assert (status_of(first), status_of(second)) == ("granted", "waiting_list")
    assert committed() == (8_000_00, 4_500_00)


# ---------------------------------------------------------------- the database and the public


FORBIDDEN = {
    "UPDATE envelopes SET committed_cents = authorised_cents + 1": "never_overspent",
    "UPDATE envelopes SET committed_cents = -1": "never_overspent",
    "UPDATE envelopes SET committed_sme_cents = committed_cents + 1": "sme_part",
    "UPDATE envelopes SET authorised_cents = 449999 WHERE year = 2026": "never_overspent",
}


def test_the_database_refuses_to_overspend(any_world: World, any_session: Session) -> None:
    decided(any_world, asked(any_world))
    for statement, constraint in FORBIDDEN.items():
        with pytest.raises(IntegrityError, match=constraint), db.session.begin_nested():
            db.session.execute(text(statement))


def test_one_commitment_a_decision(world: World, session: Session) -> None:
    decision = decision_of(decided(world, asked(world)))
    again = Commitment(
        decision_id=decision.id, year=2026, amount_cents=1, size_category="sme", committed_at=NOW
    )
    db.session.add(again)
    with pytest.raises(IntegrityError, match="decision_id"):
        db.session.flush()


def test_the_public_figures(any_world: World, any_session: Session) -> None:
    assert (figures().decisions, figures().committed_cents, figures().sme_share_bp) == (0, 0, 0)
    decided(any_world, asked(any_world))
    decided(any_world, asked(any_world, another_company(any_world, "901101105", mid_cap)))
    found = figures()
    assert (found.decisions, found.committed_cents, found.sme_share_bp) == (2, 8_000_00, 5_625)
    assert type(found.committed_cents) is int
