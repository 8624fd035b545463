"""Whatever settles a titre, what is left and what is settled make what was claimed, and the ledger says the same."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.budget.models import Commitment
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from bonus.recoveries.ending import waive
from bonus.recoveries.repayments import repay
from bonus.recoveries.settlement_models import FREEING, Settlement, SettlementShare
from tests.support.requests import at
from tests.support.settlements import CLAIMED, ISSUED, REASONS, settled_cents, titre
from tests.support.world import World

ACTS = st.lists(
    st.tuples(st.sampled_from(["repay", "waive"]), st.integers(-1, 300_000)), min_size=1, max_size=4
)


def test_what_is_left_and_what_is_settled_make_what_was_claimed(world: World, session: Session) -> None:
    one, rank = titre(world), iter(range(1_000))
    decision_id = one.recovery.lines[0].decision_id

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(acts=ACTS)
    def holds(acts: list[tuple[str, int]]) -> None:
        for act, cents in acts:
            before = (one.status, one.remaining_cents)
            try:
                if act == "repay":
                    repay(
                        one.number, cents, f"VIR {next(rank)}", ISSUED, world.accounting_officer, at(ISSUED)
                    )
                else:
                    waive(one.number, cents, REASONS, world.other_officer, at(ISSUED))
            except Refusal:
                db.session.rollback()
                assert (one.status, one.remaining_cents) == before
            assert 0 <= one.remaining_cents <= CLAIMED
            assert one.remaining_cents + settled_cents(one) == CLAIMED
            assert (one.status == "open") == (one.remaining_cents > 0)
        receivable = _sum(LedgerEntry.debit == "receivable") - _sum(LedgerEntry.credit == "receivable")
        assert receivable == one.remaining_cents
        came_back = (
            select(func.coalesce(func.sum(SettlementShare.amount_cents), 0))
            .join(Settlement, SettlementShare.settlement_id == Settlement.id)
            .where(Settlement.kind.in_(FREEING))
        )
        released = select(Commitment.released_cents).where(Commitment.decision_id == decision_id)
        assert int(db.session.scalar(came_back) or 0) == db.session.scalar(released)

    holds()


def _sum(where: object) -> int:
    query = select(func.coalesce(func.sum(LedgerEntry.amount_cents), 0)).where(where)  # type: ignore[arg-type]
    return int(db.session.scalar(query) or 0)
