"""Counting what jobs did: nothing lost, nothing twice. Each takes how many decisions there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from bonus.adapters.de_minimis_register import LocalRegister
from bonus.audit.models import AuditEntry
from bonus.audit.service import first_fault
from bonus.certificates.models import TaxCertificate
from bonus.claims.models import Decision
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.parts import de_minimis_register
from bonus.payments.models import PaymentOrder
from bonus.register.models import RegisterEntry

from .bills import bill
from .world import NOW, World, certified, close_year, decided, draft, run_jobs

YEAR_ENDED = date(2026, 10, 31)


def all_once(together: int) -> None:
    """Payments, certificates and entries of the register, and the log of acts whole."""
    for look in (ordered_once, certified_once, told_once):
        look(together)


def certified_before(world: World) -> int:
    """A fiscal year that is closed, and its certificate in force: later decisions correct it (art. 15). How many
    decisions it states."""
    close_year(world, YEAR_ENDED)
    decided(world, draft(world, [bill(number="CERTIFIED")]))
    run_jobs(world)
    certified(world, end=YEAR_ENDED, now=NOW)
    return 1


def all_done(kind: str) -> Sequence[int]:
    """What the messages of a kind are about; all of them are done."""
    messages = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind)).all()
    assert all(message.done_at and not message.last_error for message in messages)
    return [message.subject_id for message in messages]


def ordered_once(together: int) -> None:
    decisions = all_done("pay")
    orders = db.session.scalars(select(PaymentOrder)).all()
    assert Counter(order.decision_id for order in orders) == dict.fromkeys(decisions, 1)
    assert len(orders) == together
    assert sum(order.amount_cents for order in orders) == db.session.scalar(
        select(func.sum(Decision.bonus_cents))
    )
    numbers = sorted(order.number for order in orders)
    assert numbers == [f"OP-2026-{rank:06d}" for rank in range(1, together + 1)], "no number is lost"
    assert _logged("payment.ordered") == together
    assert first_fault() is None


def certified_once(together: int) -> None:
    decisions = all_done("certify")
    issued = db.session.scalars(select(TaxCertificate)).all()
    assert Counter(one.cause for one in issued)["decision"] >= 1, "the decision corrects the one asked for"
    assert sorted(one.sequence for one in issued) == list(range(1, len(issued) + 1)), "without gaps"
    [last] = [one for one in issued if not one.revoked]
    assert len(last.content["purchases"]) == len(decisions) == together, "it states them all, once"
    assert _logged("certificate.issued") == len(issued)
    assert first_fault() is None


def told_once(together: int) -> None:
    told = all_done("register")
    entries = db.session.scalars(select(RegisterEntry)).all()
    assert sorted(entry.id for entry in entries) == sorted(told)
    register = de_minimis_register()
    assert isinstance(register, LocalRegister)
    lines = register.lines()
    assert sorted(line["reference"] for line in lines) == sorted(str(entry.reference) for entry in entries)
    assert sorted(line["amount_cents"] for line in lines) == sorted(entry.amount_cents for entry in entries)
    assert len({line["key"] for line in lines}) == together
    assert _logged("register.entered") == together
    assert first_fault() is None


def _logged(action: str) -> int:
    query = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action)
    return db.session.scalar(query) or 0
