"""Undue sums (art. 14): what is claimed back, by decision; titres de perception; notices to many at once."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0040"
branch_labels = None
depends_on = None

_NOTICES = ("undue_notified", "undue_claimed", "undue_dropped")
_TABLES = (
    "recoveries",
    "recovery_lines",
    "recovery_orders",
    "recovery_files",
    "recovery_letters",
    "recovery_steps",
    "mass_notices",
    "mass_notice_items",
)


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
    _recoveries()
    _what_follows()
    _mass_notices()


def _recoveries() -> None:
    op.create_table(
        "recoveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("revocation_id", sa.Integer(), nullable=True),
        sa.Column("control_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_until", sa.Date(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(replied_at IS NULL) = (reply IS NULL) AND (status <> 'replied' OR reply IS NOT NULL)",
            name=op.f("ck_recoveries_replied"),
        ),
        sa.CheckConstraint(
            "(status IN ('confirmed', 'dropped')) = (decided_at IS NOT NULL) "
            "AND (decided_at IS NULL) = (decided_by_id IS NULL) AND (decided_at IS NULL) = (reasons IS NULL)",
            name=op.f("ck_recoveries_decided"),
        ),
        sa.CheckConstraint(
            "origin IN ('withdrawal', 'credit_note', 'contract_ended', 'false_statement', 'control')",
            name=op.f("ck_recoveries_origin"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'notified', 'replied', 'confirmed', 'dropped')",
            name=op.f("ck_recoveries_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('notified', 'replied', 'confirmed') OR notified_at IS NOT NULL",
            name=op.f("ck_recoveries_notified_first"),
        ),
        sa.CheckConstraint(
            "(notified_at IS NULL) = (proposed_by_id IS NULL) AND (notified_at IS NULL) = (reply_until IS NULL)",
            name=op.f("ck_recoveries_notified"),
        ),
        sa.CheckConstraint("amount_cents >= 0", name=op.f("ck_recoveries_amount")),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name=op.f("ck_recoveries_two_persons")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_recoveries_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["control_id"], ["controls.id"], name=op.f("fk_recoveries_control_id_controls")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["persons.id"], name=op.f("fk_recoveries_decided_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["persons.id"], name=op.f("fk_recoveries_opened_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["persons.id"], name=op.f("fk_recoveries_proposed_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["replied_by_id"], ["persons.id"], name=op.f("fk_recoveries_replied_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["revocation_id"], ["revocations.id"], name=op.f("fk_recoveries_revocation_id_revocations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
        sa.UniqueConstraint("number", name=op.f("uq_recoveries_number")),
    )
    op.create_index(op.f("ix_recoveries_claim_id"), "recoveries", ["claim_id"], unique=False)
    op.create_index(op.f("ix_recoveries_control_id"), "recoveries", ["control_id"], unique=False)
    op.create_index(
        "ix_recoveries_one_open",
        "recoveries",
        ["claim_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('draft', 'notified', 'replied')"),
        postgresql_where=sa.text("status IN ('draft', 'notified', 'replied')"),
    )
    op.create_index(op.f("ix_recoveries_origin"), "recoveries", ["origin"], unique=False)
    op.create_index(op.f("ix_recoveries_revocation_id"), "recoveries", ["revocation_id"], unique=False)
    op.create_index("ix_recoveries_status_reply_until", "recoveries", ["status", "reply_until"], unique=False)


def _what_follows() -> None:
    op.create_table(
        "recovery_files",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("recovery_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_recovery_files_document_id_documents")
        ),
        sa.ForeignKeyConstraint(
            ["recovery_id"], ["recoveries.id"], name=op.f("fk_recovery_files_recovery_id_recoveries")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_recovery_files")),
    )
    op.create_index(op.f("ix_recovery_files_recovery_id"), "recovery_files", ["recovery_id"], unique=False)
    op.create_table(
        "recovery_letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recovery_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("content_sha256", sa.String(length=64), nullable=True),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.CheckConstraint("kind IN ('notice', 'titre', 'dropped')", name=op.f("ck_recovery_letters_kind")),
        sa.CheckConstraint(
            "(written_at IS NULL) = (pdf IS NULL) AND (written_at IS NULL) = (content IS NULL)",
            name=op.f("ck_recovery_letters_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["recovery_id"], ["recoveries.id"], name=op.f("fk_recovery_letters_recovery_id_recoveries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_letters")),
        sa.UniqueConstraint("recovery_id", "kind", name=op.f("uq_recovery_letters_recovery_id_kind")),
    )
    op.create_table(
        "recovery_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recovery_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("granted_cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("due_cents", sa.BigInteger(), nullable=False),
        sa.Column("former_cents", sa.BigInteger(), nullable=False),
        sa.Column("undue_cents", sa.BigInteger(), nullable=False),
        sa.Column("unpaid_cents", sa.BigInteger(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "due_cents >= 0 AND due_cents <= granted_cents AND paid_cents >= 0 AND paid_cents <= granted_cents",
            name=op.f("ck_recovery_lines_within_granted"),
        ),
        sa.CheckConstraint(
            "undue_cents >= 0 AND former_cents >= 0 AND undue_cents + former_cents <= paid_cents",
            name=op.f("ck_recovery_lines_undue"),
        ),
        sa.CheckConstraint(
            "unpaid_cents >= 0 AND unpaid_cents <= granted_cents - paid_cents",
            name=op.f("ck_recovery_lines_unpaid"),
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_recovery_lines_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["recovery_id"], ["recoveries.id"], name=op.f("fk_recovery_lines_recovery_id_recoveries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_lines")),
        sa.UniqueConstraint(
            "recovery_id", "decision_id", name=op.f("uq_recovery_lines_recovery_id_decision_id")
        ),
    )
    op.create_index(op.f("ix_recovery_lines_decision_id"), "recovery_lines", ["decision_id"], unique=False)
    op.create_table(
        "recovery_orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("recovery_id", sa.Integer(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("remaining_cents", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=False),
        sa.Column("barred_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "(status = 'open') = (remaining_cents > 0)",
            name=op.f("ck_recovery_orders_open_until_nothing_remains"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'settled', 'cancelled', 'barred')", name=op.f("ck_recovery_orders_status")
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_recovery_orders_amount")),
        sa.CheckConstraint("barred_on > issued_on", name=op.f("ck_recovery_orders_in_time")),
        sa.CheckConstraint(
            "remaining_cents >= 0 AND remaining_cents <= amount_cents",
            name=op.f("ck_recovery_orders_remaining"),
        ),
        sa.ForeignKeyConstraint(
            ["issued_by_id"], ["persons.id"], name=op.f("fk_recovery_orders_issued_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["recovery_id"], ["recoveries.id"], name=op.f("fk_recovery_orders_recovery_id_recoveries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_recovery_orders_number")),
        sa.UniqueConstraint("recovery_id", name=op.f("uq_recovery_orders_recovery_id")),
    )
    op.create_index(op.f("ix_recovery_orders_barred_on"), "recovery_orders", ["barred_on"], unique=False)
    op.create_index(op.f("ix_recovery_orders_status"), "recovery_orders", ["status"], unique=False)
    op.create_table(
        "recovery_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recovery_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("old_status", sa.String(length=10), nullable=False),
        sa.Column("new_status", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_recovery_steps_person_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["recovery_id"], ["recoveries.id"], name=op.f("fk_recovery_steps_recovery_id_recoveries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_steps")),
    )
    op.create_index(op.f("ix_recovery_steps_recovery_id"), "recovery_steps", ["recovery_id"], unique=False)


def _mass_notices() -> None:
    op.create_table(
        "mass_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('drafting', 'preview', 'sending', 'done', 'abandoned')",
            name=op.f("ck_mass_notices_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('sending', 'done') OR approved_at IS NOT NULL",
            name=op.f("ck_mass_notices_approved_first"),
        ),
        sa.CheckConstraint(
            "(approved_at IS NULL) = (approved_by_id IS NULL)", name=op.f("ck_mass_notices_approved")
        ),
        sa.CheckConstraint("amount_cents >= 0", name=op.f("ck_mass_notices_amount")),
        sa.CheckConstraint("approved_by_id <> created_by_id", name=op.f("ck_mass_notices_two_persons")),
        sa.CheckConstraint(
            "done >= 0 AND refused >= 0 AND done + refused <= total", name=op.f("ck_mass_notices_progress")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["persons.id"], name=op.f("fk_mass_notices_approved_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["registry_changes.id"], name=op.f("fk_mass_notices_change_id_registry_changes")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["persons.id"], name=op.f("fk_mass_notices_created_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mass_notices")),
        sa.UniqueConstraint("reference", name=op.f("uq_mass_notices_reference")),
    )
    op.create_index(op.f("ix_mass_notices_change_id"), "mass_notices", ["change_id"], unique=False)
    op.create_table(
        "mass_notice_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mass_id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("recovery_id", sa.Integer(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(state = 'refused') = (sentence IS NOT NULL)",
            name=op.f("ck_mass_notice_items_refusal_has_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'ready', 'done', 'refused')", name=op.f("ck_mass_notice_items_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('ready', 'done') OR recovery_id IS NOT NULL",
            name=op.f("ck_mass_notice_items_ready_has_a_sum"),
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_mass_notice_items_claim_id_claims")
        ),
        sa.ForeignKeyConstraint(
            ["mass_id"], ["mass_notices.id"], name=op.f("fk_mass_notice_items_mass_id_mass_notices")
        ),
        sa.ForeignKeyConstraint(
            ["recovery_id"], ["recoveries.id"], name=op.f("fk_mass_notice_items_recovery_id_recoveries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mass_notice_items")),
        sa.UniqueConstraint("mass_id", "claim_id", name=op.f("uq_mass_notice_items_mass_id_claim_id")),
    )
    op.create_index(op.f("ix_mass_notice_items_claim_id"), "mass_notice_items", ["claim_id"], unique=False)
    op.create_index(
        op.f("ix_mass_notice_items_recovery_id"), "mass_notice_items", ["recovery_id"], unique=False
    )
    op.create_index(
        "ix_mass_notice_items_state", "mass_notice_items", ["mass_id", "state", "id"], unique=False
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
    # The former house has no such notices: they keep the nearest.
    listed = ", ".join(repr(kind) for kind in _NOTICES)
    op.execute(f"UPDATE notices SET kind = 'decided' WHERE kind IN ({listed})")
    _allow("notices", "kind", less=_NOTICES)
