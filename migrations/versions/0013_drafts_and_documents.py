"""What was declared at filing; who said what of a line; what a document is for; where an invoice comes from."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_OTHERS = "'table', 'invoice_copy', 'payment_proof', 'contract', 'replacement_proof', 'answer'"
_PURPOSES = f"purpose IN ('invoice', {_OTHERS})"


def upgrade() -> None:
    op.add_column("claims", sa.Column("declarations", sa.JSON(), nullable=True))
    op.add_column("purchase_lines", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("purchase_lines", sa.Column("changed_by", sa.String(length=120), nullable=True))
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
    for table, column in (("documents", "purpose"), ("invoices", "source")):
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
    op.drop_column("purchase_lines", "changed_by")
    op.drop_column("purchase_lines", "changed_at")
    op.drop_column("claims", "declarations")
