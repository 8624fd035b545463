"""The list of all its lines that a decision on a large dossier refers to: how many, its SHA-256, where it is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decisions", sa.Column("full_list", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("decisions", "full_list")
