"""The ledger in double entry, with what was authorised, committed and granted before it."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_TABLES = ("ledger_entries", "ledger_months")

# Nobody changes or removes an entry, nor adds one to a month that is closed, not even by SQL.
_SQLITE = [
    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    for table in _TABLES
    for verb in ("UPDATE", "DELETE")
] + [
    (
        "CREATE TRIGGER ledger_entries_open_month BEFORE INSERT ON ledger_entries "
        "WHEN EXISTS (SELECT 1 FROM ledger_months WHERE month >= date(NEW.\"on\", 'start of month')) "
        "BEGIN SELECT RAISE(ABORT, 'this month of the ledger is closed'); END"
    )
]
_POSTGRESQL = [
    (
        "CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
    ),
    *(
        f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()"
        for table in _TABLES
    ),
    (
        "CREATE FUNCTION ledger_month_is_open() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF EXISTS (SELECT 1 FROM ledger_months WHERE month >= date_trunc('month', NEW.\"on\")::date) "
        "THEN RAISE EXCEPTION 'this month of the ledger is closed' USING ERRCODE = 'check_violation'; END IF; "
        "RETURN NEW; END $$"
    ),
    (
        "CREATE TRIGGER ledger_entries_open_month BEFORE INSERT ON ledger_entries "
        "FOR EACH ROW EXECUTE FUNCTION ledger_month_is_open()"
    ),
]

# What stands in the tables on the day the ledger begins is entered on the day it happened.
_COLUMNS = 'key, kind, "on", at, year, debit, credit, amount_cents, piece, decision_id'
_FORMER = [
    (
        f"INSERT INTO ledger_entries ({_COLUMNS}) "
        "SELECT 'authorised:envelope:' || year, 'authorised', {today}, {now}, year, 'open', 'authorised', "
        "authorised_cents, 'envelope:' || year, NULL FROM envelopes WHERE authorised_cents > 0"
    ),
    *(
        f"INSERT INTO ledger_entries ({_COLUMNS}) "
        f"SELECT '{kind}:decision:' || c.decision_id, '{kind}', d.decided_on, c.committed_at, c.year, "
        f"'{debit}', '{credit}', c.amount_cents, 'decision:' || c.decision_id, c.decision_id "
        "FROM commitments c JOIN decisions d ON d.id = c.decision_id ORDER BY c.id"
        for kind, debit, credit in (("committed", "committed", "open"), ("granted", "expense", "payable"))
    ),
]


def upgrade() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("debit", sa.String(length=12), nullable=False),
        sa.Column("credit", sa.String(length=12), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("piece", sa.String(length=80), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_ledger_entries_amount")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_ledger_entries_two_accounts")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_ledger_entries_decision_id_decisions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("key", name=op.f("uq_ledger_entries_key")),
    )
    op.create_index(op.f("ix_ledger_entries_on"), "ledger_entries", ["on"])
    op.create_index(op.f("ix_ledger_entries_decision_id"), "ledger_entries", ["decision_id"])
    op.create_index("ix_ledger_entries_accounts", "ledger_entries", ["debit", "credit", "year"])
    op.create_table(
        "ledger_months",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by_id", sa.Integer(), nullable=False),
        sa.Column("entries_count", sa.Integer(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["persons.id"], name=op.f("fk_ledger_months_closed_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_ledger_months")),
    )
    _enter_former()
    for guard in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(guard)


def _enter_former() -> None:
    # An envelope is there before what is committed from it.
    moment = "COALESCE((SELECT MIN(committed_at) FROM commitments), CURRENT_TIMESTAMP)"
    for statement in _FORMER:
        op.execute(statement.replace("{now}", moment).replace("{today}", f"date({moment})"))


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in reversed(_TABLES):
        op.drop_table(table)
    if postgresql:
        op.execute("DROP FUNCTION ledger_month_is_open()")
        op.execute("DROP FUNCTION ledger_is_append_only()")
