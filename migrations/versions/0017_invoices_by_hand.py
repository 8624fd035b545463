"""Invoices entered by hand; of the others, the bare number, what is prepaid and due, and lines a person entered."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_INVOICES = sa.table(
    "invoices",
    sa.column("id", sa.Integer),
    sa.column("number_key", sa.String),
    sa.column("number_bare", sa.String),
    sa.column("net_cents", sa.BigInteger),
    sa.column("gross_cents", sa.BigInteger),
    sa.column("prepaid_cents", sa.BigInteger),
    sa.column("due_cents", sa.BigInteger),
    sa.column("terms", sa.JSON),
)


def upgrade() -> None:
    with op.batch_alter_table("documents") as batch:
        batch.add_column(sa.Column("page_count", sa.Integer()))
    with op.batch_alter_table("invoices") as batch:
        batch.add_column(sa.Column("number_bare", sa.String(length=100), nullable=False, server_default=""))
        batch.add_column(sa.Column("prepaid_cents", sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("due_cents", sa.BigInteger()))
        batch.add_column(sa.Column("lines_entered", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.create_index(op.f("ix_invoices_number_bare"), ["number_bare"])
    _fill()
    with op.batch_alter_table("invoices") as batch:
        for column in ("number_bare", "prepaid_cents", "lines_entered"):
            batch.alter_column(column, server_default=None)


def _fill() -> None:
    """What the invoices already kept say, from their own terms."""
    bind = op.get_bind()
    rows = bind.execute(
        sa.select(
            _INVOICES.c.id,
            _INVOICES.c.number_key,
            _INVOICES.c.net_cents,
            _INVOICES.c.gross_cents,
            _INVOICES.c.terms,
        )
    ).all()
    for row in rows:
        terms = row.terms or {}
        # Kept negative on a credit note, whatever its file writes.
        sign = -1 if _cents(terms.get("BT-109")) == -row.net_cents != row.net_cents else 1
        prepaid, due = _cents(terms.get("BT-113")), _cents(terms.get("BT-115"))
        if prepaid is None:
            prepaid = sign * row.gross_cents - due if due is not None and "BT-114" not in terms else 0
        bind.execute(
            sa.update(_INVOICES)
            .where(_INVOICES.c.id == row.id)
            .values(
                number_bare=re.sub(r"[\W_]", "", row.number_key) or row.number_key,
                prepaid_cents=sign * prepaid,
                due_cents=None if due is None else sign * due,
            )
        )


def _cents(value: Any) -> int | None:
    try:
        return int(Decimal(str(value)) * 100) if isinstance(value, str) else None
    except InvalidOperation:
        return None


def downgrade() -> None:
    with op.batch_alter_table("invoices") as batch:
        batch.drop_index(op.f("ix_invoices_number_bare"))
        for column in ("lines_entered", "due_cents", "prepaid_cents", "number_bare"):
            batch.drop_column(column)
    # A plain document that nobody entered is no invoice to the former house, which reads them all.
    op.execute(
        "DELETE FROM documents WHERE page_count IS NOT NULL AND id NOT IN (SELECT document_id FROM invoices)"
    )
    with op.batch_alter_table("documents") as batch:
        batch.drop_column("page_count")
