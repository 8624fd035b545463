"""Tables loaded into drafts, as far as a test wants."""

from __future__ import annotations

from sqlalchemy import select

from bonus.claims.loads.listing import report_of
from bonus.claims.loads.report import TableReport
from bonus.claims.loads.service import ask_to_take, receive
from bonus.claims.loads.steps import read_loaded, take_table
from bonus.claims.models import Claim, Invoice
from bonus.claims.table_models import PurchaseTable
from bonus.extensions import db
from tests.claims.tables.samples import PLAIN, Row, as_csv
from tests.support.world import NOW, World


def loaded(
    world: World, claim_id: int, *rows: Row, name: str = "achats.csv", data: bytes = b""
) -> PurchaseTable:
    """A table of these rows, loaded into a draft and read."""
    table_id = receive(claim_id, name, data or as_csv(rows or [PLAIN]), world.owner, NOW).id
    read_loaded(table_id, NOW)
    return db.session.get_one(PurchaseTable, table_id)


def taken(
    world: World, claim_id: int, *rows: Row, keep_good: bool = False, data: bytes = b""
) -> PurchaseTable:
    """A table of these rows, its good rows entered in the draft."""
    table_id = loaded(world, claim_id, *rows, data=data).id
    ask_to_take(table_id, world.owner, NOW, keep_good=keep_good)
    take_table(table_id, NOW)
    return db.session.get_one(PurchaseTable, table_id)


def report(table: PurchaseTable) -> TableReport:
    """The report of a table that was read."""
    found = report_of(table)
    assert found is not None
    return found


def told(table: PurchaseTable, part: str = "faults") -> list[tuple[int, str]]:
    """The faults (or warnings) of a table: lines and codes."""
    return [(fault.line, fault.code) for fault in report(table).first(part)]


def invoices(claim_id: int) -> list[Invoice]:
    """The invoices of a dossier, read anew."""
    db.session.expire_all()
    return list(db.session.scalars(select(Invoice).where(Invoice.claim_id == claim_id).order_by(Invoice.id)))


def claim_of(claim_id: int) -> Claim:
    """A dossier, read anew."""
    db.session.expire_all()
    return db.session.get_one(Claim, claim_id)
