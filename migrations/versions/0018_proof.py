"""The right to act for a company: who signed up, the letters sent; the companies already there are proven."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_SOURCES = "identity_source IN ('directory', 'declared', 'agent')"
_RUNNING = sa.text("used_at IS NULL AND ended_at IS NULL")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("companies") as batch:
        batch.add_column(
            sa.Column("identity_source", sa.String(length=10), nullable=False, server_default="agent")
        )
        batch.add_column(sa.Column("figures_set_at", _MOMENT, nullable=True))
        batch.add_column(sa.Column("proven_at", _MOMENT, nullable=True))
        batch.add_column(sa.Column("proven_by", sa.String(length=10), nullable=True))
    # Whoever was here had been let in by an agent, with figures of their own.
    op.execute(
        "UPDATE companies SET proven_at = created_at, proven_by = 'agent', figures_set_at = created_at"
    )
    with op.batch_alter_table("companies") as batch:
        batch.alter_column("identity_source", server_default=None)
        batch.create_check_constraint(op.f("ck_companies_identity_source"), _SOURCES)
        batch.create_check_constraint(
            op.f("ck_companies_proven_by"), "proven_by IN ('letter', 'proconnect', 'agent')"
        )
        batch.create_check_constraint(
            op.f("ck_companies_proven"), "(proven_at IS NULL) = (proven_by IS NULL)"
        )
    _sign_ups()
    _applications()
    _letters()


def _sign_ups() -> None:
    op.create_table(
        "sign_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("identity", sa.JSON(), nullable=False),
        sa.Column("identity_source", sa.String(length=10), nullable=False),
        sa.Column("next_page", sa.String(length=2000), nullable=True),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_sign_ups_email_lower_case")),
        sa.CheckConstraint("length(siren) = 9", name=op.f("ck_sign_ups_siren_length")),
        sa.CheckConstraint(_SOURCES, name=op.f("ck_sign_ups_identity_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ups")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_sign_ups_secret_sha256")),
    )
    op.create_index(op.f("ix_sign_ups_email"), "sign_ups", ["email"])
    op.create_index(op.f("ix_sign_ups_sent_at"), "sign_ups", ["sent_at"])


def _applications() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.CheckConstraint("outcome IN ('proven', 'overtaken')", name=op.f("ck_applications_outcome")),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_applications_ended")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_applications_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_applications_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("company_id", "person_id", name=op.f("uq_applications_company_id_person_id")),
    )
    op.create_index(op.f("ix_applications_person_id"), "applications", ["person_id"])


def _letters() -> None:
    op.create_table(
        "proof_letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("returned_at", _MOMENT, nullable=True),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_proof_letters_tries")),
        sa.CheckConstraint("(sent_at IS NULL) = (expires_at IS NULL)", name=op.f("ck_proof_letters_sent")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_proof_letters_application_id_applications")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_letters")),
    )
    op.create_index(op.f("ix_proof_letters_application_id"), "proof_letters", ["application_id"])
    op.create_index(
        "uq_proof_letters_running",
        "proof_letters",
        ["application_id"],
        unique=True,
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    )


def downgrade() -> None:
    op.drop_table("proof_letters")
    op.drop_table("applications")
    op.drop_table("sign_ups")
    # The former house lets every company file: one that nobody proved keeps its people out instead.
    op.execute(
        "DELETE FROM company_members WHERE company_id IN (SELECT id FROM companies WHERE proven_at IS NULL)"
    )
    with op.batch_alter_table("companies") as batch:
        for name in ("proven", "proven_by", "identity_source"):
            batch.drop_constraint(op.f(f"ck_companies_{name}"), type_="check")
        for column in ("proven_by", "proven_at", "figures_set_at", "identity_source"):
            batch.drop_column(column)
