"""Orders handed to the bank, and its answers: for the tests of what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from bonus.audit.service import SERVICE
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from bonus.money import amount_string
from bonus.parts import document_store
from bonus.payments.acts import hold_order
from bonus.payments.answer_models import BankFile, BankFinding
from bonus.payments.answers import apply_file, our_account, resolve, take_file
from bonus.payments.models import PaymentFile, PaymentOrder
from bonus.payments.service import order_for_decision
from tests.adapters.bank_samples import Entry, account, line, report, returned
from tests.claims.reading import decision_of

from .bills import Item, bill
from .payments import sent_batch
from .world import NEIGHBOUR, NOW, ON, World, decided, draft


def due(world: World, net_cents: int = 10_000_00, *, neighbour: bool = False) -> PaymentOrder:
    """An order to pay: 45 % of the net amount."""
    if neighbour:
        begun = draft(world, [bill(Item(net_cents), buyer=NEIGHBOUR)], company_id=world.neighbour_id)
    else:
        begun = draft(world, [bill(Item(net_cents))])
    order_for_decision(decision_of(decided(world, begun)).id, NOW)
    return db.session.scalars(select(PaymentOrder).order_by(PaymentOrder.id.desc())).first()  # type: ignore[return-value]


def sent(world: World, *nets: int) -> list[PaymentOrder]:
    """Orders of these net amounts, handed to the bank in one batch."""
    for net in nets or (10_000_00,):
        due(world, net)
    sent_batch(ON, ON, world.accounting_officer, NOW)
    return orders()


def orders() -> list[PaymentOrder]:
    """Every order, as the database has it."""
    query = select(PaymentOrder).order_by(PaymentOrder.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def statuses() -> list[str]:
    found = [order.status for order in orders()]
    db.session.rollback()
    return found


def last_file() -> str:
    """The identifier of the last file handed to the bank."""
    found = db.session.scalars(select(PaymentFile).order_by(PaymentFile.id.desc())).first()
    assert found is not None
    return found.message_id


def rejection(order: PaymentOrder, code: str = "AC04", **given: Any) -> bytes:
    reason = f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>"
    return report(line("RJCT", order.number, inside=reason), **{"file": last_file(), **given})


def debit(*found: PaymentOrder, **given: Any) -> bytes:
    entries = [
        Entry(
            order.number,
            amount_string(order.payable_cents),
            file=last_file(),
            payee=str(order.iban),
            reference=f"D-{order.id}",
        )
        for order in found
    ]
    return account(*entries, iban=our_account(), **given)


def giving_back(*found: PaymentOrder, code: str = "AC04", **given: Any) -> bytes:
    lines = [(order.number, amount_string(order.payable_cents), code) for order in found]
    return returned(lines, file=last_file(), iban=our_account(), **given)


def take(content: bytes, world: World, name: str = "banque.xml") -> BankFile:
    """A file handed in by the accounting officer, and applied."""
    file = take_file(content, name, "upload", document_store(), world.accounting_officer, NOW)
    number = file.id
    apply_file(number, NOW)
    return db.session.get_one(BankFile, number)


def findings(kind: str | None = None) -> Sequence[BankFinding]:
    query = select(BankFinding).order_by(BankFinding.id)
    return db.session.scalars(query.where(BankFinding.kind == kind) if kind else query).all()


def kept() -> list[str]:
    found = [one.reason for one in findings("keep")]
    db.session.rollback()
    return found


def entered(kind: str) -> int:
    """What the ledger has of a kind of entry, in cents."""
    found = sum(db.session.scalars(select(LedgerEntry.amount_cents).where(LedgerEntry.kind == kind)))
    db.session.rollback()
    return found


ORDER_ADDRESSES = (
    "payment_order",
    "order_hold",
    "order_freeing",
    "order_reopening",
    "order_claim",
    "order_liquidation",
)


def bank_addresses(world: World) -> dict[str, dict[str, Any]]:
    """The values of the bank's addresses: a file with a line that waits."""
    with world.app.app_context():
        file = take(account(Entry("OP-2026-999999"), iban=our_account(), message_id="BK-HOUSE"), world).id
        waiting, order = findings("keep")[-1].id, orders()[0].number
        db.session.rollback()
    return {
        **{f"agent.bank_{name}": {"number": file} for name in ("one", "content")},
        "agent.bank_lines_table": {"number": file, "kind": "csv"},
        **{f"agent.bank_{name}": {"number": waiting} for name in ("finding", "resolve", "apply", "leave")},
        **{f"agent.bank_{name}_table": {"kind": "csv"} for name in ("waiting", "files")},
        **{f"agent.{name}": {"number": order} for name in ORDER_ADDRESSES},
        "agent.payment_order_table": {"number": order, "kind": "csv"},
    }


def bank_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of the bank's answers, in each of their states; call it last: an order is refused."""
    person, page = world.accounting_officer.email, "/agent/paiements/banque"
    with world.app.app_context():
        due(world, 1_000_00, neighbour=True)
        sent_batch(ON, ON, world.accounting_officer, NOW)
        order = orders()[-1]
        number = order.number
        unsure = (Entry("OP-2026-999999"), Entry(order.number, "1.00", file=last_file()))
        applied = take(rejection(order, message_id="BK-1"), world).id
        many = take(account(*unsure, iban=our_account(), message_id="BK-2"), world).id
        twin = take(report(line("ACCP", order.number), file=last_file(), message_id="BK-1"), world).id
        waits, same = findings("keep")[-3].id, findings("keep")[-1].id
        done = findings("keep")[-2].id
        resolve(done, "Virement d’un autre service.", world.accounting_officer, NOW)
        under_way = take_file(
            account(message_id="BK-3", iban=our_account()), "b.xml", "folder", document_store(), SERVICE, NOW
        ).id
        due(world, 2_000_00, neighbour=True)
        held = orders()[-1].number
        hold_order(held, "by_hand", "Le bénéficiaire conteste le montant.", world.accounting_officer, NOW)
        db.session.rollback()
    return {
        "bank": (person, page),
        "order": (person, f"/agent/paiements/ordres/{number}"),
        "order held": (person, f"/agent/paiements/ordres/{held}"),
        "bank waiting": (person, f"{page}/a-examiner"),
        "bank file": (person, f"{page}/{applied}"),
        "bank file to examine": (person, f"{page}/{many}"),
        "bank file held": (person, f"{page}/{twin}"),
        "bank file under way": (person, f"{page}/{under_way}"),
        "bank line": (person, f"{page}/lignes/{waits}"),
        "bank line done": (person, f"{page}/lignes/{done}"),
        "bank line of a file held": (person, f"{page}/lignes/{same}"),
    }
