"""The certification registry."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "suppliers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identifier", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppliers")),
        sa.UniqueConstraint("identifier", name=op.f("uq_suppliers_identifier")),
    )
    op.create_table(
        "solutions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=True),
        sa.Column("axis", sa.String(length=20), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["suppliers.id"], name=op.f("fk_solutions_supplier_id_suppliers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_solutions")),
        sa.UniqueConstraint("slug", name=op.f("uq_solutions_slug")),
    )
    op.create_index(op.f("ix_solutions_axis"), "solutions", ["axis"], unique=False)
    op.create_index(op.f("ix_solutions_supplier_id"), "solutions", ["supplier_id"], unique=False)
    op.create_table(
        "certifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("solution_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=30), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_certifications_dates")),
        sa.ForeignKeyConstraint(
            ["solution_id"], ["solutions.id"], name=op.f("fk_certifications_solution_id_solutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certifications")),
    )
    op.create_index(op.f("ix_certifications_solution_id"), "certifications", ["solution_id"], unique=False)
    op.create_table(
        "certification_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certification_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("retroactive", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "NOT retroactive OR type = 'withdrawn'",
            name=op.f("ck_certification_events_retroactive_withdrawal"),
        ),
        sa.CheckConstraint(
            "type IN ('suspended', 'reinstated', 'withdrawn')", name=op.f("ck_certification_events_type")
        ),
        sa.ForeignKeyConstraint(
            ["certification_id"],
            ["certifications.id"],
            name=op.f("fk_certification_events_certification_id_certifications"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification_events")),
    )
    op.create_index(
        op.f("ix_certification_events_certification_id"),
        "certification_events",
        ["certification_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_certification_events_certification_id"), table_name="certification_events")
    op.drop_table("certification_events")
    op.drop_index(op.f("ix_certifications_solution_id"), table_name="certifications")
    op.drop_table("certifications")
    op.drop_index(op.f("ix_solutions_supplier_id"), table_name="solutions")
    op.drop_index(op.f("ix_solutions_axis"), table_name="solutions")
    op.drop_table("solutions")
    op.drop_table("suppliers")
