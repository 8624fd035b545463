"""Appeals, and the lines that a later decision replaces; what agents are warned of."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_NOTICES = ("silence", "appeal_filed", "appeal_answered")
_PURPOSE = ("appeal",)
_STATUSES = (
    "'filed', 'under_examination', 'proposed', 'confirmed', 'reformed', 'annulled', 'rejected_late', 'lapsed', "
    "'withdrawn'"
)
_OUTCOMES = "'confirm', 'reform', 'annul', 'reject_late'"
_ANSWERED = "'confirmed', 'reformed', 'annulled', 'rejected_late'"

_ACTED = (
    "SELECT 1 FROM status_changes "
    "WHERE claim_id = NEW.claim_id AND person_id IN (NEW.examiner_id, NEW.decided_by_id)"
)
_SAID = "an appeal is examined and answered by who did not act on the dossier"
SQLITE_GUARD = (
    "CREATE TRIGGER appeals_someone_else BEFORE UPDATE OF examiner_id, decided_by_id ON appeals "
    f"WHEN EXISTS ({_ACTED}) BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
)
POSTGRESQL_GUARDS = (
    (
        "CREATE FUNCTION appeals_someone_else() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF EXISTS ({_ACTED}) THEN RAISE EXCEPTION '{_SAID}' USING ERRCODE = 'check_violation'; "
        "END IF; RETURN NEW; END $$"
    ),
    (
        "CREATE TRIGGER appeals_someone_else BEFORE UPDATE OF examiner_id, decided_by_id ON appeals "
        "FOR EACH ROW EXECUTE FUNCTION appeals_someone_else()"
    ),
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


def _to(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    target = {
        "claim_id": "claims",
        "decision_id": "decisions",
        "result_id": "decisions",
        "appeal_id": "appeals",
    }
    target["document_id"] = "documents"
    return [
        sa.ForeignKeyConstraint(
            [column],
            [f"{target.get(column, 'persons')}.id"],
            name=op.f(f"fk_{table}_{column}_{target.get(column, 'persons')}"),
        )
        for column in columns
    ]


def upgrade() -> None:
    _allow("notices", "kind", more=_NOTICES)
    _allow("documents", "purpose", more=_PURPOSE)
    with op.batch_alter_table("decided_lines") as batch:
        batch.add_column(sa.Column("former_cents", sa.BigInteger(), nullable=False, server_default="0"))
        batch.create_check_constraint(
            op.f("ck_decided_lines_never_worse"), "former_cents >= 0 AND former_cents <= bonus_cents"
        )
    _warnings()
    _appeals()
    for guard in POSTGRESQL_GUARDS if op.get_bind().dialect.name == "postgresql" else (SQLITE_GUARD,):
        op.execute(guard)


def _warnings() -> None:
    op.create_table(
        "due_warnings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("days > 0", name=op.f("ck_due_warnings_days")),
        *_to("due_warnings", "claim_id", "person_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_warnings")),
        sa.UniqueConstraint("claim_id", "due_on", "days", name=op.f("uq_due_warnings_claim_id_due_on_days")),
    )
    for column in ("person_id", "mailed_at"):
        op.create_index(op.f(f"ix_due_warnings_{column}"), "due_warnings", [column])


def _appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=22), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by_id", sa.Integer(), nullable=False),
        sa.Column("appeal_until", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("first_proposer_id", sa.Integer(), nullable=True),
        sa.Column("first_officer_id", sa.Integer(), nullable=True),
        sa.Column("examiner_id", sa.Integer(), nullable=True),
        sa.Column("proposed_outcome", sa.String(length=20), nullable=True),
        sa.Column("proposed_reasons", sa.Text(), nullable=True),
        sa.Column("proposed_lines", sa.JSON(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(f"status IN ({_STATUSES})", name=op.f("ck_appeals_status")),
        sa.CheckConstraint("length(grounds) BETWEEN 20 AND 10000", name=op.f("ck_appeals_grounds")),
        sa.CheckConstraint("examiner_id <> decided_by_id", name=op.f("ck_appeals_two_persons")),
        sa.CheckConstraint(
            "examiner_id <> first_proposer_id AND examiner_id <> first_officer_id",
            name=op.f("ck_appeals_someone_else_examines"),
        ),
        sa.CheckConstraint(
            "decided_by_id <> first_proposer_id AND decided_by_id <> first_officer_id",
            name=op.f("ck_appeals_someone_else_decides"),
        ),
        sa.CheckConstraint(f"proposed_outcome IN ({_OUTCOMES})", name=op.f("ck_appeals_outcome")),
        sa.CheckConstraint(
            "status = 'filed' OR examiner_id IS NOT NULL OR status IN ('lapsed', 'withdrawn')",
            name=op.f("ck_appeals_examined"),
        ),
        sa.CheckConstraint(
            "status <> 'proposed' OR (proposed_outcome IS NOT NULL AND length(proposed_reasons) > 0)",
            name=op.f("ck_appeals_proposal_has_reasons"),
        ),
        sa.CheckConstraint(
            f"(status IN ({_ANSWERED})) = (decided_by_id IS NOT NULL AND length(answer) > 0)",
            name=op.f("ck_appeals_answered"),
        ),
        sa.CheckConstraint("result_id IS NULL OR status = 'reformed'", name=op.f("ck_appeals_reformed_by")),
        *_to(
            "appeals",
            *("claim_id", "decision_id", "filed_by_id", "first_proposer_id", "first_officer_id"),
            *("examiner_id", "decided_by_id", "result_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("reference", name=op.f("uq_appeals_reference")),
    )
    for column in ("claim_id", "status", "due_on", "examiner_id"):
        op.create_index(op.f(f"ix_appeals_{column}"), "appeals", [column])
    still = sa.text("status <> 'withdrawn'")
    op.create_index(
        "uq_appeals_decision_id",
        "appeals",
        ["decision_id"],
        unique=True,
        sqlite_where=still,
        postgresql_where=still,
    )
    op.create_table(
        "appeal_documents",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        *_to("appeal_documents", "document_id", "appeal_id"),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_appeal_documents")),
    )
    op.create_index(op.f("ix_appeal_documents_appeal_id"), "appeal_documents", ["appeal_id"])
    op.create_table(
        "appeal_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("old_status", sa.String(length=20), nullable=False),
        sa.Column("new_status", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=True),
        *_to("appeal_changes", "appeal_id", "person_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_changes")),
    )
    op.create_index(op.f("ix_appeal_changes_appeal_id"), "appeal_changes", ["appeal_id"])


def downgrade() -> None:
    for table in ("appeal_changes", "appeal_documents", "appeals", "due_warnings"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":  # SQLite drops a table's triggers with it
        op.execute("DROP FUNCTION appeals_someone_else()")
    with op.batch_alter_table("decided_lines") as batch:
        batch.drop_constraint(op.f("ck_decided_lines_never_worse"), type_="check")
        batch.drop_column("former_cents")
    # The former house has neither these notices nor this use of a document: both keep their nearest.
    op.execute("UPDATE documents SET purpose = 'answer' WHERE purpose = 'appeal'")
    listed = ", ".join(repr(kind) for kind in _NOTICES)
    op.execute(f"UPDATE notices SET kind = 'decided' WHERE kind IN ({listed})")
    _allow("documents", "purpose", less=_PURPOSE)
    _allow("notices", "kind", less=_NOTICES)
