"""The figures of the months, counted each night for the service's report."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("region", sa.String(length=10), nullable=False),
        sa.Column("axis", sa.String(length=20), nullable=False),
        sa.Column("old_queue", sa.String(length=20), nullable=False),
        sa.Column("new_queue", sa.String(length=20), nullable=False),
        sa.Column("dossiers", sa.Integer(), nullable=False),
        sa.CheckConstraint("dossiers > 0", name=op.f("ck_report_moves_dossiers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_moves")),
    )
    op.create_index("ix_report_moves_scope", "report_moves", ["axis", "region", "month"])
    op.create_table(
        "report_delays",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("region", sa.String(length=10), nullable=False),
        sa.Column("axis", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("dossiers", sa.Integer(), nullable=False),
        sa.CheckConstraint("dossiers > 0", name=op.f("ck_report_delays_dossiers")),
        sa.CheckConstraint("days >= 0", name=op.f("ck_report_delays_days")),
        sa.CheckConstraint("kind IN ('officer', 'rule', 'silence')", name=op.f("ck_report_delays_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_delays")),
    )
    op.create_index("ix_report_delays_scope", "report_delays", ["axis", "region", "month"])
    state = op.create_table(
        "report_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_report_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_state")),
    )
    op.bulk_insert(state, [{"id": 1, "measured_at": None}])


def downgrade() -> None:
    op.drop_table("report_state")
    op.drop_index("ix_report_delays_scope", table_name="report_delays")
    op.drop_table("report_delays")
    op.drop_index("ix_report_moves_scope", table_name="report_moves")
    op.drop_table("report_moves")
