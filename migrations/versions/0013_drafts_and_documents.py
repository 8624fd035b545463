"""A draft has a version; a document has a purpose; an invoice says where it comes from, and many may share a file."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_PURPOSES = "purpose IN ('invoice', 'table', 'invoice_copy', 'payment_proof', 'contract', 'replacement_proof', 'answer')"


def upgrade() -> None:
    with op.batch_alter_table("claims") as batch:
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("documents") as batch:
        batch.add_column(sa.Column("purpose", sa.String(length=20), nullable=False, server_default="invoice"))
        batch.create_check_constraint(op.f("ck_documents_purpose"), _PURPOSES)
    with op.batch_alter_table("invoices") as batch:
        batch.add_column(
            sa.Column("source", sa.String(length=10), nullable=False, server_default="structured")
        )
        batch.create_check_constraint(op.f("ck_invoices_source"), "source IN ('structured', 'hand', 'table')")
        batch.drop_constraint("uq_invoices_document_id", type_="unique")
        batch.create_index(op.f("ix_invoices_document_id"), ["document_id"])
    for table, column in (("claims", "version"), ("documents", "purpose"), ("invoices", "source")):
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, server_default=None)


def downgrade() -> None:
    """The former house knows one e-invoice a file, and no other document: the rest goes, it cannot hold it."""
    lines = "SELECT id FROM purchase_lines WHERE invoice_id IN (SELECT id FROM invoices WHERE source <> 'structured')"
    op.execute(f"DELETE FROM decided_lines WHERE line_id IN ({lines})")
    op.execute(f"DELETE FROM purchase_lines WHERE id IN ({lines})")
    op.execute("DELETE FROM invoices WHERE source <> 'structured'")
    op.execute("DELETE FROM documents WHERE purpose <> 'invoice'")
    with op.batch_alter_table("invoices") as batch:
        batch.drop_index(op.f("ix_invoices_document_id"))
        batch.create_unique_constraint("uq_invoices_document_id", ["document_id"])
        batch.drop_constraint(op.f("ck_invoices_source"), type_="check")
        batch.drop_column("source")
    with op.batch_alter_table("documents") as batch:
        batch.drop_constraint(op.f("ck_documents_purpose"), type_="check")
        batch.drop_column("purpose")
    with op.batch_alter_table("claims") as batch:
        batch.drop_column("version")
