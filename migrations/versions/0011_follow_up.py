"""What follows a change of the registry: alerts, controls; several decisions for a dossier whose lines waited."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_purchase_lines_solution_id", "purchase_lines", ["solution_id"])
    with op.batch_alter_table("decisions") as batch:
        batch.add_column(sa.Column("rank", sa.Integer(), nullable=False, server_default="1"))
        batch.drop_constraint("uq_decisions_claim_id", type_="unique")
        batch.create_unique_constraint("uq_decisions_claim_id_rank", ["claim_id", "rank"])
        batch.create_check_constraint(op.f("ck_decisions_rank"), "rank > 0")
    with op.batch_alter_table("decisions") as batch:
        batch.alter_column("rank", server_default=None)
    with op.batch_alter_table("decided_lines") as batch:
        batch.drop_constraint("uq_decided_lines_line_id", type_="unique")
        batch.create_unique_constraint("uq_decided_lines_decision_id_line_id", ["decision_id", "line_id"])
    op.create_index("ix_decided_lines_line_id", "decided_lines", ["line_id"])
    op.create_table(
        "claim_alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("before_cents", sa.BigInteger(), nullable=False),
        sa.Column("after_cents", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("before_cents >= 0 AND after_cents >= 0", name=op.f("ck_claim_alerts_amounts")),
        sa.CheckConstraint(
            "kind IN ('recomputed', 'woken', 'control', 'favourable')", name=op.f("ck_claim_alerts_kind")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_alerts_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["registry_changes.id"], name=op.f("fk_claim_alerts_change_id_registry_changes")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_claim_alerts_person_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["seen_by_id"], ["persons.id"], name=op.f("fk_claim_alerts_seen_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_alerts")),
        sa.UniqueConstraint("claim_id", "change_id", name=op.f("uq_claim_alerts_claim_id_change_id")),
    )
    op.create_index("ix_claim_alerts_change_id", "claim_alerts", ["change_id"])
    op.create_index("ix_claim_alerts_person_id", "claim_alerts", ["person_id"])
    op.create_table(
        "controls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("ground", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("undue_cents", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ground IN ('withdrawn_retroactively', 'corrected', 'learned_late')",
            name=op.f("ck_controls_ground"),
        ),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_controls_status")),
        sa.CheckConstraint("undue_cents > 0", name=op.f("ck_controls_undue")),
        sa.CheckConstraint("status = 'open' OR closed_at IS NOT NULL", name=op.f("ck_controls_closed")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_controls_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["registry_changes.id"], name=op.f("fk_controls_change_id_registry_changes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_controls")),
        sa.UniqueConstraint("claim_id", "change_id", name=op.f("uq_controls_claim_id_change_id")),
    )
    op.create_index("ix_controls_change_id", "controls", ["change_id"])
    op.create_index("ix_controls_status", "controls", ["status"])


def downgrade() -> None:
    """Only while each dossier has one decision: the former form has no place for a second."""
    op.drop_table("controls")
    op.drop_table("claim_alerts")
    op.drop_index("ix_decided_lines_line_id", table_name="decided_lines")
    with op.batch_alter_table("decided_lines") as batch:
        batch.drop_constraint("uq_decided_lines_decision_id_line_id", type_="unique")
        batch.create_unique_constraint("uq_decided_lines_line_id", ["line_id"])
    with op.batch_alter_table("decisions") as batch:
        batch.drop_constraint("uq_decisions_claim_id_rank", type_="unique")
        batch.drop_constraint(op.f("ck_decisions_rank"), type_="check")
        batch.drop_column("rank")
        batch.create_unique_constraint("uq_decisions_claim_id", ["claim_id"])
    op.drop_index("ix_purchase_lines_solution_id", table_name="purchase_lines")
