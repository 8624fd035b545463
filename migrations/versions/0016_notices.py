"""What companies are told of their dossiers; a draft may remember the simulation it comes from."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_KINDS = (
    "kind IN ('received', 'documents_asked', 'filing_deadline', 'answer_deadline', 'decided', 'waiting', 'paid', "
    "'label_ends')"
)


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(_KINDS, name=op.f("ck_notices_kind")),
        sa.CheckConstraint("(read_at IS NULL) = (read_by_id IS NULL)", name=op.f("ck_notices_read")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_notices_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_notices_company_id_companies")
        ),
        sa.ForeignKeyConstraint(["read_by_id"], ["persons.id"], name=op.f("fk_notices_read_by_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_notices_key")),
    )
    op.create_index("ix_notices_company_id_read_at", "notices", ["company_id", "read_at"])
    op.create_index("ix_notices_claim_id", "notices", ["claim_id"])
    with op.batch_alter_table("claims") as batch:
        batch.add_column(sa.Column("simulated", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("claims") as batch:
        batch.drop_column("simulated")
    op.drop_table("notices")
