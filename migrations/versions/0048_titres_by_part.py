"""What titres claim, part by part, each with its own time (art. 14); sums received in excess in the ledger."""

import datetime as dt
import zoneinfo

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0045"
branch_labels = None
depends_on = None

_PAPERS = sa.text(
    "SELECT o.id, o.amount_cents, o.handled_at, r.number, "
    "(SELECT min(c.year) FROM recovery_lines l JOIN commitments c ON c.decision_id = l.decision_id "
    "WHERE l.recovery_id = r.recovery_id) AS year "
    "FROM overpayments o JOIN recovery_orders r ON r.id = o.order_id ORDER BY o.id"
)
_ENTRIES = sa.table(
    "ledger_entries",
    sa.column("key", sa.String),
    sa.column("kind", sa.String),
    sa.column("on", sa.Date),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("year", sa.Integer),
    sa.column("debit", sa.String),
    sa.column("credit", sa.String),
    sa.column("amount_cents", sa.BigInteger),
    sa.column("piece", sa.String),
)


def upgrade() -> None:
    op.add_column("overpayments", sa.Column("given_back_on", sa.Date(), nullable=True))
    op.add_column("overpayments", sa.Column("given_back_reference", sa.String(length=60), nullable=True))
    _enter_overpayments()


def _enter_overpayments() -> None:
    """What was received in excess before, and what of it was given back, entered today: months that are closed stay."""
    now = dt.datetime.now(zoneinfo.ZoneInfo("Europe/Paris"))
    accounts = {"overpaid": ("bank", "refundable"), "given_back": ("refundable", "bank")}
    # Entries stay when a revision goes.
    known = sa.select(_ENTRIES.c.key).where(_ENTRIES.c.kind.in_(accounts))
    entered = set(op.get_bind().scalars(known))
    rows = [
        {
            "key": f"{kind}:titre:{row.number}:{row.id}",
            "kind": kind,
            "on": now.date(),
            "at": now,
            "year": row.year,
            "debit": accounts[kind][0],
            "credit": accounts[kind][1],
            "amount_cents": row.amount_cents,
            "piece": f"titre:{row.number}",
        }
        for row in op.get_bind().execute(_PAPERS).all()
        for kind in ("overpaid", *(["given_back"] if row.handled_at else []))
        if f"{kind}:titre:{row.number}:{row.id}" not in entered
    ]
    if rows:
        op.bulk_insert(_ENTRIES, rows)


def downgrade() -> None:
    op.drop_column("overpayments", "given_back_reference")
    op.drop_column("overpayments", "given_back_on")
