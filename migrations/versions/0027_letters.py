"""The letters of decisions and their templates, reasons asked for, decisions taken back."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_LETTERS = (
    "'granted', 'partly_granted', 'refused', 'pending', 'rule', 'appeal', 'silence', 'waiting', 'reasons', "
    "'hearing', 'revoked', 'dropped'"
)
_NOTICES = ("reasons", "hearing", "revoked", "revocation_dropped")
_PURPOSE = ("observation",)
_OPEN = sa.text("status = 'hearing'")


def _allow(table: str, column: str, *, more: tuple[str, ...] = (), less: tuple[str, ...] = ()) -> None:
    """Change what a column may hold, whatever the revisions before this one let it hold."""
    name = f"ck_{table}_{column}"
    (check,) = (one for one in sa.inspect(op.get_bind()).get_check_constraints(table) if one["name"] == name)
    known = [word for word in re.findall(r"'(\w+)'", check["sqltext"]) if word not in (*more, *less)]
    listed = ", ".join(repr(word) for word in (*known, *more))
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(name), type_="check")
        batch.create_check_constraint(op.f(name), f"{column} IN ({listed})")


def upgrade() -> None:
    _allow("notices", "kind", more=_NOTICES)
    _allow("documents", "purpose", more=_PURPOSE)
    _letters()
    _reasons()
    _revocations()
    with op.batch_alter_table("tax_certificates") as batch:
        batch.add_column(sa.Column("revocation_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_tax_certificates_revocation_id_revocations"), "revocations", ["revocation_id"], ["id"]
        )
        batch.drop_constraint(op.f("uq_tax_certificates_decision_id_fiscal_year_end"), type_="unique")
    op.create_index(
        "ix_tax_certificates_decision",
        "tax_certificates",
        ["decision_id", "fiscal_year_end"],
        unique=True,
        sqlite_where=sa.text("revocation_id IS NULL"),
        postgresql_where=sa.text("revocation_id IS NULL"),
    )
    op.create_index(
        "ix_tax_certificates_revocation",
        "tax_certificates",
        ["revocation_id", "fiscal_year_end"],
        unique=True,
    )


def _letters() -> None:
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=15), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("template_version", sa.Integer(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("content_sha256", sa.String(length=64), nullable=True),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.CheckConstraint(f"kind IN ({_LETTERS})", name=op.f("ck_letters_kind")),
        sa.CheckConstraint(
            "(written_at IS NULL) = (pdf IS NULL) AND (written_at IS NULL) = (content IS NULL)",
            name=op.f("ck_letters_whole"),
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_letters_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_letters_decision_id_decisions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("reference", name=op.f("uq_letters_reference")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_letters_decision_id")),
        sa.UniqueConstraint("about", name=op.f("uq_letters_about")),
    )
    op.create_index(op.f("ix_letters_claim_id"), "letters", ["claim_id"])
    op.create_table(
        "letter_templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=15), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"kind IN ({_LETTERS})", name=op.f("ck_letter_templates_kind")),
        sa.CheckConstraint("version > 0", name=op.f("ck_letter_templates_version")),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 12000", name=op.f("ck_letter_templates_text")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["persons.id"], name=op.f("fk_letter_templates_created_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_templates")),
        sa.UniqueConstraint("kind", "version", name=op.f("uq_letter_templates_kind_version")),
    )


def _reasons() -> None:
    op.create_table(
        "reasons_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by_id IS NULL)", name=op.f("ck_reasons_requests_answered_by")
        ),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (reasons IS NULL)", name=op.f("ck_reasons_requests_reasons")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_reasons_requests_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["persons.id"], name=op.f("fk_reasons_requests_asked_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["persons.id"], name=op.f("fk_reasons_requests_answered_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reasons_requests")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_reasons_requests_decision_id")),
    )
    op.create_index(op.f("ix_reasons_requests_due_on"), "reasons_requests", ["due_on"])


def _revocations() -> None:
    op.create_table(
        "revocations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("ground", sa.String(length=10), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("observations", sa.Text(), nullable=True),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("observed_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "ground IN ('unlawful', 'conditions', 'fraud')", name=op.f("ck_revocations_ground")
        ),
        sa.CheckConstraint("status IN ('hearing', 'revoked', 'dropped')", name=op.f("ck_revocations_status")),
        sa.CheckConstraint("decided_by_id <> opened_by_id", name=op.f("ck_revocations_two_persons")),
        sa.CheckConstraint(
            "(status = 'hearing') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by_id IS NULL) "
            "AND (decided_at IS NULL) = (reasons IS NULL)",
            name=op.f("ck_revocations_decided"),
        ),
        sa.CheckConstraint(
            "(observed_at IS NULL) = (observations IS NULL)", name=op.f("ck_revocations_observed")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_revocations_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["persons.id"], name=op.f("fk_revocations_opened_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["observed_by_id"], ["persons.id"], name=op.f("fk_revocations_observed_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["persons.id"], name=op.f("fk_revocations_decided_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocations")),
    )
    op.create_index(op.f("ix_revocations_claim_id"), "revocations", ["claim_id"])
    op.create_index(op.f("ix_revocations_status"), "revocations", ["status"])
    op.create_index(
        "ix_revocations_one_open",
        "revocations",
        ["claim_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "revocation_files",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("revocation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_revocation_files_document_id_documents")
        ),
        sa.ForeignKeyConstraint(
            ["revocation_id"], ["revocations.id"], name=op.f("fk_revocation_files_revocation_id_revocations")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_revocation_files")),
    )
    op.create_index(op.f("ix_revocation_files_revocation_id"), "revocation_files", ["revocation_id"])


def downgrade() -> None:
    # The former house issued one certificate a decision and year: a correction leaves its place to the former one's.
    op.drop_index("ix_tax_certificates_revocation", "tax_certificates")
    op.drop_index("ix_tax_certificates_decision", "tax_certificates")
    op.execute(
        "UPDATE tax_certificates SET replaces_id = NULL WHERE replaces_id IN "
        "(SELECT id FROM tax_certificates WHERE revocation_id IS NOT NULL)"
    )
    op.execute("DELETE FROM tax_certificates WHERE revocation_id IS NOT NULL")
    with op.batch_alter_table("tax_certificates") as batch:
        batch.drop_constraint(op.f("fk_tax_certificates_revocation_id_revocations"), type_="foreignkey")
        batch.drop_column("revocation_id")
        batch.create_unique_constraint(
            op.f("uq_tax_certificates_decision_id_fiscal_year_end"), ["decision_id", "fiscal_year_end"]
        )
    op.drop_table("revocation_files")
    op.drop_table("revocations")
    op.drop_table("reasons_requests")
    op.drop_table("letter_templates")
    op.drop_table("letters")
    op.execute("UPDATE documents SET purpose = 'answer' WHERE purpose = 'observation'")
    _allow("documents", "purpose", less=_PURPOSE)
    listed = ", ".join(repr(kind) for kind in _NOTICES)
    op.execute(f"DELETE FROM notices WHERE kind IN ({listed})")
    _allow("notices", "kind", less=_NOTICES)
