"""Batches: every payable order once, one file written once and kept, never by who acted on a dossier."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from importlib.resources import files

import pytest
from lxml import etree
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.accounts.models import AgentRole, CompanyMember, Person
from bonus.accounts.service import actor_of
from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor
from bonus.companies.models import BankAccount, Company
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.money import amount_string
from bonus.payments.batches import batches
from bonus.payments.due import due_orders
from bonus.payments.files import download, write_batch
from bonus.payments.models import PaymentBatch, PaymentOrder
from bonus.payments.service import order_for_decision
from tests.claims.reading import decision_of
from tests.support.bills import Item, bill
from tests.support.payments import file_of, orders_sent, sent_batch
from tests.support.world import NEIGHBOUR, NOW, ON, Dossier, Someone, World, decided, draft

NAMESPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


def due(world: World, net_cents: int = 10_000_00, *, neighbour: bool = False) -> Dossier:
    """A decided dossier whose payment is ordered; the bonus is 45 % of the net amount."""
    if neighbour:
        dossier = draft(world, [bill(Item(net_cents), buyer=NEIGHBOUR)], company_id=world.neighbour_id)
    else:
        dossier = draft(world, [bill(Item(net_cents))])
    dossier = decided(world, dossier)
    order_for_decision(decision_of(dossier).id, NOW)
    return dossier


def batch(world: World, execution_on: date = ON, actor: Actor | None = None) -> PaymentBatch:
    return sent_batch(execution_on, ON, actor or world.accounting_officer, NOW)


def orders() -> list[PaymentOrder]:
    return list(db.session.scalars(select(PaymentOrder).order_by(PaymentOrder.id)))


def test_a_batch_takes_every_order_and_adds_them_up(any_world: World, any_session: Session) -> None:
    due(any_world, 10_000_00)
    due(any_world, 1_234_57, neighbour=True)  # 555.5565 → 555.56
    made = batch(any_world, date(2026, 11, 24))
    assert (made.number, made.orders_count, made.total_cents) == ("LOT-2026-000001", 2, 5_055_56)
    assert made.created_by_id == any_world.accounting_officer.person_id
    assert made.signed_by_id not in (None, made.created_by_id)
    assert {order.status for order in orders()} == {"sent"}
    assert [order.number for order in orders_sent(made)] == ["OP-2026-000001", "OP-2026-000002"]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "payment.batched")).one()
    assert entry.facts == {
        "orders": ["OP-2026-000001", "OP-2026-000002"],
        "total_cents": 5_055_56,
    }
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "payment.written")).one()
    assert entry.facts == {
        "total_cents": 5_055_56,
        "files": {"LOT-2026-000001-01": hashlib.sha256(file_of(made)).hexdigest()},
    }


def test_the_file_is_valid_and_says_the_orders(any_world: World, any_session: Session) -> None:
    first, second = due(any_world), due(any_world, 2_000_00, neighbour=True)
    made = batch(any_world, date(2026, 11, 24))
    schema = files("sepaxml") / "schemas" / "pain.001.001.09.xsd"
    document = etree.fromstring(file_of(made))
    etree.XMLSchema(etree.fromstring(schema.read_bytes())).assertValid(document)

    def values(path: str) -> list[str]:
        found = document.xpath(path, namespaces=NAMESPACE)
        assert isinstance(found, list)
        return [str(node) for node in found]

    assert values("//p:GrpHdr/p:MsgId/text()") == ["LOT-2026-000001-01"]
    assert values("//p:GrpHdr/p:CtrlSum/text()") == ["5400.00"]
    assert values("//p:ReqdExctnDt/p:Dt/text()") == ["2026-11-24"]
    assert values("//p:EndToEndId/text()") == [order.number for order in orders()]
    assert values("//p:InstdAmt/text()") == ["4500.00", "900.00"]
    assert values("//p:CdtrAcct/p:Id/p:IBAN/text()") == [order.iban for order in orders()]
    assert values("//p:Cdtr/p:Nm/text()") == ["Atelier Fictif SAS", "Voisin Fictif SARL"]
    remittance = " ".join(values("//p:Ustrd/text()"))
    assert str(first.number) in remittance
    assert str(second.number) in remittance


def test_the_stored_file_is_the_one_downloaded(any_world: World, any_session: Session) -> None:
    due(any_world)
    made = batch(any_world)
    content, name, sha256 = bytes(file_of(made)), made.files[0].message_id, made.files[0].sha256
    any_session.expire_all()
    for _ in range(2):
        found = download(name, any_world.accounting_officer, NOW)
        assert found is not None
        assert bytes(found.content) == content
        assert found.sha256 == hashlib.sha256(content).hexdigest()
    taken = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "payment.file_downloaded")).all()
    assert [entry.facts["sha256"] for entry in taken] == [sha256] * 2
    assert download("LOT-2026-000009-01", any_world.accounting_officer, NOW) is None


def test_an_order_is_batched_once(any_world: World, any_session: Session) -> None:
    due(any_world)
    first = batch(any_world)
    with pytest.raises(Refusal) as refusal:
        batch(any_world)
    assert refusal.value.code == "payment.nothing_due"
    db.session.rollback()
    due(any_world)
    second = batch(any_world)
    assert [made.number for made in batches()] == [second.number, first.number]
    assert [order.number for order in orders_sent(second)] == ["OP-2026-000002"]


def test_a_past_execution_day_is_refused(world: World, session: Session) -> None:
    due(world)
    with pytest.raises(InvalidInput) as refusal:
        batch(world, ON - timedelta(days=1))
    assert (refusal.value.code, refusal.value.field) == ("payment.execution_past", "execution_on")
    assert orders()[0].status == "to_pay"
    db.session.rollback()
    assert batch(world, ON).execution_on == ON  # today is not past


def test_a_held_order_stays_out(world: World, session: Session) -> None:
    company = db.session.get_one(Company, world.company_id)
    account: BankAccount = company.bank_accounts[0]
    account.checked_at = None
    db.session.commit()
    due(world)
    due(world, neighbour=True)
    assert [order.payee for order in orders_sent(batch(world))] == ["Voisin Fictif SARL"]
    assert [order.status for order in orders()] == ["held", "sent"]


def test_the_oldest_due_date_first(world: World, session: Session) -> None:
    due(world)
    due(world)
    first, second = orders()
    first.due_on, second.due_on = second.due_on + timedelta(days=1), second.due_on
    db.session.commit()
    listed = [order.number for order in due_orders(world.accounting_officer).payable]
    assert listed == ["OP-2026-000002", "OP-2026-000001"]


# ---------------------------------------------------------------- art. 12


def also_accounting(person: Someone) -> Actor:
    found = db.session.get_one(Person, person.person_id)
    found.agent_roles.append(AgentRole(role="accounting_officer"))
    db.session.commit()
    return actor_of(found)


@pytest.mark.parametrize("who", ["reviewer", "officer"])
def test_who_examined_or_decided_does_not_pay(any_world: World, any_session: Session, who: str) -> None:
    actor = also_accounting(getattr(any_world, who))
    due(any_world)
    listed = due_orders(actor)
    assert (listed.payable, [order.number for order in listed.acted_on]) == ([], ["OP-2026-000001"])
    with pytest.raises(Refusal, match=r"payment\.nothing_due"):
        batch(any_world, actor=actor)
    db.session.rollback()
    assert batch(any_world).orders_count == 1


def test_they_pay_the_dossiers_of_others(world: World, session: Session) -> None:
    actor = also_accounting(world.other_reviewer)
    due(world)
    assert batch(world, actor=actor).orders_count == 1


def test_a_member_of_the_company_does_not_pay_it(world: World, session: Session) -> None:
    officer = world.accounting_officer
    db.session.add(CompanyMember(person_id=officer.person_id, company_id=world.company_id, role="reader"))
    db.session.commit()
    due(world)
    due(world, neighbour=True)
    assert [order.payee for order in orders_sent(batch(world))] == ["Voisin Fictif SARL"]
    assert [order.payee for order in due_orders(officer).acted_on] == ["Atelier Fictif SAS"]


# ---------------------------------------------------------------- all or nothing


def test_a_file_that_cannot_be_written_leaves_its_batch_signed(
    any_world: World, any_session: Session
) -> None:
    """The bank's rules refuse a payee without a town: no number is lost, nothing is half paid."""
    due(any_world)
    company = db.session.get_one(Company, any_world.company_id)
    company.town = ""
    db.session.commit()
    with pytest.raises(InvalidInput) as refusal:
        batch(any_world)
    assert "OP-2026-000001" in refusal.value.sentence
    db.session.rollback()
    assert (orders()[0].status, batches()[0].status, batches()[0].files) == ("in_batch", "signed", [])
    db.session.get_one(Company, any_world.company_id).town = "Lyon"
    db.session.commit()
    written = write_batch("LOT-2026-000001", any_world.accounting_officer, NOW)
    assert (written.status, len(written.files)) == ("written", 1)


def test_the_database_refuses_an_empty_batch(any_world: World, any_session: Session) -> None:
    due(any_world)
    batch(any_world)
    with pytest.raises(IntegrityError, match="not_empty"):
        db.session.execute(text("UPDATE payment_batches SET orders_count = 0"))


def test_the_sum_of_the_file_is_the_sum_of_the_orders(world: World, session: Session) -> None:
    for cents in (1_111_11, 2_222_23, 3_333_35):
        due(world, cents)
    made = batch(world)
    assert made.total_cents == sum(order.amount_cents for order in orders())
    assert f"<CtrlSum>{amount_string(made.total_cents)}</CtrlSum>".encode() in file_of(made)
