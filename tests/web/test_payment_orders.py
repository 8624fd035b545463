"""All payment orders: lists that an accounting officer narrows, and keeps (art. 13)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.extensions import db
from bonus.payments.acts import hold_order
from bonus.payments.due import late_count
from bonus.payments.models import PaymentOrder
from bonus.payments.order_lists import AskedOrders, order_counts, order_page
from tests.support.many_orders import MODEL_CENTS, many_due
from tests.support.multiplied import reads
from tests.support.payments import sent_batch
from tests.support.world import NOW, ON, World
from tests.web.visitor import Visitor, document, errors, signed_in

PAGE = "/agent/paiements/ordres"


@pytest.fixture
def officer(world: World) -> Visitor:
    return signed_in(world.app, world.accounting_officer.email)


@pytest.fixture
def orders(world: World, session: Session) -> list[PaymentOrder]:
    many_due(world, 4)
    return list(db.session.scalars(select(PaymentOrder).order_by(PaymentOrder.id)))


def found(**asked: object) -> list[str]:
    return [order.number for order in order_page(AskedOrders(**asked), 1).rows]  # type: ignore[arg-type]


def test_each_status_is_in_its_list(world: World, orders: list[PaymentOrder]) -> None:
    first, second, *others = (order.number for order in orders)
    hold_order(first, "by_hand", "À vérifier avec la banque.", world.accounting_officer, NOW)
    assert found() == [second, *others]
    assert found(list="retenus") == [first]
    batch = sent_batch(ON, ON, world.accounting_officer, NOW)
    assert order_counts() == {
        **dict.fromkeys(("a-payer", "en-lot", "refuses", "payes", "annules"), 0),
        "retenus": 1,
        "remis": 3,
        "tous": 4,
    }
    assert found(list="tous", search=batch.number) == [second, *others]
    assert found(list="tous", reason="by_hand") == [first]
    assert found(list="tous", reason="control") == []


def test_what_narrows_a_list(world: World, orders: list[PaymentOrder]) -> None:
    one = orders[2]
    company = one.decision.claim.company
    assert found(search=str(one.decision.claim.number)) == [one.number]
    spaced = f" {company.siren[:3]} {company.siren[3:6]} {company.siren[6:]} "
    assert one.number in found(search=spaced)
    assert found(search="%") == []
    assert found(search="100 % d’une autre") == []
    cents = [order.amount_cents for order in orders]
    assert MODEL_CENTS <= cents[1] < cents[2] < cents[3]
    assert found(least_cents=cents[2], most_cents=cents[2]) == [one.number]
    assert found(least_cents=cents[2] + 1, most_cents=cents[3] - 1) == []
    assert found(due_before=one.due_on) == []
    assert len(found(due_before=date.fromordinal(one.due_on.toordinal() + 1))) == 4
    assert late_count(one.due_on) == 0
    assert late_count(date.fromordinal(one.due_on.toordinal() + 1)) == 4


def test_the_page_keeps_what_is_asked_and_exports_it(officer: Visitor, orders: list[PaymentOrder]) -> None:
    number, other = orders[2].number, orders[3].number
    db.session.rollback()
    page = officer.get(f"{PAGE}?file=tous&recherche={number}")
    assert number in page.text
    assert other not in page.text
    (link, *_) = document(page).xpath("//a[contains(@href, 'ordres.csv')]/@href")
    table = officer.get(str(link)).text
    assert (table.count(number), table.count(other)) == (1, 0)


def test_what_cannot_be_read_is_said_and_kept(officer: Visitor, orders: list[PaymentOrder]) -> None:
    db.session.rollback()
    page = officer.get(f"{PAGE}?de=beaucoup&avant=demain&recherche=OP")
    assert [sentence[:21] for sentence in errors(page)] == ["Écrivez une date, par", "Écrivez un montant en"]
    assert 'value="beaucoup"' in page.text


def test_a_long_list_costs_no_more_queries(world: World, session: Session) -> None:
    many_due(world, 3)
    with reads(world.app) as few:
        order_page(AskedOrders(), 1)
    many_due(world, 60)
    with reads(world.app) as many:
        assert len(order_page(AskedOrders(), 1).rows) == 50
    assert len(many) == len(few)
