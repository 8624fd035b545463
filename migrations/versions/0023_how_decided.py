"""How a decision was taken, when its company opened it; who examines a dossier."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KINDS = "kind IN ('officer', 'rule', 'silence', 'appeal')"
PERSONS = "(kind IN ('officer', 'appeal')) = (decided_by_id IS NOT NULL AND proposed_by_id IS NOT NULL)"


def upgrade() -> None:
    with op.batch_alter_table("decisions") as table:
        table.add_column(sa.Column("kind", sa.String(10), nullable=False, server_default="officer"))
        table.add_column(sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
        table.alter_column("decided_by_id", existing_type=sa.Integer(), nullable=True)
        table.alter_column("proposed_by_id", existing_type=sa.Integer(), nullable=True)
        table.create_check_constraint("kind", KINDS)
        table.create_check_constraint("persons_or_none", PERSONS)
    with op.batch_alter_table("decisions") as table:
        table.alter_column("kind", existing_type=sa.String(10), server_default=None)
    with op.batch_alter_table("claims") as table:
        table.add_column(sa.Column("assigned_to_id", sa.Integer(), nullable=True))
        table.create_foreign_key("fk_claims_assigned_to_id_persons", "persons", ["assigned_to_id"], ["id"])
        table.create_index("ix_claims_assigned_to_id", ["assigned_to_id"])


def downgrade() -> None:
    with op.batch_alter_table("claims") as table:
        table.drop_index("ix_claims_assigned_to_id")
        table.drop_constraint("fk_claims_assigned_to_id_persons", type_="foreignkey")
        table.drop_column("assigned_to_id")
    with op.batch_alter_table("decisions") as table:
        table.drop_constraint("persons_or_none", type_="check")
        table.drop_constraint("kind", type_="check")
        table.alter_column("proposed_by_id", existing_type=sa.Integer(), nullable=False)
        table.alter_column("decided_by_id", existing_type=sa.Integer(), nullable=False)
        table.drop_column("opened_at")
        table.drop_column("kind")
