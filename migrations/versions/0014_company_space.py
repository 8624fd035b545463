"""The company's space: de minimis aids declared, invitations, bank accounts that wait to be checked."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_INSTRUMENTS = (
    "instrument IN ('grant', 'interest_subsidy', 'loan', 'guarantee', 'tax_advantage', 'equity', 'other')"
)
_OPEN = sa.text("accepted_at IS NULL AND cancelled_at IS NULL")
_NOT_ENDED = sa.text("ended_at IS NULL")
_IN_FORCE = sa.text("ended_at IS NULL AND checked_at IS NOT NULL")
_PENDING = sa.text("ended_at IS NULL AND checked_at IS NULL")
_PROOF = {
    "proof_name": sa.String(length=255),
    "proof_media_type": sa.String(length=40),
    "proof_size": sa.Integer(),
    "proof_sha256": sa.String(length=64),
    "proof_stored_as": sa.String(length=64),
}


def upgrade() -> None:
    op.create_table(
        "de_minimis_aids",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=20), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("instrument", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_de_minimis_aids_amount")),
        sa.CheckConstraint(_INSTRUMENTS, name=op.f("ck_de_minimis_aids_instrument")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_de_minimis_aids_company_id_companies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_de_minimis_aids")),
    )
    op.create_index(op.f("ix_de_minimis_aids_company_id"), "de_minimis_aids", ["company_id"])
    op.create_index(op.f("ix_de_minimis_aids_recipient"), "de_minimis_aids", ["recipient"])
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times_sent", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('owner', 'filer', 'reader')", name=op.f("ck_invitations_role")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_invitations_email_lower_case")),
        sa.CheckConstraint(
            "accepted_at IS NULL OR cancelled_at IS NULL", name=op.f("ck_invitations_accepted_or_cancelled")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_invitations_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["persons.id"], name=op.f("fk_invitations_invited_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_invitations_secret_sha256")),
    )
    op.create_index(op.f("ix_invitations_company_id"), "invitations", ["company_id"])
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["company_id", "email"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    with op.batch_alter_table("mail_messages") as batch:
        batch.add_column(sa.Column("secret", sa.String(length=100), nullable=True))
    op.drop_index("uq_bank_accounts_in_force", table_name="bank_accounts")
    with op.batch_alter_table("bank_accounts") as batch:
        for column in ("requested_by_id", "checked_by_id"):
            batch.add_column(sa.Column(column, sa.Integer(), nullable=True))
            batch.create_foreign_key(f"fk_bank_accounts_{column}_persons", "persons", [column], ["id"])
        batch.add_column(sa.Column("refused_reason", sa.String(length=1000), nullable=True))
        for name, kind in _PROOF.items():
            batch.add_column(sa.Column(name, kind, nullable=True))
        batch.create_check_constraint(
            op.f("ck_bank_accounts_checked_by_another"), "checked_by_id <> requested_by_id"
        )
        batch.create_check_constraint(
            op.f("ck_bank_accounts_refused_is_ended"), "refused_reason IS NULL OR ended_at IS NOT NULL"
        )
    _index("uq_bank_accounts_in_force", _IN_FORCE)
    _index("uq_bank_accounts_pending", _PENDING)


def downgrade() -> None:
    """The former house has one account that is not ended: one that waits beside another in force is given up."""
    op.drop_index("uq_bank_accounts_pending", table_name="bank_accounts")
    op.drop_index("uq_bank_accounts_in_force", table_name="bank_accounts")
    op.execute(
        "UPDATE bank_accounts SET ended_at = created_at WHERE ended_at IS NULL AND checked_at IS NULL AND "
        "company_id IN (SELECT company_id FROM bank_accounts WHERE ended_at IS NULL AND checked_at IS NOT NULL)"
    )
    with op.batch_alter_table("bank_accounts") as batch:
        batch.drop_constraint(op.f("ck_bank_accounts_refused_is_ended"), type_="check")
        batch.drop_constraint(op.f("ck_bank_accounts_checked_by_another"), type_="check")
        for name in reversed(_PROOF):
            batch.drop_column(name)
        batch.drop_column("refused_reason")
        for column in ("checked_by_id", "requested_by_id"):
            batch.drop_constraint(f"fk_bank_accounts_{column}_persons", type_="foreignkey")
            batch.drop_column(column)
    _index("uq_bank_accounts_in_force", _NOT_ENDED)
    with op.batch_alter_table("mail_messages") as batch:
        batch.drop_column("secret")
    op.drop_table("invitations")
    op.drop_table("de_minimis_aids")


def _index(name: str, which: sa.TextClause) -> None:
    """One account a company among those of a kind."""
    op.create_index(
        name, "bank_accounts", ["company_id"], unique=True, sqlite_where=which, postgresql_where=which
    )
