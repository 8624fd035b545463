"""Mail to send, and the announcements of certifications that end."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("to", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "sent_at IS NULL OR refusal IS NULL", name=op.f("ck_mail_messages_sent_or_refused")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_messages_key")),
    )
    op.create_table(
        "end_announcements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certification_id", sa.Integer(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supplier_mail_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["certification_id"],
            ["certifications.id"],
            name=op.f("fk_end_announcements_certification_id_certifications"),
        ),
        sa.ForeignKeyConstraint(
            ["supplier_mail_id"],
            ["mail_messages.id"],
            name=op.f("fk_end_announcements_supplier_mail_id_mail_messages"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_end_announcements")),
        sa.UniqueConstraint(
            "certification_id", "ends_on", name=op.f("uq_end_announcements_certification_id_ends_on")
        ),
    )
    op.create_index("ix_end_announcements_supplier_mail_id", "end_announcements", ["supplier_mail_id"])
    op.create_table(
        "end_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["end_announcements.id"],
            name=op.f("fk_end_notices_announcement_id_end_announcements"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_end_notices_company_id_companies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_end_notices")),
        sa.UniqueConstraint(
            "announcement_id", "company_id", name=op.f("uq_end_notices_announcement_id_company_id")
        ),
    )
    op.create_index("ix_end_notices_company_id", "end_notices", ["company_id"])


def downgrade() -> None:
    op.drop_table("end_notices")
    op.drop_table("end_announcements")
    op.drop_table("mail_messages")
