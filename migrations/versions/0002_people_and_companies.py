"""People, their roles, companies and mandates."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounting_firms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounting_firms")),
        sa.UniqueConstraint("siren", name=op.f("uq_accounting_firms_siren")),
    )
    op.create_table(
        "companies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("naf", sa.String(length=6), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("turnover_cents", sa.BigInteger(), nullable=False),
        sa.Column("balance_sheet_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_recoverable", sa.Boolean(), nullable=False),
        sa.Column("ceased_on", sa.Date(), nullable=True),
        sa.Column("in_liquidation", sa.Boolean(), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("postcode", sa.String(length=10), nullable=False),
        sa.Column("town", sa.String(length=100), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("fictitious", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('enterprise', 'public_body')", name=op.f("ck_companies_kind")),
        sa.CheckConstraint(
            "headcount >= 0 AND turnover_cents >= 0 AND balance_sheet_cents >= 0",
            name=op.f("ck_companies_figures_not_negative"),
        ),
        sa.CheckConstraint("length(siren) = 9", name=op.f("ck_companies_siren_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
        sa.UniqueConstraint("siren", name=op.f("uq_companies_siren")),
    )
    op.create_table(
        "persons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("session_stamp", sa.String(length=43), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_persons_email_lower_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("email", name=op.f("uq_persons_email")),
    )
    op.create_table(
        "agent_roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.CheckConstraint(
            "role IN ('reviewer', 'authorising_officer', 'accounting_officer', 'registry_keeper', 'administrator')",
            name=op.f("ck_agent_roles_role"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_agent_roles_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_roles")),
        sa.UniqueConstraint("person_id", "role", name=op.f("uq_agent_roles_person_id_role")),
    )
    op.create_table(
        "bank_accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=140), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=False),
        sa.Column("bic", sa.String(length=11), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.String(length=120), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_bank_accounts_company_id_companies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_accounts")),
    )
    op.create_index(
        "uq_bank_accounts_in_force",
        "bank_accounts",
        ["company_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "company_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("member", sa.String(length=20), nullable=False),
        sa.CheckConstraint("kind IN ('group', 'single_undertaking')", name=op.f("ck_company_links_kind")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_company_links_company_id_companies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_links")),
        sa.UniqueConstraint(
            "company_id", "kind", "member", name=op.f("uq_company_links_company_id_kind_member")
        ),
    )
    op.create_index(op.f("ix_company_links_member"), "company_links", ["member"], unique=False)
    op.create_table(
        "company_members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'filer', 'reader')", name=op.f("ck_company_members_role")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_company_members_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_company_members_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_members")),
        sa.UniqueConstraint("person_id", "company_id", name=op.f("uq_company_members_person_id_company_id")),
    )
    op.create_index(op.f("ix_company_members_company_id"), "company_members", ["company_id"], unique=False)
    op.create_table(
        "firm_members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["firm_id"], ["accounting_firms.id"], name=op.f("fk_firm_members_firm_id_accounting_firms")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_firm_members_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firm_members")),
        sa.UniqueConstraint("person_id", "firm_id", name=op.f("uq_firm_members_person_id_firm_id")),
    )
    op.create_index(op.f("ix_firm_members_firm_id"), "firm_members", ["firm_id"], unique=False)
    op.create_table(
        "fiscal_years",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("turnover_cents", sa.BigInteger(), nullable=False),
        sa.Column("regime", sa.String(length=10), nullable=False),
        sa.CheckConstraint("regime IN ('reduction', 'deduction')", name=op.f("ck_fiscal_years_regime")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_fiscal_years_dates")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_fiscal_years_company_id_companies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fiscal_years")),
        sa.UniqueConstraint("company_id", "ends_on", name=op.f("uq_fiscal_years_company_id_ends_on")),
    )
    op.create_table(
        "mandates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_mandates_dates")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_mandates_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["firm_id"], ["accounting_firms.id"], name=op.f("fk_mandates_firm_id_accounting_firms")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
    )
    op.create_index(op.f("ix_mandates_firm_id"), "mandates", ["firm_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_mandates_firm_id"), table_name="mandates")
    op.drop_table("mandates")
    op.drop_table("fiscal_years")
    op.drop_index(op.f("ix_firm_members_firm_id"), table_name="firm_members")
    op.drop_table("firm_members")
    op.drop_index(op.f("ix_company_members_company_id"), table_name="company_members")
    op.drop_table("company_members")
    op.drop_index(op.f("ix_company_links_member"), table_name="company_links")
    op.drop_table("company_links")
    op.drop_index(
        "uq_bank_accounts_in_force",
        table_name="bank_accounts",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("bank_accounts")
    op.drop_table("agent_roles")
    op.drop_table("persons")
    op.drop_table("companies")
    op.drop_table("accounting_firms")
