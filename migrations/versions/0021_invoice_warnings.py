"""What an invoice breaks of the official rules; of those already kept, the rules were not run."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("invoices") as batch:
        batch.add_column(sa.Column("rule_findings", sa.JSON()))


def downgrade() -> None:
    with op.batch_alter_table("invoices") as batch:
        batch.drop_column("rule_findings")
