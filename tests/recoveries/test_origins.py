"""What is undue, origin by origin (art. 14): the decision evaluated as it should have been, less what it granted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.claims.follow_models import Control
from bonus.claims.notification import record_opening
from bonus.claims.revocations import decide_revocation, open_revocation
from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.payments.models import PaymentOrder
from bonus.recoveries.deciding import confirm, drop
from bonus.recoveries.drafting import add_finding, drop_after_restoration, open_recovery
from bonus.recoveries.finding_forms import Found
from bonus.recoveries.models import Recovery
from bonus.recoveries.notifying import notify
from tests.support.bills import Item
from tests.support.recoveries import (
    FACTS,
    FOUND,
    WHY,
    YEAR,
    claim_of,
    drafted,
    ended,
    granted,
    lines_of,
    of,
    told,
)
from tests.support.registry import certification_of, learn
from tests.support.requests import at
from tests.support.world import CLOUD, Dossier, World, run_jobs

DAY = timedelta(days=1)
GRANTED = 4_500_00  # 45 % of 10 000 €
SAID = "Le contrôle sur place du 4 mai l’a établi."


def undue(world: World, dossier: Dossier, *found: Found, origin: str = "control") -> int:
    return drafted(world, dossier, *found, origin=origin).amount_cents


# ---------------------------------------------------------------- a contract ended early


@pytest.mark.parametrize(
    ("period", "last", "due"),
    [
        # 365 days paid: (last − start + 1) / 365 of the base, rounded half up, then 45 %.
        (YEAR, date(2026, 1, 31), 0),  # ended before it began
        (YEAR, date(2026, 2, 1), 12_33),  # one day: 27.40
        (YEAR, date(2026, 7, 31), 2_231_51),  # 181 days: 4 958.90
        (YEAR, date(2027, 1, 30), 4_487_67),  # 364 days: 9 972.60
        # 731 days paid, of which the first 365 were helped: 10 000 × 365 / 731 = 4 993.16.
        ((date(2026, 2, 1), date(2028, 2, 1)), date(2026, 7, 31), 1_114_23),  # 181 of 731: 2 476.06
        ((date(2026, 2, 1), date(2028, 2, 1)), date(2027, 1, 30), 2_240_77),  # 364 of 731: 4 979.48
        ((date(2026, 2, 1), date(2028, 2, 1)), date(2027, 1, 31), 2_246_92),  # all that was helped
        ((date(2026, 2, 1), date(2028, 2, 1)), date(2028, 1, 31), 2_246_92),
    ],
)
def test_pro_rata_of_days(
    world: World, session: Session, period: tuple[date, date], last: date, due: int
) -> None:
    dossier = granted(world, Item(10_000_00, service=period))
    before = claim_of(dossier).granted_cents
    assert before - undue(world, dossier, ended(dossier, last), origin="contract_ended") == due


@pytest.mark.parametrize("last", [YEAR[1], YEAR[1] + DAY, None])
def test_it_ends_before_the_end_that_was_paid(world: World, session: Session, last: date | None) -> None:
    dossier = granted(world)
    with pytest.raises(InvalidInput) as refusal:
        drafted(world, dossier, Found("ended", lines_of(dossier)[0].id, on=last))
    assert refusal.value.field == "on"


def test_a_line_without_a_period(world: World, session: Session) -> None:
    dossier = granted(world, Item(10_000_00))
    with pytest.raises(InvalidInput) as refusal:
        drafted(world, dossier, Found("ended", lines_of(dossier)[0].id, on=FOUND))
    assert refusal.value.field == "line_id"


def test_an_ended_service_does_not_undo_the_minimum(world: World, session: Session) -> None:
    """600 € bought, above the 500 € of art. 5.4; half of it served, below: the half stays due."""
    dossier = granted(world, Item(600_00, service=YEAR))
    assert undue(world, dossier, ended(dossier, date(2026, 7, 31))) == 270_00 - 133_89


# ---------------------------------------------------------------- a credit note


def credit(dossier: Dossier, net: int, *, line: int | None = None) -> Found:
    lines = lines_of(dossier)
    return Found(
        "credit",
        invoice_id=lines[0].invoice_id,
        line_id=None if line is None else lines[line].id,
        on=FOUND,
        net_cents=net,
        vat_cents=net // 5,
        number="AV-12",
    )


def test_a_credit_note_on_the_invoice(world: World, session: Session) -> None:
    dossier = granted(world)
    assert undue(world, dossier, credit(dossier, 2_000_00), origin="credit_note") == 900_00
    assert "AV-12" in of(dossier).lines[0].details[0]["why"] or "AV-12" in of(dossier).changes[0]["words"]


def test_a_credit_note_is_spread_or_of_one_line(world: World, session: Session) -> None:
    items = (Item(6_000_00, reference="UN"), Item(4_000_00, reference="DEUX"))
    spread = granted(world, *items)
    assert undue(world, spread, credit(spread, 1_000_00)) == 450_00
    assert [line["granted_cents"] - line["due_cents"] for line in of(spread).lines[0].details] == [
        270_00,
        180_00,
    ]
    one = granted(world, *items)
    assert undue(world, one, credit(one, 1_000_00, line=1)) == 450_00
    assert [line["position"] for line in of(one).lines[0].details] == [lines_of(one)[1].position]


def test_below_the_minimum_the_whole_dossier_is_undue(world: World, session: Session) -> None:
    """As it should have been: 499.99 € of base is refused (art. 5.4), 500.00 € is not."""
    below, at_it = granted(world, Item(1_000_00)), granted(world, Item(1_000_00))
    assert undue(world, below, credit(below, 500_01)) == 450_00
    assert undue(world, at_it, credit(at_it, 500_00)) == 225_00


def test_a_credit_note_is_not_more_than_its_invoice(world: World, session: Session) -> None:
    dossier = granted(world)
    for net in (10_000_01, 0, None):
        with pytest.raises(InvalidInput) as refusal:
            drafted(world, dossier, credit(dossier, net or 0))
        assert refusal.value.field == "net"
        db.session.rollback()
        drop(of(dossier).id, WHY, world.reviewer, at(FOUND))


# ---------------------------------------------------------------- a false statement, a control


@pytest.mark.parametrize(
    ("kind", "amount", "expected"),
    [
        ("refused", None, GRANTED),
        ("retained", 7_500_00, 1_125_00),
        ("retained", 0, GRANTED),
        ("aid", 1_000_00, 450_00),
        ("premium", None, 0),  # it was not claimed to replace anything
    ],
)
@pytest.mark.parametrize("origin", ["false_statement", "control"])
def test_what_a_control_finds(
    world: World, session: Session, origin: str, kind: str, amount: int | None, expected: int
) -> None:
    dossier = granted(world)
    found = Found(kind, lines_of(dossier)[0].id, said=SAID, net_cents=amount)
    assert undue(world, dossier, found, origin=origin) == expected


# ---------------------------------------------------------------- a withdrawal


def withdraw(world: World, dossier: Dossier, day: date = FOUND) -> None:
    open_revocation(dossier.id, "conditions", FACTS, world.reviewer, at(day))
    record_opening(claim_of(dossier), world.owner, at(day))
    decide_revocation(dossier.id, "revoke", WHY, world.officer, at(day + 16 * DAY))


def test_a_withdrawal_drafts_what_was_paid(any_world: World, any_session: Session) -> None:
    dossier = granted(any_world)
    withdraw(any_world, dossier)
    recovery = of(dossier)
    assert (recovery.origin, recovery.status, recovery.amount_cents) == ("withdrawal", "draft", GRANTED)
    assert (recovery.opened_by_id, recovery.notified_at) == (None, None), "nobody is told by itself"
    notify(recovery.id, any_world.reviewer, at(FOUND + 20 * DAY))
    confirm(recovery.id, WHY, any_world.officer, at(FOUND + 60 * DAY))
    assert recovery.order is not None
    assert recovery.order.amount_cents == GRANTED


def test_a_withdrawal_of_what_was_not_paid_drafts_nothing(world: World, session: Session) -> None:
    dossier = granted(world, paid=False)
    withdraw(world, dossier)
    assert db.session.scalars(select(Recovery)).all() == []
    assert db.session.scalars(select(PaymentOrder.status)).one() == "held"


def test_a_withdrawal_takes_the_place_of_what_was_open(world: World, session: Session) -> None:
    dossier = granted(world)
    former = told(world, dossier)
    withdraw(world, dossier)
    assert former.status == "dropped"
    assert of(dossier).amount_cents == GRANTED


@pytest.mark.parametrize(
    ("labels", "expected"),
    [(("NFG",), 500_00), (("NFG", "SECNUMCLOUD"), GRANTED)],
    ids=["one of two", "both"],
)
def test_a_label_withdrawn_retroactively(
    world: World, session: Session, labels: tuple[str, ...], expected: int
) -> None:
    """The registry as it is known now: without one of its labels the line loses its premium, without both all."""
    dossier = granted(world)
    for label in labels:
        learn(certification_of(CLOUD, label), "withdrawn", FOUND, at(FOUND), retroactive=True)
    recovery = open_recovery(dossier.id, "withdrawal", FACTS, world.reviewer, at(FOUND + DAY))
    assert recovery.amount_cents == expected


def test_the_control_of_a_withdrawn_label_is_closed_with_its_sum(world: World, session: Session) -> None:
    dossier = granted(world)
    learn(certification_of(CLOUD, "NFG"), "withdrawn", FOUND, at(FOUND), retroactive=True)
    run_jobs(world, at(FOUND))
    control = db.session.scalars(select(Control)).one()
    opened = open_recovery(dossier.id, "withdrawal", FACTS, world.reviewer, at(FOUND), control_id=control.id)
    assert (opened.amount_cents, control.status) == (control.undue_cents, "open")
    notify(opened.id, world.reviewer, at(FOUND))
    confirm(opened.id, WHY, world.officer, at(FOUND + 31 * DAY))
    assert (control.status, control.closed_at) == ("closed", at(FOUND + 31 * DAY))


def test_a_withdrawal_annulled_on_appeal_drops_its_sum(world: World, session: Session) -> None:
    dossier = granted(world)
    withdraw(world, dossier)
    recovery = of(dossier)
    assert recovery.revocation is not None
    drop_after_restoration(recovery.revocation, world.officer, at(FOUND + 20 * DAY))
    db.session.commit()
    assert (recovery.status, recovery.reasons) == (
        "dropped",
        "Le retrait de la décision est annulé (art. 11).",
    )


def test_a_second_sum_claims_the_rest_alone(world: World, session: Session) -> None:
    """A titre for a credit note of 2 000 €, then the service ends in July: 8 000 × 181 / 365 × 45 % = 1 785.20."""
    dossier = granted(world)
    first = told(world, dossier, credit(dossier, 2_000_00), origin="credit_note")
    confirm(first.id, WHY, world.other_officer, at(FOUND + 31 * DAY))
    again = open_recovery(dossier.id, "contract_ended", FACTS, world.reviewer, at(FOUND + 40 * DAY))
    add_finding(again.id, ended(dossier, date(2026, 7, 31)), world.reviewer, at(FOUND + 40 * DAY))
    (line,) = again.lines
    assert (line.former_cents, line.due_cents) == (900_00, 1_785_20)
    assert again.amount_cents == GRANTED - 900_00 - 1_785_20
