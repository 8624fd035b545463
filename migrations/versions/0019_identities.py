"""Identities that ProConnect tells, and accounts that have no password."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_identities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("siret", sa.String(length=14), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_person_identities_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_person_identities_issuer_subject")),
    )
    op.create_index(op.f("ix_person_identities_person_id"), "person_identities", ["person_id"])
    with op.batch_alter_table("persons") as batch:
        batch.alter_column("password_hash", existing_type=sa.String(length=200), nullable=True)


def downgrade() -> None:
    """The former house wants a hash: those who have none get one that no password matches."""
    op.execute("UPDATE persons SET password_hash = '!' WHERE password_hash IS NULL")
    with op.batch_alter_table("persons") as batch:
        batch.alter_column("password_hash", existing_type=sa.String(length=200), nullable=False)
    op.drop_index(op.f("ix_person_identities_person_id"), table_name="person_identities")
    op.drop_table("person_identities")
