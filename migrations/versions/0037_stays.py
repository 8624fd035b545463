"""How long dossiers stay in each queue, and how old is what it holds: for the service's report."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_COUNTED = {"report_stays": "days", "report_ages": "age"}


def upgrade() -> None:
    for table, what in _COUNTED.items():
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("month", sa.Date(), nullable=False),
            sa.Column("region", sa.String(length=10), nullable=False),
            sa.Column("axis", sa.String(length=20), nullable=False),
            sa.Column("queue", sa.String(length=20), nullable=False),
            sa.Column(what, sa.Integer(), nullable=False),
            sa.Column("dossiers", sa.Integer(), nullable=False),
            sa.CheckConstraint("dossiers > 0", name=op.f(f"ck_{table}_dossiers")),
            sa.CheckConstraint(f"{what} >= 0", name=op.f(f"ck_{table}_{what}")),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        )
        op.create_index(f"ix_{table}_scope", table, ["axis", "region", "month"])


def downgrade() -> None:
    for table in reversed(_COUNTED):
        op.drop_index(f"ix_{table}_scope", table_name=table)
        op.drop_table(table)
