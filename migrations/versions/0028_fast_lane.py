"""The fast lane: seeds published, what is drawn, what suppliers contest."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

STATES = "state IN ('waiting', 'outside', 'drawn', 'contested', 'taken_out', 'left', 'decided', 'listed')"
SUBMITTED = sa.text("drawn IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "draw_seeds",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("closed", sa.Text(), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seed", sa.String(64), nullable=True),
        sa.Column("submitted", sa.Integer(), nullable=True),
        sa.Column("drawn_numbers", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("list_sha256", sa.String(64), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(seed IS NULL) = (published_at IS NULL)", name=op.f("ck_draw_seeds_published_with_results")
        ),
        sa.CheckConstraint("share_bp BETWEEN 0 AND 10000", name=op.f("ck_draw_seeds_share")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_draw_seeds")),
        sa.UniqueConstraint("sha256", name=op.f("uq_draw_seeds_sha256")),
    )
    op.create_table(
        "lane_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("last_conditions", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("drawn", sa.Boolean(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("out_by_id", sa.Integer(), nullable=True),
        sa.Column("trouble", sa.String(500), nullable=True),
        sa.CheckConstraint(STATES, name=op.f("ck_lane_entries_state")),
        sa.CheckConstraint(
            "state <> 'waiting' OR (due_on IS NOT NULL AND NOT drawn)",
            name=op.f("ck_lane_entries_waiting_is_due"),
        ),
        sa.CheckConstraint(
            "(state = 'taken_out') = (out_by_id IS NOT NULL)", name=op.f("ck_lane_entries_taken_out_by")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_lane_entries_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["out_by_id"], ["persons.id"], name=op.f("fk_lane_entries_out_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lane_entries")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_lane_entries_claim_id")),
    )
    op.create_index("ix_lane_entries_state_due_on", "lane_entries", ["state", "due_on"])
    op.create_index(
        "ix_lane_entries_submitted_on",
        "lane_entries",
        ["filed_on"],
        sqlite_where=SUBMITTED,
        postgresql_where=SUBMITTED,
    )
    op.create_table(
        "lane_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("supplier_identifier", sa.String(20), nullable=False),
        sa.Column("supplier_name", sa.String(200), nullable=False),
        sa.Column("secret_sha256", sa.String(64), nullable=False),
        sa.Column("invoices", sa.JSON(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("contested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(contested_at IS NULL) = (reason IS NULL)", name=op.f("ck_lane_notices_contested_with_reason")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["lane_entries.id"], name=op.f("fk_lane_notices_entry_id_lane_entries")
        ),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["mail_messages.id"], name=op.f("fk_lane_notices_mail_id_mail_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lane_notices")),
        sa.UniqueConstraint(
            "entry_id", "supplier_identifier", name=op.f("uq_lane_notices_entry_id_supplier_identifier")
        ),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_lane_notices_secret_sha256")),
    )


def downgrade() -> None:
    op.drop_table("lane_notices")
    op.drop_index("ix_lane_entries_submitted_on", table_name="lane_entries")
    op.drop_index("ix_lane_entries_state_due_on", table_name="lane_entries")
    op.drop_table("lane_entries")
    op.drop_table("draw_seeds")
