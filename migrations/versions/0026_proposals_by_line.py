"""What a reviewer proposes line by line, who concurs, and in which role each person acted."""

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
