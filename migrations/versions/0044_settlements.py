"""What settles titres de perception (art. 14): repayments, offsets, remissions, time; instalments; interruptions."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_NOTICES = ("undue_settled", "undue_plan")
_TABLES = (
    "settlements",
    "settlement_shares",
    "overpayments",
    "instalment_plans",
    "instalments",
    "interruptions",
)


def _allow(table: str, column: str, *, more: tuple[str, ...] = (), less: tuple[str, ...] = ()) -> None:
    """Change what a column may hold, whatever the revisions before this one let it hold."""
    name = f"ck_{table}_{column}"
    (check,) = (one for one in sa.inspect(op.get_bind()).get_check_constraints(table) if one["name"] == name)
    known = [word for word in re.findall(r"'(\w+)'", check["sqltext"]) if word not in (*more, *less)]
    listed = ", ".join(repr(word) for word in (*known, *more))
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(name), type_="check")
        batch.create_check_constraint(op.f(name), f"{column} IN ({listed})")


def upgrade() -> None:
    _allow("notices", "kind", more=_NOTICES)
    _allow("payment_holds", "reason", more=("undue",))
    _settlements()
    _instalments()


def _settlements() -> None:
    op.create_table(
        "settlements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("payment_order_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_settlements_amount")),
        sa.CheckConstraint(
            "kind IN ('repaid', 'offset', 'waived', 'barred')", name=op.f("ck_settlements_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'offset') = (payment_order_id IS NOT NULL)", name=op.f("ck_settlements_offset")
        ),
        sa.CheckConstraint("kind <> 'waived' OR reasons <> ''", name=op.f("ck_settlements_said_why")),
        sa.CheckConstraint(
            "kind IN ('repaid', 'offset') OR undone_at IS NULL", name=op.f("ck_settlements_undone")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["persons.id"], name=op.f("fk_settlements_by_id_persons")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["recovery_orders.id"], name=op.f("fk_settlements_order_id_recovery_orders")
        ),
        sa.ForeignKeyConstraint(
            ["payment_order_id"],
            ["payment_orders.id"],
            name=op.f("fk_settlements_payment_order_id_payment_orders"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlements")),
        sa.UniqueConstraint("reference", name=op.f("uq_settlements_reference")),
    )
    op.create_index("ix_settlements_order_id", "settlements", ["order_id", "id"])
    op.create_index(op.f("ix_settlements_payment_order_id"), "settlements", ["payment_order_id"])
    op.create_table(
        "settlement_shares",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("settlement_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_settlement_shares_amount")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_settlement_shares_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["purchase_lines.id"], name=op.f("fk_settlement_shares_line_id_purchase_lines")
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlements.id"], name=op.f("fk_settlement_shares_settlement_id_settlements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_shares")),
        sa.UniqueConstraint(
            "settlement_id",
            "decision_id",
            "line_id",
            name=op.f("uq_settlement_shares_settlement_id_decision_id_line_id"),
        ),
    )
    op.create_index(op.f("ix_settlement_shares_decision_id"), "settlement_shares", ["decision_id"])
    op.create_index(op.f("ix_settlement_shares_line_id"), "settlement_shares", ["line_id"])
    op.create_table(
        "overpayments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_overpayments_amount")),
        sa.CheckConstraint(
            "(handled_at IS NULL) = (handled_by_id IS NULL) AND (handled_at IS NULL) = (words IS NULL)",
            name=op.f("ck_overpayments_handled"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["persons.id"], name=op.f("fk_overpayments_by_id_persons")),
        sa.ForeignKeyConstraint(
            ["handled_by_id"], ["persons.id"], name=op.f("fk_overpayments_handled_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["recovery_orders.id"], name=op.f("fk_overpayments_order_id_recovery_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overpayments")),
        sa.UniqueConstraint("reference", name=op.f("uq_overpayments_reference")),
    )
    op.create_index(op.f("ix_overpayments_order_id"), "overpayments", ["order_id"])


def _instalments() -> None:
    op.create_table(
        "instalment_plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("start_cents", sa.BigInteger(), nullable=False),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status = 'asked' OR answered_at IS NOT NULL", name=op.f("ck_instalment_plans_answered")
        ),
        sa.CheckConstraint("count > 1", name=op.f("ck_instalment_plans_several")),
        sa.CheckConstraint(
            "status IN ('asked', 'accepted', 'refused', 'kept', 'broken')",
            name=op.f("ck_instalment_plans_status"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["persons.id"], name=op.f("fk_instalment_plans_answered_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["persons.id"], name=op.f("fk_instalment_plans_asked_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["recovery_orders.id"], name=op.f("fk_instalment_plans_order_id_recovery_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instalment_plans")),
    )
    op.create_index(op.f("ix_instalment_plans_order_id"), "instalment_plans", ["order_id"])
    op.create_index(
        "uq_instalment_plans_live",
        "instalment_plans",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('asked', 'accepted')"),
        postgresql_where=sa.text("status IN ('asked', 'accepted')"),
    )
    op.create_table(
        "instalments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_cents > 0 AND rank > 0", name=op.f("ck_instalments_amount")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["instalment_plans.id"], name=op.f("fk_instalments_plan_id_instalment_plans")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instalments")),
        sa.UniqueConstraint("plan_id", "rank", name=op.f("uq_instalments_plan_id_rank")),
    )
    op.create_table(
        "interruptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("former_barred_on", sa.Date(), nullable=False),
        sa.Column("barred_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('acknowledged', 'enforcement', 'court')", name=op.f("ck_interruptions_kind")
        ),
        sa.CheckConstraint("barred_on > former_barred_on", name=op.f("ck_interruptions_later")),
        sa.ForeignKeyConstraint(["by_id"], ["persons.id"], name=op.f("fk_interruptions_by_id_persons")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["recovery_orders.id"], name=op.f("fk_interruptions_order_id_recovery_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interruptions")),
        sa.UniqueConstraint("order_id", "reference", name=op.f("uq_interruptions_order_id_reference")),
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
    # The former house has no such notices, nor that reason to hold: they keep the nearest.
    op.execute("UPDATE notices SET kind = 'undue_claimed' WHERE kind IN ('undue_settled', 'undue_plan')")
    op.execute(
        "UPDATE payment_holds SET reason = 'by_hand', words = 'Un indu est ouvert.' WHERE reason = 'undue'"
    )
    _allow("notices", "kind", less=_NOTICES)
    _allow("payment_holds", "reason", less=("undue",))
