"""Tables of purchase lines that companies load into their drafts."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_STATUSES = (
    "status IN ('queued', 'reading', 'previewed', 'taking', 'done', 'refused', 'abandoned', 'removed')"
)
_COUNTS = ("rows", "good", "already", "faulty", "invoices", "matched")


def upgrade() -> None:
    with op.batch_alter_table("documents") as batch:
        batch.alter_column("media_type", type_=sa.String(length=100), existing_type=sa.String(length=40))
    op.create_table(
        "purchase_tables",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_as", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("report_stored_as", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("keep_good", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("progress_done", sa.Integer(), nullable=False),
        sa.Column("progress_total", sa.Integer(), nullable=False),
        sa.Column("refusal", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_STATUSES, name=op.f("ck_purchase_tables_status")),
        sa.CheckConstraint(
            "progress_done >= 0 AND progress_done <= progress_total",
            name=op.f("ck_purchase_tables_progress"),
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_purchase_tables_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_purchase_tables_document_id_documents")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["persons.id"], name=op.f("fk_purchase_tables_created_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["persons.id"], name=op.f("fk_purchase_tables_decided_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_tables")),
        sa.UniqueConstraint("reference", name=op.f("uq_purchase_tables_reference")),
        sa.UniqueConstraint("document_id", name=op.f("uq_purchase_tables_document_id")),
    )
    op.create_index("ix_purchase_tables_claim_id", "purchase_tables", ["claim_id"])


def downgrade() -> None:
    """What the tables brought into dossiers stays there: revision 0013 knows what to do of it."""
    op.drop_table("purchase_tables")
    op.execute("UPDATE documents SET media_type = substr(media_type, 1, 40)")
    with op.batch_alter_table("documents") as batch:
        batch.alter_column("media_type", type_=sa.String(length=40), existing_type=sa.String(length=100))
