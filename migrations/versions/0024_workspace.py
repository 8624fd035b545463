"""What the agents' queues sort and filter dossiers by; who is given which dossiers."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim_cards",
        sa.Column("claim_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("queue", sa.String(20), nullable=False),
        sa.Column("reviewer", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("sort_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("region", sa.String(10), nullable=False),
        sa.Column("size", sa.String(20), nullable=False),
        sa.Column("risk_weight", sa.Integer(), nullable=False),
        sa.Column("invoices", sa.Integer(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("bonus_cents", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name="fk_claim_cards_claim_id_claims", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_claim_cards_company_id_companies"),
        sa.PrimaryKeyConstraint("claim_id", name="pk_claim_cards"),
        sa.UniqueConstraint("number", name="uq_claim_cards_number"),
    )
    for name, columns in ORDERS.items():
        op.create_index(f"ix_claim_cards_{name}", "claim_cards", columns)
    op.create_table(
        "claim_card_keys",
        sa.Column("claim_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(30), nullable=False),
        sa.Column("queue", sa.String(20), nullable=False),
        sa.Column("sort_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name="fk_claim_card_keys_claim_id_claims", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("claim_id", "key", name="pk_claim_card_keys"),
    )
    op.create_index("ix_claim_card_keys_order", "claim_card_keys", ["queue", "key", "sort_on", "claim_id"])
    op.create_table(
        "claim_card_counts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("queue", sa.String(20), nullable=False),
        sa.Column("reviewer", sa.Integer(), nullable=False),
        sa.Column("dossiers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_claim_card_counts"),
    )
    op.create_table(
        "company_name_words",
        sa.Column("word", sa.String(40), nullable=False),
        sa.Column("company_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name="fk_company_name_words_company_id_companies",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("word", "company_id", name="pk_company_name_words"),
    )
    op.create_index("ix_company_name_words_company_id", "company_name_words", ["company_id"])
    _assignment()


ORDERS = {
    "order": ["queue", "sort_on", "claim_id"],
    "reviewer": ["queue", "reviewer", "sort_on", "claim_id"],
    "taken": ["queue", "taken", "sort_on", "claim_id"],
    "region": ["queue", "region", "sort_on", "claim_id"],
    "size": ["queue", "size", "sort_on", "claim_id"],
    "net": ["queue", "net_cents"],
    "filed": ["queue", "filed_on"],
    "risk": ["queue", "risk_weight"],
    "company": ["company_id", "claim_id"],
}


def _assignment() -> None:
    op.create_table(
        "assignment_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("axes", sa.JSON(), nullable=False),
        sa.Column("from_cents", sa.BigInteger(), nullable=True),
        sa.Column("below_cents", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(name) > 0", name="name"),
        sa.CheckConstraint(
            "from_cents IS NULL OR below_cents IS NULL OR from_cents < below_cents",
            name="amounts",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_assignment_rules"),
    )
    op.create_table(
        "assignment_rule_reviewers",
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["assignment_rules.id"],
            name="fk_assignment_rule_reviewers_rule_id_assignment_rules",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_assignment_rule_reviewers_person_id_persons"
        ),
        sa.PrimaryKeyConstraint("rule_id", "person_id", name="pk_assignment_rule_reviewers"),
    )
    op.create_index("ix_assignment_rule_reviewers_person_id", "assignment_rule_reviewers", ["person_id"])
    op.create_table(
        "reviewer_regions",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(10), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_reviewer_regions_person_id_persons"),
        sa.PrimaryKeyConstraint("person_id", "region", name="pk_reviewer_regions"),
    )


def downgrade() -> None:
    for table in ("reviewer_regions", "assignment_rule_reviewers", "assignment_rules", "company_name_words"):
        op.drop_table(table)
    for table in ("claim_card_counts", "claim_card_keys", "claim_cards"):
        op.drop_table(table)
