"""Looking at the tables of a draft: one of them, those it has, its report."""

from __future__ import annotations

from sqlalchemy import select

from bonus.claims.table_models import PurchaseTable
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.parts import document_store

from .report import TableReport

UNDER_WAY = frozenset({"queued", "reading", "taking"})


def locked_table(table_id: int) -> PurchaseTable | None:
    """The table with this number as it is now, nobody else changing it until the transaction ends; or None."""
    return db.session.scalars(
        select(PurchaseTable)
        .where(PurchaseTable.id == table_id)
        .with_for_update(of=PurchaseTable)
        .execution_options(populate_existing=True)
    ).one_or_none()


def table_of(claim_id: int, reference: str) -> PurchaseTable:
    """A dossier's table. Raises NotFound, also when it is another dossier's."""
    found = db.session.scalars(
        select(PurchaseTable).where(PurchaseTable.claim_id == claim_id, PurchaseTable.reference == reference)
    ).one_or_none()
    if found is None:
        raise NotFound("table.unknown", "Ce tableau n’est pas dans le dossier.")
    return found


def tables_of(claim_id: int) -> list[PurchaseTable]:
    """The tables that a dossier holds, or that are on their way into it, oldest first."""
    return list(
        db.session.scalars(
            select(PurchaseTable)
            .where(
                PurchaseTable.claim_id == claim_id,
                PurchaseTable.document_id.is_not(None) | PurchaseTable.status.in_([*UNDER_WAY, "previewed"]),
            )
            .order_by(PurchaseTable.id)
        )
    )


def report_of(found: PurchaseTable) -> TableReport | None:
    """What was kept of a table: its preview, then what was done; None before it is read."""
    if found.report_stored_as is None:
        return None
    return TableReport(document_store().path(found.report_stored_as))
