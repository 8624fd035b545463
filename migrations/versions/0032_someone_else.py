"""The second reviewer of a reform; who acted on a dossier without a step of its status is seen too (art. 12)."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_PERSONS = {
    "examiner_id": "reviewer",
    "concurred_by_id": "reviewer",
    "decided_by_id": "authorising_officer",
}
"""Who acts on an appeal → in which role."""
_SAID = "an appeal is examined and answered by who did not act on the dossier"

_FORMER_ACTED = (
    "SELECT 1 FROM status_changes "
    "WHERE claim_id = NEW.claim_id AND person_id IN (NEW.examiner_id, NEW.decided_by_id)"
)

# Who acted while claim_roles was not told, and in which role.
_ACTS = (
    ("reviewer", "SELECT claim_id, opened_by_id AS person_id, opened_at AS since FROM revocations"),
    (
        "authorising_officer",
        (
            "SELECT claim_id, decided_by_id AS person_id, decided_at AS since FROM revocations "
            "WHERE decided_by_id IS NOT NULL"
        ),
    ),
    (
        "reviewer",
        (
            "SELECT d.claim_id, r.answered_by_id AS person_id, r.answered_at AS since FROM reasons_requests r "
            "JOIN decisions d ON d.id = r.decision_id WHERE r.answered_by_id IS NOT NULL"
        ),
    ),
    (
        "reviewer",
        (
            "SELECT a.claim_id, c.person_id, c.at AS since FROM appeal_changes c JOIN appeals a ON a.id = c.appeal_id "
            "WHERE c.person_id IS NOT NULL AND c.action IN ('take', 'propose')"
        ),
    ),
    (
        "authorising_officer",
        (
            "SELECT a.claim_id, c.person_id, c.at AS since FROM appeal_changes c JOIN appeals a ON a.id = c.appeal_id "
            "WHERE c.person_id IS NOT NULL AND c.action IN ('send_back', 'confirm', 'reform', 'annul', 'reject_late')"
        ),
    ),
)


def _acted(changed: str) -> str:
    """Whether someone newly named on an appeal took a step of its dossier, or acts on it in another role; ``changed``
    compares an old value with a new one, empty ones too."""
    steps = (
        f"(NEW.{column} {changed} OLD.{column} AND EXISTS (SELECT 1 FROM status_changes "
        f"WHERE claim_id = NEW.claim_id AND person_id = NEW.{column}))"
        for column in _PERSONS
    )
    roles = (
        f"(NEW.{column} {changed} OLD.{column} AND EXISTS (SELECT 1 FROM claim_roles "
        f"WHERE claim_id = NEW.claim_id AND person_id = NEW.{column} AND role <> '{role}'))"
        for column, role in _PERSONS.items()
    )
    return " OR ".join((*steps, *roles))


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _drop_guard() -> None:
    op.execute("DROP TRIGGER appeals_someone_else" + (" ON appeals" if _postgresql() else ""))
    if _postgresql():
        op.execute("DROP FUNCTION appeals_someone_else()")


def _make_guard(columns: str, acted: str) -> None:
    on = f"CREATE TRIGGER appeals_someone_else BEFORE UPDATE OF {columns} ON appeals"
    if not _postgresql():
        op.execute(f"{on} WHEN {acted} BEGIN SELECT RAISE(ABORT, '{_SAID}'); END")
        return
    op.execute(
        "CREATE FUNCTION appeals_someone_else() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {acted} THEN RAISE EXCEPTION '{_SAID}' USING ERRCODE = 'check_violation'; "
        "END IF; RETURN NEW; END $$"
    )
    op.execute(f"{on} FOR EACH ROW EXECUTE FUNCTION appeals_someone_else()")


def upgrade() -> None:
    _drop_guard()  # SQLite copies the table, without its triggers
    with op.batch_alter_table("appeals") as batch:
        batch.add_column(sa.Column("concurred_by_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("concurred_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key(
            op.f("fk_appeals_concurred_by_id_persons"), "persons", ["concurred_by_id"], ["id"]
        )
        batch.create_check_constraint(
            op.f("ck_appeals_third_person"),
            "concurred_by_id <> examiner_id AND concurred_by_id <> decided_by_id",
        )
        batch.create_check_constraint(
            op.f("ck_appeals_someone_else_concurs"),
            "concurred_by_id <> first_proposer_id AND concurred_by_id <> first_officer_id",
        )
        batch.create_check_constraint(
            op.f("ck_appeals_concurred"), "(concurred_by_id IS NULL) = (concurred_at IS NULL)"
        )
    _make_guard(", ".join(_PERSONS), _acted("IS DISTINCT FROM" if _postgresql() else "IS NOT"))
    for role, acts in _ACTS:
        op.execute(
            "INSERT INTO claim_roles (claim_id, person_id, role, since) "
            f"SELECT claim_id, person_id, '{role}', min(since) FROM ({acts}) AS acts WHERE true "
            "GROUP BY claim_id, person_id ON CONFLICT DO NOTHING"
        )


def downgrade() -> None:
    _drop_guard()
    with op.batch_alter_table("appeals") as batch:
        for name in ("concurred", "someone_else_concurs", "third_person"):
            batch.drop_constraint(op.f(f"ck_appeals_{name}"), type_="check")
        batch.drop_constraint(op.f("fk_appeals_concurred_by_id_persons"), type_="foreignkey")
        batch.drop_column("concurred_at")
        batch.drop_column("concurred_by_id")
    columns = "examiner_id, decided_by_id"
    _make_guard(columns, f"EXISTS ({_FORMER_ACTED})")
