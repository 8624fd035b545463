"""Acts that open and change envelopes, credits released, and the waiting list, with what stands of each today."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_FORMER = "Enveloppe ouverte avant la tenue des actes"


def _acts() -> None:
    op.create_table(
        "envelope_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("delta_cents", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('opening', 'amendment', 'lapse')", name=op.f("ck_envelope_acts_kind")),
        sa.CheckConstraint(
            "(kind = 'opening' AND delta_cents >= 0) OR (kind = 'amendment' AND delta_cents <> 0) "
            "OR (kind = 'lapse' AND delta_cents < 0)",
            name=op.f("ck_envelope_acts_delta"),
        ),
        sa.CheckConstraint("length(trim(reference)) > 0", name=op.f("ck_envelope_acts_reference")),
        sa.ForeignKeyConstraint(["year"], ["envelopes.year"], name=op.f("fk_envelope_acts_year_envelopes")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["persons.id"], name=op.f("fk_envelope_acts_recorded_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelope_acts")),
        sa.UniqueConstraint("year", "reference", name=op.f("uq_envelope_acts_year_reference")),
    )
    op.create_index(
        "uq_envelope_acts_opening",
        "envelope_acts",
        ["year"],
        unique=True,
        sqlite_where=sa.text("kind = 'opening'"),
        postgresql_where=sa.text("kind = 'opening'"),
    )
    # The day the ledger says it was opened, or today.
    moment = (
        "COALESCE((SELECT MIN(at) FROM ledger_entries WHERE kind = 'authorised' "
        "AND ledger_entries.year = envelopes.year), CURRENT_TIMESTAMP)"
    )
    op.execute(
        "INSERT INTO envelope_acts (year, kind, delta_cents, reference, signed_on, recorded_at) "
        f"SELECT year, 'opening', authorised_cents, '{_FORMER}', date({moment}), {moment} FROM envelopes"
    )


def _releases() -> None:
    with op.batch_alter_table("commitments") as batch:
        batch.add_column(sa.Column("released_cents", sa.BigInteger(), nullable=False, server_default="0"))
        batch.create_check_constraint(
            op.f("ck_commitments_released"), "released_cents >= 0 AND released_cents <= amount_cents"
        )
    op.create_table(
        "credit_releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("commitment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('released', 'released_late', 'recommitted', 'recommitted_late')",
            name=op.f("ck_credit_releases_kind"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_credit_releases_amount")),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitments.id"], name=op.f("fk_credit_releases_commitment_id_commitments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_releases")),
        sa.UniqueConstraint("commitment_id", "about", name=op.f("uq_credit_releases_commitment_id_about")),
    )


def _waiting() -> None:
    op.create_table(
        "waiting_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("reserved", sa.Boolean(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("complete_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_by", sa.String(length=20), nullable=True),
        sa.Column("blocked", sa.String(length=500), nullable=True),
        sa.CheckConstraint("kind IN ('officer', 'rule')", name=op.f("ck_waiting_entries_kind")),
        sa.CheckConstraint(
            "(kind = 'officer') = (officer_id IS NOT NULL AND proposed_by_id IS NOT NULL)",
            name=op.f("ck_waiting_entries_persons"),
        ),
        sa.CheckConstraint("(left_at IS NULL) = (left_by IS NULL)", name=op.f("ck_waiting_entries_left")),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_waiting_entries_amount")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_waiting_entries_claim_id_claims")),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["persons.id"], name=op.f("fk_waiting_entries_officer_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["persons.id"], name=op.f("fk_waiting_entries_proposed_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_entries")),
    )
    op.create_index(
        "uq_waiting_entries_claim_id",
        "waiting_entries",
        ["claim_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_index("ix_waiting_entries_order", "waiting_entries", ["left_at", "complete_at", "claim_id"])


_moment = sa.DateTime(timezone=True)
_letters = sa.table(
    "letters", *(sa.column(name) for name in ("id", "claim_id", "kind")), sa.column("facts", sa.JSON)
)
_claims = sa.table("claims", sa.column("id"), sa.column("status"))
_changes = sa.table(
    "status_changes",
    *(sa.column(name) for name in ("id", "claim_id", "new_status", "person_id")),
    sa.column("at", _moment),
)
_proposals = sa.table("proposals", *(sa.column(name) for name in ("id", "claim_id", "reviewer_id")))


def _those_who_wait() -> None:
    """Each dossier that waits today, as its letter told: amount, class and the moment it became complete."""
    here = op.get_bind()
    waiting = (
        sa.select(_letters.c.claim_id, _letters.c.facts)
        .join(_claims, _claims.c.id == _letters.c.claim_id)
        .where(_letters.c.kind == "waiting", _claims.c.status == "waiting_list")
        .order_by(_letters.c.id)
    )
    entries = sa.table(
        "waiting_entries",
        *(
            sa.column(name)
            for name in ("claim_id", "kind", "officer_id", "proposed_by_id", "said", "reserved")
        ),
        sa.column("amount_cents"),
        *(sa.column(name, _moment) for name in ("complete_at", "joined_at")),
    )
    for claim_id, facts in {row.claim_id: row.facts for row in here.execute(waiting)}.items():
        joined = here.execute(
            sa.select(_changes.c.person_id, _changes.c.at)
            .where(_changes.c.claim_id == claim_id, _changes.c.new_status == "waiting_list")
            .order_by(_changes.c.id.desc())
        ).first()
        proposer = here.execute(
            sa.select(_proposals.c.reviewer_id)
            .where(_proposals.c.claim_id == claim_id)
            .order_by(_proposals.c.id.desc())
        ).scalar()
        officer = joined.person_id if joined else None
        here.execute(
            entries.insert().values(
                claim_id=claim_id,
                kind="officer" if officer is not None else "rule",
                officer_id=officer,
                proposed_by_id=proposer if officer is not None else None,
                said="",
                reserved=facts["reserved"],
                amount_cents=facts["amount_cents"],
                complete_at=datetime.fromisoformat(facts["complete_at"]).astimezone(UTC),
                joined_at=joined.at if joined else datetime.fromisoformat(facts["complete_at"]),
            )
        )


def upgrade() -> None:
    _acts()
    _releases()
    _waiting()
    _those_who_wait()


def downgrade() -> None:
    op.drop_table("waiting_entries")
    op.drop_table("credit_releases")
    with op.batch_alter_table("commitments") as batch:
        batch.drop_constraint(op.f("ck_commitments_released"), type_="check")
        batch.drop_column("released_cents")
    op.drop_table("envelope_acts")
