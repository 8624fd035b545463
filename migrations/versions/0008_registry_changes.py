"""Changes of the registry, the files they came in, other names of an offer."""

import re

import sqlalchemy as sa
from alembic import op
from text_unidecode import unidecode

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registry_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certifier_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_as", sa.String(length=64), nullable=False),
        sa.Column("report_stored_as", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("keep_good", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.Column("reinstated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("progress_done", sa.Integer(), nullable=False),
        sa.Column("progress_total", sa.Integer(), nullable=False),
        sa.Column("refusal", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'reading', 'previewed', 'applying', 'done', 'refused', 'abandoned')",
            name=op.f("ck_registry_imports_status"),
        ),
        sa.CheckConstraint(
            "progress_done >= 0 AND progress_done <= progress_total",
            name=op.f("ck_registry_imports_progress"),
        ),
        sa.ForeignKeyConstraint(
            ["certifier_id"], ["certifiers.id"], name=op.f("fk_registry_imports_certifier_id_certifiers")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["persons.id"], name=op.f("fk_registry_imports_created_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["persons.id"], name=op.f("fk_registry_imports_decided_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_imports")),
    )
    op.create_index("ix_registry_imports_certifier_id", "registry_imports", ["certifier_id"])
    op.create_index("ix_registry_imports_sha256", "registry_imports", ["sha256"])

    op.create_table(
        "registry_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("touched", sa.Integer(), nullable=False),
        sa.Column("handled", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "source <> 'keeper' OR length(reason) > 0", name=op.f("ck_registry_changes_keeper_has_reason")
        ),
        sa.CheckConstraint(
            "source IN ('keeper', 'api', 'file', 'service')", name=op.f("ck_registry_changes_source")
        ),
        sa.CheckConstraint("handled >= 0 AND handled <= touched", name=op.f("ck_registry_changes_handled")),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["registry_imports.id"],
            name=op.f("fk_registry_changes_import_id_registry_imports"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_changes")),
        sa.UniqueConstraint("import_id", name=op.f("uq_registry_changes_import_id")),
    )
    op.create_index("ix_registry_changes_recorded_at", "registry_changes", ["recorded_at"])

    op.create_table(
        "solution_aliases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("solution_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('name', 'reference')", name=op.f("ck_solution_aliases_kind")),
        sa.CheckConstraint(
            "source IN ('keeper', 'certifier', 'confirmed')", name=op.f("ck_solution_aliases_source")
        ),
        sa.ForeignKeyConstraint(
            ["solution_id"], ["solutions.id"], name=op.f("fk_solution_aliases_solution_id_solutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_solution_aliases")),
        sa.UniqueConstraint(
            "solution_id", "kind", "key", name=op.f("uq_solution_aliases_solution_id_kind_key")
        ),
    )
    op.create_index("ix_solution_aliases_solution_id", "solution_aliases", ["solution_id"])
    op.add_column("suppliers", sa.Column("email", sa.String(length=254), nullable=True))
    op.add_column("solutions", sa.Column("description", sa.Text(), nullable=True))
    op.add_column("solutions", sa.Column("website", sa.String(length=200), nullable=True))
    op.add_column(
        "solutions", sa.Column("search_text", sa.Text(), nullable=False, server_default=sa.text("''"))
    )
    _write_search_text()


def _write_search_text() -> None:
    """What the catalogue searches of the solutions that are there: no accent, no case."""
    bind = op.get_bind()
    rows = bind.execute(
        sa.text(
            "SELECT solution.id, solution.name, solution.reference, supplier.name, supplier.identifier "
            "FROM solutions AS solution JOIN suppliers AS supplier ON supplier.id = solution.supplier_id"
        )
    ).all()
    values = []
    for number, name, reference, supplier, identifier in rows:
        whole = unidecode(" ".join([name, supplier, identifier, reference or ""])).lower()
        values.append({"number": number, "found": " ".join(re.findall(r"[a-z0-9]+", whole))})
    if values:
        bind.execute(sa.text("UPDATE solutions SET search_text = :found WHERE id = :number"), values)


def downgrade() -> None:
    for column in ("search_text", "website", "description"):
        op.drop_column("solutions", column)
    op.drop_column("suppliers", "email")
    for table in ("solution_aliases", "registry_changes", "registry_imports"):
        op.drop_table(table)
