"""The bank's files, what each line came to, and the notice that asks a company for another account."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_NOTICE = ("account_refused",)
_KINDS = "'pain.002', 'camt.054', 'camt.053', 'pacs.004'"
_STATUSES = "'received', 'applied', 'held', 'left'"
_FINDINGS = "'execute', 'reject', 'return', 'note', 'keep'"
_CHECKS = "'match', 'close_match', 'no_match', 'not_checked'"


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
    _allow("notices", "kind", more=_NOTICE)
    _files()
    _findings()


def _files() -> None:
    op.create_table(
        "bank_files",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("version", sa.String(20), nullable=False),
        sa.Column("message_id", sa.String(80), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("stored_as", sa.String(64), nullable=False),
        sa.Column("how", sa.String(6), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("items_count", sa.Integer(), nullable=False),
        sa.Column("progress_done", sa.Integer(), nullable=False),
        sa.Column("progress_total", sa.Integer(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_bank_files_kind")),
        sa.CheckConstraint(f"status IN ({_STATUSES})", name=op.f("ck_bank_files_status")),
        sa.CheckConstraint("how IN ('upload', 'folder')", name=op.f("ck_bank_files_how")),
        sa.CheckConstraint(
            "how <> 'upload' OR received_by_id IS NOT NULL", name=op.f("ck_bank_files_uploaded_by")
        ),
        sa.CheckConstraint(
            "(status = 'applied') = (applied_at IS NOT NULL)", name=op.f("ck_bank_files_applied")
        ),
        sa.ForeignKeyConstraint(
            ["received_by_id"], ["persons.id"], name=op.f("fk_bank_files_received_by_id_persons")
        ),
        sa.UniqueConstraint("sha256", name=op.f("uq_bank_files_sha256")),
    )
    op.create_index("ix_bank_files_message", "bank_files", ["kind", "message_id"])
    op.create_index(op.f("ix_bank_files_status"), "bank_files", ["status"])


def _findings() -> None:
    op.create_table(
        "bank_findings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.String(35), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("said", sa.String(16), nullable=False),
        sa.Column("status", sa.String(35), nullable=False),
        sa.Column("code", sa.String(35), nullable=False),
        sa.Column("words", sa.String(500), nullable=False),
        sa.Column("end_to_end_id", sa.String(80), nullable=False),
        sa.Column("original_message_id", sa.String(80), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("amount_wrong", sa.String(120), nullable=False),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("check_result", sa.String(12), nullable=False),
        sa.Column("check_name", sa.String(500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.Column("resolved_why", sa.String(500), nullable=True),
        sa.CheckConstraint(f"kind IN ({_FINDINGS})", name=op.f("ck_bank_findings_kind")),
        sa.CheckConstraint("kind <> 'keep' OR reason <> ''", name=op.f("ck_bank_findings_kept_why")),
        sa.CheckConstraint(
            "(resolved_at IS NULL) = (resolved_by_id IS NULL) AND (resolved_at IS NULL) = (resolved_why IS NULL)",
            name=op.f("ck_bank_findings_resolved"),
        ),
        sa.CheckConstraint(f"check_result IN ('', {_CHECKS})", name=op.f("ck_bank_findings_check_result")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_bank_findings_{column}_{table}")
            )
            for column, table in (
                ("file_id", "bank_files"),
                ("order_id", "payment_orders"),
                ("resolved_by_id", "persons"),
            )
        ),
        sa.UniqueConstraint("file_id", "key", name=op.f("uq_bank_findings_file_id_key")),
    )
    op.create_index("ix_bank_findings_waiting", "bank_findings", ["kind", "resolved_at", "id"])
    op.create_index(op.f("ix_bank_findings_order_id"), "bank_findings", ["order_id"])


def downgrade() -> None:
    op.drop_table("bank_findings")
    op.drop_table("bank_files")
    # Their jobs name files by numbers that may be given again.
    op.execute("DELETE FROM outbox_messages WHERE kind = 'bank_file'")
    # The former house has no such notice: it keeps its nearest.
    op.execute("UPDATE notices SET kind = 'paid' WHERE kind = 'account_refused'")
    _allow("notices", "kind", less=_NOTICE)
