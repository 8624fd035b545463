"""Acts of an agent on many dossiers at once, and what became of each."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("params", sa.JSON(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "action IN ('assign', 'ask', 'propose', 'refuse')", name=op.f("ck_bulk_acts_action")
        ),
        sa.CheckConstraint(
            "status IN ('chosen', 'running', 'done', 'abandoned')", name=op.f("ck_bulk_acts_status")
        ),
        sa.CheckConstraint(
            "done >= 0 AND refused >= 0 AND done + refused <= total", name=op.f("ck_bulk_acts_progress")
        ),
        sa.CheckConstraint(
            "status NOT IN ('running', 'done') OR params IS NOT NULL", name=op.f("ck_bulk_acts_confirmed")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["persons.id"], name=op.f("fk_bulk_acts_created_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_acts")),
        sa.UniqueConstraint("reference", name=op.f("uq_bulk_acts_reference")),
    )
    op.create_index(op.f("ix_bulk_acts_created_by_id"), "bulk_acts", ["created_by_id"])
    op.create_table(
        "bulk_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=True),
        sa.CheckConstraint("state IN ('ready', 'done', 'refused')", name=op.f("ck_bulk_items_state")),
        sa.CheckConstraint(
            "(state = 'refused') = (sentence IS NOT NULL)", name=op.f("ck_bulk_items_refusal_has_reason")
        ),
        sa.ForeignKeyConstraint(["act_id"], ["bulk_acts.id"], name=op.f("fk_bulk_items_act_id_bulk_acts")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_bulk_items_claim_id_claims")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_items")),
        sa.UniqueConstraint("act_id", "claim_id", name=op.f("uq_bulk_items_act_id_claim_id")),
    )
    op.create_index(op.f("ix_bulk_items_claim_id"), "bulk_items", ["claim_id"])
    op.create_index("ix_bulk_items_state", "bulk_items", ["act_id", "state", "id"])


def downgrade() -> None:
    op.drop_table("bulk_items")
    op.drop_table("bulk_acts")
