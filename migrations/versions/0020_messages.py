"""The one request for documents of a dossier and its answer; messages on a dossier; the notices of both."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_FORMER = (
    "'received', 'documents_asked', 'filing_deadline', 'answer_deadline', 'decided', 'waiting', 'paid', "
    "'label_ends'"
)
_NEW = "'answer_received', 'answer_ended', 'message', 'withdrawn'"


def _kinds(kinds: str) -> None:
    with op.batch_alter_table("notices") as batch:
        batch.drop_constraint(op.f("ck_notices_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_notices_kind"), f"kind IN ({kinds})")


def upgrade() -> None:
    _kinds(f"{_FORMER}, {_NEW}")
    _requests()
    op.create_table(
        "claim_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("side IN ('company', 'reviewer')", name=op.f("ck_claim_messages_side")),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 5000", name=op.f("ck_claim_messages_text")),
        sa.CheckConstraint("(read_at IS NULL) = (read_by_id IS NULL)", name=op.f("ck_claim_messages_read")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_messages_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_claim_messages_person_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["read_by_id"], ["persons.id"], name=op.f("fk_claim_messages_read_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_messages")),
    )
    op.create_index("ix_claim_messages_claim_id_side", "claim_messages", ["claim_id", "side"])


def _requests() -> None:
    op.create_table(
        "document_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "answered_at IS NULL OR ended_at IS NULL", name=op.f("ck_document_requests_answered_or_ended")
        ),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by_id IS NULL)", name=op.f("ck_document_requests_answered_by")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_document_requests_claim_id_claims")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["persons.id"], name=op.f("fk_document_requests_asked_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["persons.id"], name=op.f("fk_document_requests_answered_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_requests")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_document_requests_claim_id")),
    )
    op.create_table(
        "requested_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.String(length=1000), nullable=False),
        sa.Column("unavailable", sa.String(length=1000), nullable=True),
        sa.CheckConstraint("length(title) > 0", name=op.f("ck_requested_items_title")),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["document_requests.id"],
            name=op.f("fk_requested_items_request_id_document_requests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requested_items")),
        sa.UniqueConstraint("request_id", "position", name=op.f("uq_requested_items_request_id_position")),
    )
    op.create_table(
        "requested_item_files",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_requested_item_files_document_id_documents")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["requested_items.id"], name=op.f("fk_requested_item_files_item_id_requested_items")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_requested_item_files")),
    )
    op.create_index(op.f("ix_requested_item_files_item_id"), "requested_item_files", ["item_id"])


def downgrade() -> None:
    # The former house cannot leave that status: its dossiers go back under review. Their files stay.
    op.execute("UPDATE claims SET status = 'under_review' WHERE status = 'awaiting_documents'")
    op.drop_table("claim_messages")
    op.drop_table("requested_item_files")
    op.drop_table("requested_items")
    op.drop_table("document_requests")
    op.execute(f"DELETE FROM notices WHERE kind IN ({_NEW})")
    _kinds(_FORMER)
