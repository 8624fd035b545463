"""Risk flags of dossiers; when a company was founded; the second factor of agents; campaigns of controls."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "risk_flags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(30), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("weight > 0", name=op.f("ck_risk_flags_weight")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_risk_flags_claim_id_claims")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_flags")),
        sa.UniqueConstraint("claim_id", "code", name=op.f("uq_risk_flags_claim_id_code")),
    )
    with op.batch_alter_table("claims") as table:
        table.add_column(sa.Column("risk_weight", sa.Integer(), nullable=False, server_default="0"))
        table.create_index("ix_claims_risk_weight", ["risk_weight"])
    with op.batch_alter_table("claims") as table:
        table.alter_column("risk_weight", existing_type=sa.Integer(), server_default=None)
    with op.batch_alter_table("companies") as table:
        table.add_column(sa.Column("founded_on", sa.Date(), nullable=True))
    op.drop_index("ix_purchase_lines_solution_id", table_name="purchase_lines")
    op.create_index("ix_purchase_lines_solution_id_id", "purchase_lines", ["solution_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_purchase_lines_solution_id_id", table_name="purchase_lines")
    op.create_index("ix_purchase_lines_solution_id", "purchase_lines", ["solution_id"])
    with op.batch_alter_table("companies") as table:
        table.drop_column("founded_on")
    with op.batch_alter_table("claims") as table:
        table.drop_index("ix_claims_risk_weight")
        table.drop_column("risk_weight")
    op.drop_table("risk_flags")
