"""Payment orders (art. 13): one a decision, due in thirty days, held until the account is checked."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.companies.models import BankAccount, Company
from bonus.extensions import db
from bonus.numbering import Counter
from bonus.payments.models import PaymentOrder
from bonus.payments.service import order_for_decision
from tests.claims.reading import decision_of
from tests.support.bills import bill
from tests.support.payments import reason_of
from tests.support.world import NOW, Dossier, World, decided, draft, run_jobs


def orders() -> list[PaymentOrder]:
    return list(db.session.scalars(select(PaymentOrder).order_by(PaymentOrder.id)))


def ordered(dossier: Dossier, now: datetime = NOW) -> PaymentOrder:
    order_for_decision(decision_of(dossier).id, now)
    return orders()[-1]


def account(world: World) -> BankAccount:
    return db.session.get_one(Company, world.company_id).bank_accounts[0]


def test_an_order_says_what_is_due_to_whom_and_when(any_world: World, any_session: Session) -> None:
    dossier = decided(any_world)
    order = ordered(dossier)
    iban = account(any_world).iban
    assert (order.number, order.status, order.amount_cents) == ("OP-2026-000001", "to_pay", 4_500_00)
    assert (order.payee, order.iban, reason_of(order)) == ("Atelier Fictif SAS", iban, None)
    assert order.due_on == date(2026, 12, 22)  # thirty days after 22 November
    assert (order.decision_id, order.batch_id) == (decision_of(dossier).id, None)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "payment.ordered")).one()
    assert (entry.actor, entry.subject, entry.facts["amount_cents"]) == (
        "service:worker",
        "payment:OP-2026-000001",
        4_500_00,
    )


def test_thirty_days_of_the_decision_not_of_the_job(world: World, session: Session) -> None:
    dossier = decided(world, now=datetime(2026, 12, 30, 23, 30, tzinfo=UTC))  # the 31st in Paris
    order = ordered(dossier, datetime(2027, 1, 15, 9, tzinfo=UTC))
    assert (order.due_on, order.number) == (date(2027, 1, 30), "OP-2026-000001")


def test_the_job_run_again_orders_nothing_more(any_world: World, any_session: Session) -> None:
    decision = decision_of(decided(any_world))
    for _ in range(3):
        order_for_decision(decision.id, NOW)
    assert [order.number for order in orders()] == ["OP-2026-000001"]
    assert db.session.get_one(Counter, ("payment_orders", 2026)).last == 1
    entries = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "payment.ordered")
    assert db.session.scalar(entries) == 1


def test_through_the_outbox(world: World, session: Session) -> None:
    decided(world)
    assert run_jobs(world) == 6  # the payment, the register, the certificate, the letter, and two mails
    assert run_jobs(world) == 0
    assert len(orders()) == 1


def test_nothing_granted_nothing_due(world: World, session: Session) -> None:
    dossier = decided(world, outcome="refuse", reasons="La facture n’est pas acquittée (art. 9).")
    order_for_decision(decision_of(dossier).id, NOW)
    assert orders() == []
    assert db.session.get(Counter, ("payment_orders", 2026)) is None


def test_a_decision_that_does_not_exist(world: World, session: Session) -> None:
    with pytest.raises(NoResultFound):
        order_for_decision(999, NOW)


@pytest.mark.parametrize("what", ["unchecked", "ended", "none"])
def test_held_without_a_checked_account_in_force(world: World, session: Session, what: str) -> None:
    found = account(world)
    if what == "unchecked":
        found.checked_at = None
    elif what == "ended":
        found.ended_at = NOW
    else:
        db.session.delete(found)
    db.session.commit()
    order = ordered(decided(world))
    assert (order.status, order.iban, order.payee) == ("held", None, "Atelier Fictif SAS")
    assert order.held_reason == "L’entreprise n’a pas de compte bancaire vérifié (art. 13)."
    assert order.amount_cents == 4_500_00


def test_the_account_in_force_is_the_one_paid(any_world: World, any_session: Session) -> None:
    former = account(any_world)
    former.ended_at = NOW
    db.session.flush()
    new = BankAccount(
        company_id=any_world.company_id,
        holder="Atelier Fictif SAS, compte 2",
        iban="FR7630006000011234567890189",
        created_at=NOW,
        checked_at=NOW,
    )
    db.session.add(new)
    db.session.commit()
    order = ordered(decided(any_world))
    assert (order.payee, order.iban) == ("Atelier Fictif SAS, compte 2", "FR7630006000011234567890189")


def test_the_order_keeps_the_account_it_was_made_with(world: World, session: Session) -> None:
    order = ordered(decided(world))
    before = order.iban
    account(world).iban = "FR7630006000011234567890189"
    db.session.commit()
    assert orders()[0].iban == before


def test_one_account_in_force_a_company(any_world: World, any_session: Session) -> None:
    enter_account(any_world, None)  # beside it, one may wait to be checked
    for checked_at in (NOW, None):
        with pytest.raises(IntegrityError):
            enter_account(any_world, checked_at)


def enter_account(world: World, checked_at: datetime | None) -> None:
    with db.session.begin_nested():
        db.session.add(
            BankAccount(
                company_id=world.company_id, holder="x", iban="FR76", created_at=NOW, checked_at=checked_at
            )
        )


FORBIDDEN = {
    "UPDATE payment_orders SET amount_cents = 0": "amount",
    "UPDATE payment_orders SET status = 'in_batch'": "batch",
    "UPDATE payment_orders SET status = 'paid'": "status",
    "UPDATE payment_orders SET iban = NULL": "iban_known",
    "UPDATE payment_orders SET offset_cents = amount_cents + 1": "offset",
    "UPDATE payment_orders SET status = 'offset'": "offset_whole",
    "INSERT INTO payment_orders (id, number, decision_id, status, payee, iban, amount_cents, created_at, due_on) "
    "SELECT id + 1, 'X', decision_id, status, payee, iban, amount_cents, created_at, due_on "
    "FROM payment_orders": "decision_id",
}


def test_what_the_database_holds_by_itself(any_world: World, any_session: Session) -> None:
    ordered(decided(any_world))
    for statement, constraint in FORBIDDEN.items():
        with pytest.raises(IntegrityError, match=constraint), db.session.begin_nested():
            db.session.execute(text(statement))


def test_each_decision_has_its_own_number(world: World, session: Session) -> None:
    numbers = [ordered(decided(world, draft(world, [bill()]))).number for _ in range(3)]
    assert numbers == ["OP-2026-000001", "OP-2026-000002", "OP-2026-000003"]
