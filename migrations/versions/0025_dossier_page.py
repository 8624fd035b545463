"""The agents' notes on a dossier, who has it open, and the pages of its documents as pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "internal_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 5000", name=op.f("ck_internal_notes_text")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_internal_notes_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_internal_notes_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_internal_notes")),
    )
    op.create_index(op.f("ix_internal_notes_claim_id"), "internal_notes", ["claim_id"])
    op.create_table(
        "presences",
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("page", sa.String(length=22), nullable=False),
        sa.CheckConstraint("since <= seen_at", name=op.f("ck_presences_order")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_presences_claim_id_claims")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_presences_person_id_persons")),
        sa.PrimaryKeyConstraint("claim_id", "person_id", name=op.f("pk_presences")),
    )
    op.create_table(
        "document_sheets",
        sa.Column("document_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.CheckConstraint("pages >= 0", name=op.f("ck_document_sheets_pages")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_sheets_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document_sheets")),
    )
    op.create_table(
        "document_pictures",
        sa.Column("document_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("page", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stored_as", sa.String(length=64), nullable=False),
        sa.CheckConstraint("page > 0", name=op.f("ck_document_pictures_page")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_pictures_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("document_id", "page", name=op.f("pk_document_pictures")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_document_pictures_stored_as")),
    )


def downgrade() -> None:
    op.drop_table("document_pictures")
    op.drop_table("document_sheets")
    op.drop_table("presences")
    op.drop_table("internal_notes")
