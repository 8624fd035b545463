"""Dossiers, from the documents to the sealed decision."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_due_on", sa.Date(), nullable=True),
        sa.Column("acknowledgement", sa.JSON(), nullable=True),
        sa.CheckConstraint("channel IN ('claim', 'advance')", name=op.f("ck_claims_channel")),
        sa.CheckConstraint(
            "status = 'draft' OR status = 'abandoned' OR (number IS NOT NULL AND filed_at IS NOT NULL)",
            name=op.f("ck_claims_filed_has_number"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'filed', 'awaiting_documents', 'under_review', 'proposed', 'waiting_list', "
            "'granted', 'partly_granted', 'refused', 'pending', 'abandoned', 'revoked', 'annulled')",
            name=op.f("ck_claims_status"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_claims_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["persons.id"], name=op.f("fk_claims_created_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("number", name=op.f("uq_claims_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_claims_reference")),
    )
    op.create_index(op.f("ix_claims_company_id"), "claims", ["company_id"], unique=False)
    op.create_index(op.f("ix_claims_status"), "claims", ["status"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("bonus_cents", sa.BigInteger(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("facts_sha256", sa.String(length=64), nullable=False),
        sa.Column("parameters_version", sa.String(length=64), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "outcome <> 'refused' OR bonus_cents = 0", name=op.f("ck_decisions_refused_pays_nothing")
        ),
        sa.CheckConstraint(
            "outcome IN ('granted', 'partly_granted', 'pending', 'refused')",
            name=op.f("ck_decisions_outcome"),
        ),
        sa.CheckConstraint("bonus_cents >= 0", name=op.f("ck_decisions_bonus")),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name=op.f("ck_decisions_two_persons")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_decisions_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["persons.id"], name=op.f("fk_decisions_decided_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["persons.id"], name=op.f("fk_decisions_proposed_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_decisions_claim_id")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("original_name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_as", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_documents_size")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_documents_claim_id_claims")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("claim_id", "sha256", name=op.f("uq_documents_claim_id_sha256")),
        sa.UniqueConstraint("reference", name=op.f("uq_documents_reference")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_documents_stored_as")),
    )
    op.create_index(op.f("ix_documents_claim_id"), "documents", ["claim_id"], unique=False)
    op.create_table(
        "proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome = 'apply' OR length(reasons) > 0", name=op.f("ck_proposals_refusal_has_reasons")
        ),
        sa.CheckConstraint("outcome IN ('apply', 'refuse')", name=op.f("ck_proposals_outcome")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_proposals_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["persons.id"], name=op.f("fk_proposals_reviewer_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index(op.f("ix_proposals_claim_id"), "proposals", ["claim_id"], unique=False)
    op.create_table(
        "status_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("old_status", sa.String(length=20), nullable=False),
        sa.Column("new_status", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_status_changes_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_status_changes_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_changes")),
    )
    op.create_index(op.f("ix_status_changes_claim_id"), "status_changes", ["claim_id"], unique=False)
    op.create_index(op.f("ix_status_changes_person_id"), "status_changes", ["person_id"], unique=False)
    op.create_table(
        "invoices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("syntax", sa.String(length=10), nullable=False),
        sa.Column("profile", sa.String(length=20), nullable=False),
        sa.Column("supplier_identifier", sa.String(length=20), nullable=False),
        sa.Column("supplier_name", sa.String(length=200), nullable=False),
        sa.Column("buyer_identifier", sa.String(length=20), nullable=False),
        sa.Column("buyer_name", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("number_key", sa.String(length=100), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("is_credit_note", sa.Boolean(), nullable=False),
        sa.Column("corrects", sa.JSON(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.Column("gross_cents", sa.BigInteger(), nullable=False),
        sa.Column("lines_from_totals", sa.Boolean(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_invoices_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_invoices_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("document_id", name=op.f("uq_invoices_document_id")),
    )
    op.create_index(op.f("ix_invoices_claim_id"), "invoices", ["claim_id"], unique=False)
    op.create_index(op.f("ix_invoices_number_key"), "invoices", ["number_key"], unique=False)
    op.create_index(
        op.f("ix_invoices_supplier_identifier"), "invoices", ["supplier_identifier"], unique=False
    )
    op.create_table(
        "purchase_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=True),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.Column("service_start", sa.Date(), nullable=True),
        sa.Column("service_end", sa.Date(), nullable=True),
        sa.Column("replaces_foreign", sa.Boolean(), nullable=False),
        sa.Column("other_public_aid_cents", sa.BigInteger(), nullable=False),
        sa.Column("solution_id", sa.Integer(), nullable=True),
        sa.Column("match_reason", sa.String(length=300), nullable=False),
        sa.Column("matched_by_person", sa.Boolean(), nullable=False),
        sa.CheckConstraint("other_public_aid_cents >= 0", name=op.f("ck_purchase_lines_other_aid")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_purchase_lines_invoice_id_invoices")
        ),
        sa.ForeignKeyConstraint(
            ["solution_id"], ["solutions.id"], name=op.f("fk_purchase_lines_solution_id_solutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_lines")),
        sa.UniqueConstraint("invoice_id", "position", name=op.f("uq_purchase_lines_invoice_id_position")),
    )
    op.create_index(op.f("ix_purchase_lines_invoice_id"), "purchase_lines", ["invoice_id"], unique=False)
    op.create_table(
        "decided_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("base_cents", sa.BigInteger(), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.Column("bonus_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status = 'eligible' OR bonus_cents = 0", name=op.f("ck_decided_lines_only_eligible_paid")
        ),
        sa.CheckConstraint(
            "status = 'eligible' OR reason IS NOT NULL", name=op.f("ck_decided_lines_reason_given")
        ),
        sa.CheckConstraint(
            "status IN ('eligible', 'pending', 'refused')", name=op.f("ck_decided_lines_status")
        ),
        sa.CheckConstraint(
            "base_cents >= 0 AND bonus_cents >= 0 AND bonus_cents <= base_cents",
            name=op.f("ck_decided_lines_amounts"),
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_decided_lines_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["purchase_lines.id"], name=op.f("fk_decided_lines_line_id_purchase_lines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decided_lines")),
        sa.UniqueConstraint("line_id", name=op.f("uq_decided_lines_line_id")),
    )
    op.create_index(op.f("ix_decided_lines_decision_id"), "decided_lines", ["decision_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_decided_lines_decision_id"), table_name="decided_lines")
    op.drop_table("decided_lines")
    op.drop_index(op.f("ix_purchase_lines_invoice_id"), table_name="purchase_lines")
    op.drop_table("purchase_lines")
    op.drop_index(op.f("ix_invoices_supplier_identifier"), table_name="invoices")
    op.drop_index(op.f("ix_invoices_number_key"), table_name="invoices")
    op.drop_index(op.f("ix_invoices_claim_id"), table_name="invoices")
    op.drop_table("invoices")
    op.drop_index(op.f("ix_status_changes_person_id"), table_name="status_changes")
    op.drop_index(op.f("ix_status_changes_claim_id"), table_name="status_changes")
    op.drop_table("status_changes")
    op.drop_index(op.f("ix_proposals_claim_id"), table_name="proposals")
    op.drop_table("proposals")
    op.drop_index(op.f("ix_documents_claim_id"), table_name="documents")
    op.drop_table("documents")
    op.drop_table("decisions")
    op.drop_index(op.f("ix_claims_status"), table_name="claims")
    op.drop_index(op.f("ix_claims_company_id"), table_name="claims")
    op.drop_table("claims")
