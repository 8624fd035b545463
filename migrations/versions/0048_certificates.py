"""Certificates issued once the fiscal year is closed: why, and all they were computed from (arts. 8 and 15)

Revision ID: 0048
Revises: 0047
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_FIRST = sa.text("replaces_id IS NULL")
_BY_DECISION = sa.text("revocation_id IS NULL AND appeal_id IS NULL")

_MORE = (
    "SELECT one.id FROM tax_certificates AS one JOIN tax_certificates AS first "
    "ON first.decision_id = one.decision_id AND first.fiscal_year_end = one.fiscal_year_end AND first.id < one.id "
    "WHERE one.revocation_id IS NULL AND one.appeal_id IS NULL "
    "AND first.revocation_id IS NULL AND first.appeal_id IS NULL"
)


def upgrade() -> None:
    op.drop_index("ix_tax_certificates_decision", "tax_certificates")
    op.add_column(
        "tax_certificates",
        sa.Column("cause", sa.String(length=12), server_default="decision", nullable=False),
    )
    op.add_column("tax_certificates", sa.Column("inputs", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("tax_certificates", sa.Column("inputs_sha256", sa.String(length=64), nullable=True))
    op.execute("UPDATE tax_certificates SET cause = 'revocation' WHERE revocation_id IS NOT NULL")
    op.execute("UPDATE tax_certificates SET cause = 'appeal' WHERE appeal_id IS NOT NULL")
    op.create_index(op.f("ix_tax_certificates_decision_id"), "tax_certificates", ["decision_id"])
    op.create_index(
        "ix_tax_certificates_first",
        "tax_certificates",
        ["company_id", "fiscal_year_end"],
        unique=True,
        sqlite_where=_FIRST,
        postgresql_where=_FIRST,
    )


def downgrade() -> None:
    """The former house holds one certificate a decision and fiscal year: of those that it does not know, the first."""
    op.drop_index("ix_tax_certificates_first", "tax_certificates")
    op.drop_index(op.f("ix_tax_certificates_decision_id"), "tax_certificates")
    op.execute(
        f"UPDATE tax_certificates SET replaces_id = NULL WHERE replaces_id IN (SELECT id FROM ({_MORE}) AS more)"
    )
    op.execute(f"DELETE FROM tax_certificates WHERE id IN (SELECT id FROM ({_MORE}) AS more)")
    for column in ("inputs_sha256", "inputs", "cause"):
        op.drop_column("tax_certificates", column)
    op.create_index(
        "ix_tax_certificates_decision",
        "tax_certificates",
        ["decision_id", "fiscal_year_end"],
        unique=True,
        sqlite_where=_BY_DECISION,
        postgresql_where=_BY_DECISION,
    )
