"""Why a job failed and when it is tried again; what the central register of de minimis aids is told."""

from datetime import date, timedelta

import holidays
import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_MOMENTS = ("first_failed_at", "failed_at", "next_try_at")
# What had failed before causes were noted: a refusal bears a code with a full stop before its sentence.
_FORMER_CAUSES = (
    "UPDATE outbox_messages SET failures = attempts, first_failed_at = created_at, failed_at = created_at, "
    "cause = CASE WHEN last_error LIKE '%.%: %' THEN 'refused' ELSE 'bug' END "
    "WHERE done_at IS NULL AND attempts > 0"
)
# What an enterprise was granted before: entered in the register like the rest.
_FORMER_GRANTS = sa.text(
    "SELECT d.id, d.decided_on, d.decided_at, d.bonus_cents FROM decisions d "
    "JOIN claims c ON c.id = d.claim_id JOIN companies o ON o.id = c.company_id "
    "WHERE d.bonus_cents > 0 AND o.kind = 'enterprise' ORDER BY d.id"
).columns(decided_on=sa.Date(), decided_at=sa.DateTime(timezone=True))
_WORKING_DAYS = 20


def upgrade() -> None:
    added = [
        sa.Column("cause", sa.String(length=10), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in _MOMENTS),
        sa.Column("queued_as", sa.String(length=80), nullable=True),
    ]
    for column in added:
        op.add_column("outbox_messages", column)
    op.execute(_FORMER_CAUSES)
    op.create_table(
        "outbox_dismissals",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dismissed_by_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.CheckConstraint("length(words) > 0", name=op.f("ck_outbox_dismissals_words")),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outbox_messages.id"],
            name=op.f("fk_outbox_dismissals_message_id_outbox_messages"),
        ),
        sa.ForeignKeyConstraint(
            ["dismissed_by_id"], ["persons.id"], name=op.f("fk_outbox_dismissals_dismissed_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_outbox_dismissals")),
    )
    entries = op.create_table(
        "register_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.String(length=80), nullable=True),
        sa.CheckConstraint("kind IN ('entered', 'corrected')", name=op.f("ck_register_entries_kind")),
        sa.CheckConstraint(
            "amount_cents >= 0 AND (kind = 'corrected' OR amount_cents > 0)",
            name=op.f("ck_register_entries_amount"),
        ),
        sa.CheckConstraint(
            "(entered_at IS NULL) = (reference IS NULL)", name=op.f("ck_register_entries_entered")
        ),
        sa.CheckConstraint("(kind = 'entered') = (about = 'grant')", name=op.f("ck_register_entries_about")),
        sa.CheckConstraint("kind = 'entered' OR length(reason) > 0", name=op.f("ck_register_entries_reason")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_register_entries_decision_id_decisions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_entries")),
        sa.UniqueConstraint("decision_id", "about", name=op.f("uq_register_entries_decision_id_about")),
    )
    op.create_index(op.f("ix_register_entries_due_on"), "register_entries", ["due_on"])
    _ask_former(entries)


def _ask_former(entries: sa.Table) -> None:
    connection = op.get_bind()
    outbox = sa.table(
        "outbox_messages",
        *(sa.column(name) for name in ("kind", "subject_id", "key", "attempts", "failures")),
        sa.column("created_at", sa.DateTime(timezone=True)),
    )
    for decision_id, decided_on, decided_at, cents in connection.execute(_FORMER_GRANTS).all():
        row = {
            "decision_id": decision_id,
            "kind": "entered",
            "about": "grant",
            "amount_cents": cents,
            "reason": "",
            "due_on": _due(decided_on),
            "created_at": decided_at,
        }
        number = connection.execute(sa.insert(entries).returning(entries.c.id), row).scalar_one()
        message = {
            "kind": "register",
            "subject_id": number,
            "key": f"register:{number}",
            "attempts": 0,
            "failures": 0,
            "created_at": decided_at,
        }
        connection.execute(sa.insert(outbox), message)


def _due(granted_on: date) -> date:
    """The twentieth working day after the grant, by the holidays of mainland France."""
    day, left = granted_on, _WORKING_DAYS
    known = holidays.country_holidays("FR", years=(granted_on.year, granted_on.year + 1))
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in known
    return day


def downgrade() -> None:
    op.execute("DELETE FROM outbox_messages WHERE kind = 'register'")
    op.drop_table("register_entries")
    op.drop_table("outbox_dismissals")
    for name in ("queued_as", *_MOMENTS, "failures", "cause"):
        op.drop_column("outbox_messages", name)
