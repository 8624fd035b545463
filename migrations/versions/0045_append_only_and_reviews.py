"""Undue sums to look at again, the balances of statements, and what of the budget nobody changes, not even by SQL."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_TABLES = ("envelope_acts", "credit_releases", "waiting_entries")
# A dossier leaves the waiting list once; what blocks it is said anew, and its company may change class. Its moment, its
# amount and who put it there never change.
_FIXED = (
    *("claim_id", "kind", "officer_id", "proposed_by_id", "said", "amount_cents"),
    *("complete_at", "joined_at"),
)
_WORDS = "the acts of the budget are append-only"

_SQLITE = [
    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
    for table in _TABLES
    for verb in ("UPDATE", "DELETE")
    if (table, verb) != ("waiting_entries", "UPDATE")
] + [
    "CREATE TRIGGER waiting_entries_no_update BEFORE UPDATE ON waiting_entries WHEN OLD.left_at IS NOT NULL OR "
    + " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _FIXED)
    + f" BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
]
_POSTGRESQL = [
    (
        "CREATE FUNCTION budget_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_WORDS}'; END $$"
    ),
    *(
        f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION budget_is_append_only()"
        for table in _TABLES[:2]
    ),
    (
        "CREATE TRIGGER waiting_entries_guard BEFORE DELETE OR TRUNCATE ON waiting_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION budget_is_append_only()"
    ),
    "CREATE TRIGGER waiting_entries_fixed BEFORE UPDATE ON waiting_entries "
    "FOR EACH ROW WHEN (OLD.left_at IS NOT NULL OR "
    + " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _FIXED)
    + ") EXECUTE FUNCTION budget_is_append_only()",
]
_moment = sa.DateTime(timezone=True)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def upgrade() -> None:
    op.create_table(
        "recovery_reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recovery_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("excess_cents", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", _moment, nullable=False),
        sa.Column("closed_at", _moment, nullable=True),
        sa.CheckConstraint("excess_cents > 0", name=op.f("ck_recovery_reviews_excess")),
        sa.ForeignKeyConstraint(
            ["recovery_id"], ["recoveries.id"], name=op.f("fk_recovery_reviews_recovery_id_recoveries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_reviews")),
        sa.UniqueConstraint("recovery_id", "about", name=op.f("uq_recovery_reviews_recovery_id_about")),
    )
    op.create_index(
        "uq_recovery_reviews_open",
        "recovery_reviews",
        ["recovery_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "bank_statements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=34), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("opening_cents", sa.BigInteger(), nullable=False),
        sa.Column("closing_cents", sa.BigInteger(), nullable=False),
        sa.Column("closing_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["bank_files.id"], name=op.f("fk_bank_statements_file_id_bank_files")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statements")),
    )
    op.create_index(op.f("ix_bank_statements_file_id"), "bank_statements", ["file_id"])
    op.create_index("ix_bank_statements_order", "bank_statements", ["account", "closing_on", "id"])
    for guard in _POSTGRESQL if _is_postgresql() else _SQLITE:
        op.execute(guard)


def downgrade() -> None:
    if _is_postgresql():
        for table in _TABLES:
            op.execute(f"DROP TRIGGER {table}_guard ON {table}")
        op.execute("DROP TRIGGER waiting_entries_fixed ON waiting_entries")
        op.execute("DROP FUNCTION budget_is_append_only()")
    else:
        for table in _TABLES:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{verb}")
    op.drop_table("bank_statements")
    op.drop_table("recovery_reviews")
