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
    _second_factors()


def _second_factors() -> None:
    op.create_table(
        "second_factors",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "last_step IS NULL OR confirmed_at IS NOT NULL",
            name=op.f("ck_second_factors_used_once_confirmed"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_second_factors_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_recovery_codes_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("person_id", "code_hash", name=op.f("uq_recovery_codes_person_id_code_hash")),
    )


def downgrade() -> None:
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
    op.drop_index("ix_purchase_lines_solution_id_id", table_name="purchase_lines")
    op.create_index("ix_purchase_lines_solution_id", "purchase_lines", ["solution_id"])
    with op.batch_alter_table("companies") as table:
        table.drop_column("founded_on")
    with op.batch_alter_table("claims") as table:
        table.drop_index("ix_claims_risk_weight")
        table.drop_column("risk_weight")
    op.drop_table("risk_flags")
