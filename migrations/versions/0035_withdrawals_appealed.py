"""Appeals against a withdrawal (retrait); the certificates issued anew once it is annulled."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_STATUSES = ("hearing", "revoked", "dropped")


@contextmanager
def _changed(table: str) -> Iterator[object]:
    """A table to change. SQLite copies it, without its triggers: they are made again."""
    triggers = []
    if op.get_bind().dialect.name == "sqlite":
        query = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
        triggers = op.get_bind().execute(query, {"table": table}).all()
    for name, _ in triggers:
        op.execute(f"DROP TRIGGER {name}")
    with op.batch_alter_table(table) as batch:
        yield batch
    for _, made_by in triggers:
        op.execute(sa.text(made_by.replace(":", "\\:")))


def _one_of(statuses: tuple[str, ...]) -> None:
    with _changed("revocations") as batch:
        batch.drop_constraint(op.f("ck_revocations_status"), type_="check")
        batch.create_check_constraint(
            op.f("ck_revocations_status"), f"status IN ({', '.join(map(repr, statuses))})"
        )


def _one_appeal(where: str) -> None:
    op.create_index(
        "uq_appeals_decision_id",
        "appeals",
        ["decision_id"],
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _one_certificate(where: str) -> None:
    op.create_index(
        "ix_tax_certificates_decision",
        "tax_certificates",
        ["decision_id", "fiscal_year_end"],
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def upgrade() -> None:
    _one_of((*_STATUSES, "annulled"))
    op.drop_index("uq_appeals_decision_id", table_name="appeals")
    with _changed("appeals") as batch:
        batch.add_column(sa.Column("revocation_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_appeals_revocation_id_revocations"), "revocations", ["revocation_id"], ["id"]
        )
        batch.create_check_constraint(
            op.f("ck_appeals_withdrawal_is_whole"), "revocation_id IS NULL OR status <> 'reformed'"
        )
    _one_appeal("status <> 'withdrawn' AND revocation_id IS NULL")
    op.create_index(
        "uq_appeals_revocation_id",
        "appeals",
        ["revocation_id"],
        unique=True,
        sqlite_where=sa.text("status <> 'withdrawn'"),
        postgresql_where=sa.text("status <> 'withdrawn'"),
    )
    op.drop_index("ix_tax_certificates_decision", table_name="tax_certificates")
    with _changed("tax_certificates") as batch:
        batch.add_column(sa.Column("appeal_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_tax_certificates_appeal_id_appeals"), "appeals", ["appeal_id"], ["id"]
        )
    _one_certificate("revocation_id IS NULL AND appeal_id IS NULL")
    op.create_index(
        "ix_tax_certificates_appeal", "tax_certificates", ["appeal_id", "fiscal_year_end"], unique=True
    )


def downgrade() -> None:
    """Appeals against a withdrawal become what they were before there were any: none."""
    op.drop_index("ix_tax_certificates_appeal", table_name="tax_certificates")
    op.drop_index("ix_tax_certificates_decision", table_name="tax_certificates")
    with _changed("tax_certificates") as batch:
        batch.drop_constraint(op.f("fk_tax_certificates_appeal_id_appeals"), type_="foreignkey")
        batch.drop_column("appeal_id")
    _one_certificate("revocation_id IS NULL")
    for table in ("appeal_changes", "appeal_documents"):
        op.execute(
            f"DELETE FROM {table} WHERE appeal_id IN (SELECT id FROM appeals WHERE revocation_id IS NOT NULL)"
        )
    op.execute("DELETE FROM appeals WHERE revocation_id IS NOT NULL")
    op.drop_index("uq_appeals_revocation_id", table_name="appeals")
    op.drop_index("uq_appeals_decision_id", table_name="appeals")
    with _changed("appeals") as batch:
        batch.drop_constraint(op.f("ck_appeals_withdrawal_is_whole"), type_="check")
        batch.drop_constraint(op.f("fk_appeals_revocation_id_revocations"), type_="foreignkey")
        batch.drop_column("revocation_id")
    _one_appeal("status <> 'withdrawn'")
    op.execute("UPDATE revocations SET status = 'dropped' WHERE status = 'annulled'")
    _one_of(_STATUSES)
