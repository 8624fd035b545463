"""Whatever is found, what is undue of a decision is between nothing and what it paid, and adds up (art. 14)."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bonus.extensions import db
from bonus.recoveries.computing import undue_of
from bonus.recoveries.finding_forms import Found, finding
from tests.support.bills import Item
from tests.support.recoveries import FOUND, YEAR, claim_of, granted, lines_of
from tests.support.requests import at
from tests.support.world import World

SAID = "Constaté lors du contrôle sur place."


def findings() -> st.SearchStrategy[list[tuple[str, int, int]]]:
    kinds = st.sampled_from(["ended", "refused", "retained", "aid", "credit", "premium"])
    return st.lists(st.tuples(kinds, st.integers(0, 2), st.integers(1, 2_999)), max_size=5)


def test_between_nothing_and_what_was_paid(world: World, session: Session) -> None:
    items = [Item(3_000_00, reference=f"L{rank}", service=YEAR) for rank in range(3)]
    dossier = granted(world, *items)
    claim, lines = claim_of(dossier), lines_of(dossier)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(found=findings())
    def holds(found: list[tuple[str, int, int]]) -> None:
        said = [
            finding(
                claim,
                Found(
                    kind,
                    line_id=lines[rank].id,
                    invoice_id=lines[rank].invoice_id,
                    said=SAID,
                    on=YEAR[0] + timedelta(days=value % 364) if kind == "ended" else FOUND,
                    net_cents=value * 100,
                    number="AV-1",
                ),
                at(FOUND),
            )
            for kind, rank, value in found
        ]
        (due,) = undue_of(claim, said, FOUND)
        assert 0 <= due.undue_cents <= due.paid.cents <= due.granted_cents
        assert due.undue_cents == due.granted_cents - due.due_cents
        lost = sum(line.granted_cents - line.due_cents for line in due.lines)
        assert due.undue_cents == max(0, lost)
        assert (due.undue_cents == 0) or found
        assert due.unpaid_cents == 0

    holds()
    db.session.rollback()


def test_one_more_day_never_makes_more_undue(world: World, session: Session) -> None:
    dossier = granted(world)
    claim, line = claim_of(dossier), lines_of(dossier)[0]
    last = None
    for days in (0, 1, 2, 30, 180, 181, 182, 363, 364):
        on = YEAR[0] + timedelta(days=days - 1)
        (due,) = undue_of(claim, [finding(claim, Found("ended", line.id, on=on), at(FOUND))], FOUND)
        assert last is None or due.undue_cents < last
        last = due.undue_cents
    assert date(2027, 1, 31) == YEAR[1]
    db.session.rollback()
