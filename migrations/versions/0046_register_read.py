"""The aids found in the central register, and when it was read before each grant (art. 7)."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_moment = sa.DateTime(timezone=True)
_INSTRUMENTS = "'grant', 'interest_subsidy', 'loan', 'guarantee', 'tax_advantage', 'equity', 'other'"


def upgrade() -> None:
    op.create_table(
        "found_aids",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("instrument", sa.String(length=20), nullable=False),
        sa.Column("found_at", _moment, nullable=False),
        sa.Column("read_at", _moment, nullable=False),
        sa.Column("gone_at", _moment, nullable=True),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_found_aids_amount")),
        sa.CheckConstraint(f"instrument IN ({_INSTRUMENTS})", name=op.f("ck_found_aids_instrument")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_found_aids")),
        sa.UniqueConstraint("recipient", "reference", name=op.f("uq_found_aids_recipient_reference")),
    )
    op.add_column("decisions", sa.Column("register_read_at", _moment, nullable=True))


def downgrade() -> None:
    op.drop_column("decisions", "register_read_at")
    op.drop_table("found_aids")
