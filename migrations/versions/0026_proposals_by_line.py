"""What a reviewer proposes line by line, who concurs, and in which role each person acted."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

OLD_REASONS = "outcome = 'apply' OR length(reasons) > 0"
NEW_REASONS = (
    "outcome = 'apply' OR (length(trim(reasons)) > 0 AND ground IS NOT NULL AND ground_article IS NOT NULL "
    "AND ground_wording IS NOT NULL)"
)
ROLES = {
    "reviewer": "'review', 'ask', 'propose', 'concur', 'object'",
    "authorising_officer": "'send_back', 'decide', 'revoke', 'reform', 'annul'",
}


def upgrade() -> None:
    _keep_roles()
    _propose_by_line()


def _keep_roles() -> None:
    op.create_table(
        "claim_roles",
        sa.Column(
            "claim_id", sa.Integer(), sa.ForeignKey("claims.id", name="fk_claim_roles_claim_id_claims")
        ),
        sa.Column(
            "person_id", sa.Integer(), sa.ForeignKey("persons.id", name="fk_claim_roles_person_id_persons")
        ),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("claim_id", "person_id", name="pk_claim_roles"),
        sa.UniqueConstraint("claim_id", "person_id", "role", name="uq_claim_roles_claim_id_person_id_role"),
        sa.CheckConstraint(
            "role IN ('reviewer', 'authorising_officer', 'accounting_officer')",
            name=op.f("ck_claim_roles_role"),
        ),
    )
    op.create_index("ix_claim_roles_person_id", "claim_roles", ["person_id"])
    with op.batch_alter_table("status_changes") as table:
        table.add_column(sa.Column("role", sa.String(20), nullable=True))
    for role, actions in ROLES.items():
        op.execute(
            f"UPDATE status_changes SET role = '{role}' WHERE person_id IS NOT NULL AND action IN ({actions})"
        )
    _refuse_two_roles()
    op.execute(
        "INSERT INTO claim_roles (claim_id, person_id, role, since) SELECT claim_id, person_id, role, min(at) "
        "FROM status_changes WHERE role IS NOT NULL GROUP BY claim_id, person_id, role"
    )
    # Who paid: whoever had acted before could not, so a row that is there already is left as it is.
    op.execute(
        "INSERT INTO claim_roles (claim_id, person_id, role, since) "
        "SELECT decisions.claim_id, payment_batches.created_by_id, 'accounting_officer', "
        "min(payment_batches.created_at) FROM payment_orders "
        "JOIN payment_batches ON payment_orders.batch_id = payment_batches.id "
        "JOIN decisions ON payment_orders.decision_id = decisions.id "
        "WHERE payment_batches.created_by_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM claim_roles AS kept "
        "WHERE kept.claim_id = decisions.claim_id AND kept.person_id = payment_batches.created_by_id) "
        "GROUP BY decisions.claim_id, payment_batches.created_by_id"
    )
    with op.batch_alter_table("status_changes") as table:
        table.create_foreign_key(
            "fk_status_changes_claim_id_claim_roles",
            "claim_roles",
            ["claim_id", "person_id", "role"],
            ["claim_id", "person_id", "role"],
        )
        table.create_check_constraint(
            "agents_have_a_role",
            "person_id IS NULL OR role IS NOT NULL OR action IN ('file', 'abandon', 'answer')",
        )


def _refuse_two_roles() -> None:
    """The service never let anyone act twice; a dossier where it happened is for a person to look at, not for us to
    hide."""
    found = op.get_bind().execute(
        sa.text(
            "SELECT claim_id, person_id FROM status_changes WHERE role IS NOT NULL "
            "GROUP BY claim_id, person_id HAVING count(DISTINCT role) > 1"
        )
    )
    if rows := [tuple(row) for row in found]:
        raise SystemExit(f"One person acted in two roles on one dossier (claim_id, person_id): {rows[:20]}")


def _propose_by_line() -> None:
    with op.batch_alter_table("proposals") as table:
        table.add_column(sa.Column("ground", sa.String(60), nullable=True))
        table.add_column(sa.Column("ground_article", sa.String(20), nullable=True))
        table.add_column(sa.Column("ground_wording", sa.String(300), nullable=True))
        table.add_column(sa.Column("concurred_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("concurred_at", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key(
            "fk_proposals_concurred_by_id_persons", "persons", ["concurred_by_id"], ["id"]
        )
        table.create_check_constraint("two_reviewers", "concurred_by_id <> reviewer_id")
        table.create_check_constraint("concurred", "(concurred_by_id IS NULL) = (concurred_at IS NULL)")
        table.drop_constraint("refusal_has_reasons", type_="check")
    op.execute(
        "UPDATE proposals SET ground = 'in_words', ground_article = 'art. 11', "
        "ground_wording = 'Motif écrit avant que les motifs ne se choisissent dans une liste' "
        "WHERE outcome = 'refuse'"
    )
    with op.batch_alter_table("proposals") as table:
        table.create_check_constraint("refusal_has_reasons", NEW_REASONS)
    op.create_table(
        "proposal_cuts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("ground", sa.String(60), nullable=True),
        sa.Column("article", sa.String(20), nullable=True),
        sa.Column("wording", sa.String(300), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("retained_cents", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_proposal_cuts"),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name="fk_proposal_cuts_proposal_id_proposals"
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["purchase_lines.id"], name="fk_proposal_cuts_line_id_purchase_lines"
        ),
        sa.UniqueConstraint("proposal_id", "line_id", name="uq_proposal_cuts_proposal_id_line_id"),
        sa.CheckConstraint("action IN ('refuse', 'reduce', 'wait')", name=op.f("ck_proposal_cuts_action")),
        sa.CheckConstraint(
            "action = 'wait' OR (ground IS NOT NULL AND article IS NOT NULL AND wording IS NOT NULL "
            "AND length(trim(facts)) >= 20)",
            name=op.f("ck_proposal_cuts_cut_has_ground_and_facts"),
        ),
        sa.CheckConstraint(
            "(action = 'reduce') = (retained_cents IS NOT NULL) AND (retained_cents IS NULL OR retained_cents > 0)",
            name=op.f("ck_proposal_cuts_retained"),
        ),
    )
    op.create_index("ix_proposal_cuts_line_id", "proposal_cuts", ["line_id"])


def downgrade() -> None:
    op.drop_index("ix_proposal_cuts_line_id", table_name="proposal_cuts")
    op.drop_table("proposal_cuts")
    with op.batch_alter_table("proposals") as table:
        table.drop_constraint("refusal_has_reasons", type_="check")
        table.drop_constraint("concurred", type_="check")
        table.drop_constraint("two_reviewers", type_="check")
        table.drop_constraint("fk_proposals_concurred_by_id_persons", type_="foreignkey")
        for column in ("concurred_at", "concurred_by_id", "ground_wording", "ground_article", "ground"):
            table.drop_column(column)
    with op.batch_alter_table("proposals") as table:
        table.create_check_constraint("refusal_has_reasons", OLD_REASONS)
    with op.batch_alter_table("status_changes") as table:
        table.drop_constraint("agents_have_a_role", type_="check")
        table.drop_constraint("fk_status_changes_claim_id_claim_roles", type_="foreignkey")
        table.drop_column("role")
    op.drop_index("ix_claim_roles_person_id", table_name="claim_roles")
    op.drop_table("claim_roles")
