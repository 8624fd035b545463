"""What titres claim, part by part, each with its own time (art. 14); sums received in excess in the ledger."""

import datetime as dt
import re
import zoneinfo

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_NOTICES = ("debt_barred",)
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
    op.add_column("register_entries", sa.Column("effective_on", sa.Date(), nullable=True))
    op.add_column("overpayments", sa.Column("given_back_on", sa.Date(), nullable=True))
    op.add_column("overpayments", sa.Column("given_back_reference", sa.String(length=60), nullable=True))
    _enter_overpayments()
    _titre_parts()
    _check("kind <> 'waived' OR undone_at IS NULL")
    _allow("notices", "kind", more=_NOTICES)


def _allow(table: str, column: str, *, more: tuple[str, ...] = (), less: tuple[str, ...] = ()) -> None:
    """Change what a column may hold, whatever the revisions before this one let it hold."""
    name = f"ck_{table}_{column}"
    (check,) = (one for one in sa.inspect(op.get_bind()).get_check_constraints(table) if one["name"] == name)
    known = [word for word in re.findall(r"'(\w+)'", check["sqltext"]) if word not in (*more, *less)]
    listed = ", ".join(repr(word) for word in (*known, *more))
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(name), type_="check")
        batch.create_check_constraint(op.f(name), f"{column} IN ({listed})")


def _titre_parts() -> None:
    """Of the titres issued before, what their undue sums explain stands, with the one day of each."""
    op.create_table(
        "titre_parts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("barred_on", sa.Date(), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_titre_parts_amount")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_titre_parts_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["purchase_lines.id"], name=op.f("fk_titre_parts_line_id_purchase_lines")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["recovery_orders.id"], name=op.f("fk_titre_parts_order_id_recovery_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_titre_parts")),
        sa.UniqueConstraint(
            "order_id", "decision_id", "line_id", name=op.f("uq_titre_parts_order_id_decision_id_line_id")
        ),
    )
    op.create_index(op.f("ix_titre_parts_barred_on"), "titre_parts", ["barred_on"])
    op.create_index(op.f("ix_titre_parts_decision_id"), "titre_parts", ["decision_id"])


def _check(condition: str) -> None:
    """Say of which settlements something may be undone."""
    name = op.f("ck_settlements_undone")
    with op.batch_alter_table("settlements") as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, condition)


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
    op.execute(sa.text("UPDATE notices SET kind = 'undue_settled' WHERE kind = 'debt_barred'"))
    _allow("notices", "kind", less=_NOTICES)
    _check("kind IN ('repaid', 'offset') OR undone_at IS NULL")
    op.drop_table("titre_parts")
    op.drop_column("register_entries", "effective_on")
    op.drop_column("overpayments", "given_back_reference")
    op.drop_column("overpayments", "given_back_on")
