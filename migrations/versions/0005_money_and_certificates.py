"""Envelopes, payments and tax certificates."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "envelopes",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("authorised_cents", sa.BigInteger(), nullable=False),
        sa.Column("committed_cents", sa.BigInteger(), nullable=False),
        sa.Column("committed_sme_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "committed_cents >= 0 AND committed_cents <= authorised_cents",
            name=op.f("ck_envelopes_never_overspent"),
        ),
        sa.CheckConstraint(
            "committed_sme_cents >= 0 AND committed_sme_cents <= committed_cents",
            name=op.f("ck_envelopes_sme_part"),
        ),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_envelopes")),
    )
    op.create_table(
        "payment_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("execution_on", sa.Date(), nullable=False),
        sa.Column("orders_count", sa.Integer(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("orders_count > 0 AND total_cents > 0", name=op.f("ck_payment_batches_not_empty")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["persons.id"], name=op.f("fk_payment_batches_created_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_batches")),
        sa.UniqueConstraint("number", name=op.f("uq_payment_batches_number")),
    )
    op.create_table(
        "commitments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("size_category", sa.String(length=10), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_commitments_amount")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_commitments_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(["year"], ["envelopes.year"], name=op.f("fk_commitments_year_envelopes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_commitments_decision_id")),
    )
    op.create_table(
        "payment_orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("held_reason", sa.String(length=300), nullable=True),
        sa.Column("payee", sa.String(length=140), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=True),
        sa.Column("bic", sa.String(length=11), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(status = 'in_batch') = (batch_id IS NOT NULL)", name=op.f("ck_payment_orders_batch")
        ),
        sa.CheckConstraint(
            "status <> 'held' OR held_reason IS NOT NULL", name=op.f("ck_payment_orders_held_reason")
        ),
        sa.CheckConstraint("status = 'held' OR iban IS NOT NULL", name=op.f("ck_payment_orders_iban_known")),
        sa.CheckConstraint("status IN ('held', 'to_pay', 'in_batch')", name=op.f("ck_payment_orders_status")),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_payment_orders_amount")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["payment_batches.id"], name=op.f("fk_payment_orders_batch_id_payment_batches")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_payment_orders_decision_id_decisions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_orders")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_payment_orders_decision_id")),
        sa.UniqueConstraint("number", name=op.f("uq_payment_orders_number")),
    )
    op.create_index(op.f("ix_payment_orders_batch_id"), "payment_orders", ["batch_id"], unique=False)
    op.create_index(op.f("ix_payment_orders_status"), "payment_orders", ["status"], unique=False)
    op.create_table(
        "tax_certificates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("fiscal_year_start", sa.Date(), nullable=False),
        sa.Column("fiscal_year_end", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "replaces_id IS NULL OR replaces_id < id",
            name=op.f("ck_tax_certificates_replaces_an_earlier_one"),
        ),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_tax_certificates_sequence")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_tax_certificates_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_tax_certificates_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["tax_certificates.id"],
            name=op.f("fk_tax_certificates_replaces_id_tax_certificates"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_certificates")),
        sa.UniqueConstraint(
            "decision_id", "fiscal_year_end", name=op.f("uq_tax_certificates_decision_id_fiscal_year_end")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_tax_certificates_number")),
        sa.UniqueConstraint("pdf_sha256", name=op.f("uq_tax_certificates_pdf_sha256")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_tax_certificates_replaces_id")),
        sa.UniqueConstraint("year", "sequence", name=op.f("uq_tax_certificates_year_sequence")),
    )
    op.create_index(op.f("ix_tax_certificates_company_id"), "tax_certificates", ["company_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_tax_certificates_company_id"), table_name="tax_certificates")
    op.drop_table("tax_certificates")
    op.drop_index(op.f("ix_payment_orders_status"), table_name="payment_orders")
    op.drop_index(op.f("ix_payment_orders_batch_id"), table_name="payment_orders")
    op.drop_table("payment_orders")
    op.drop_table("commitments")
    op.drop_table("payment_batches")
    op.drop_table("envelopes")
