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
    _campaigns()


OLD_GROUNDS = "'withdrawn_retroactively', 'corrected', 'learned_late'"


def _campaigns() -> None:
    op.create_table(
        "control_campaigns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("paid_from", sa.Date(), nullable=False),
        sa.Column("paid_until", sa.Date(), nullable=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("layers", sa.JSON(), nullable=False),
        sa.Column("population", sa.JSON(), nullable=False),
        sa.Column("population_count", sa.Integer(), nullable=False),
        sa.Column("population_sha256", sa.String(64), nullable=False),
        sa.Column("drawn", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("paid_from <= paid_until", name=op.f("ck_control_campaigns_period")),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["persons.id"], name=op.f("fk_control_campaigns_opened_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_campaigns")),
    )
    with op.batch_alter_table("controls") as table:
        table.add_column(sa.Column("campaign_id", sa.Integer(), nullable=True))
        table.alter_column("change_id", existing_type=sa.Integer(), nullable=True)
        table.drop_constraint("ground", type_="check")
        table.drop_constraint("undue", type_="check")
    with op.batch_alter_table("controls") as table:
        table.create_check_constraint("ground", f"ground IN ({OLD_GROUNDS}, 'campaign')")
        table.create_check_constraint("undue", "undue_cents > 0 OR (undue_cents = 0 AND ground = 'campaign')")
        table.create_check_constraint(
            "origin",
            "(ground = 'campaign') = (campaign_id IS NOT NULL AND change_id IS NULL)"
            " AND (change_id IS NULL) = (campaign_id IS NOT NULL)",
        )
        table.create_foreign_key(
            "fk_controls_campaign_id_control_campaigns", "control_campaigns", ["campaign_id"], ["id"]
        )
        table.create_unique_constraint("uq_controls_claim_id_campaign_id", ["claim_id", "campaign_id"])
        table.create_index("ix_controls_campaign_id", ["campaign_id"])


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
    op.execute("DELETE FROM controls WHERE ground = 'campaign'")
    with op.batch_alter_table("controls") as table:
        table.drop_index("ix_controls_campaign_id")
        table.drop_constraint("uq_controls_claim_id_campaign_id", type_="unique")
        table.drop_constraint("fk_controls_campaign_id_control_campaigns", type_="foreignkey")
        for name in ("origin", "undue", "ground"):
            table.drop_constraint(name, type_="check")
    with op.batch_alter_table("controls") as table:
        table.drop_column("campaign_id")
        table.alter_column("change_id", existing_type=sa.Integer(), nullable=False)
        table.create_check_constraint("ground", f"ground IN ({OLD_GROUNDS})")
        table.create_check_constraint("undue", "undue_cents > 0")
    op.drop_table("control_campaigns")
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
