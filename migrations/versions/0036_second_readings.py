"""The queue of the proposals that a second reviewer is to read: who made each, and which dossiers stand there."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_THRESHOLD = 50_000_00
"""The bonus above which a second reviewer read, in cents, when this was written (art. 12)."""
# No law is applied here: what its company was told to expect says whether a proposal is read again. Where the law now
# gives more, the officer's decision is refused as before, and that puts the dossier into the queue.
_LAST = "(SELECT max(id) FROM proposals GROUP BY claim_id)"
_UNREAD = (
    "SELECT claims.id FROM claims JOIN proposals ON proposals.claim_id = claims.id "
    f"WHERE claims.status = 'proposed' AND proposals.second_reading AND proposals.id IN {_LAST} "
    "AND proposals.concurred_by_id IS NULL"
)


def upgrade() -> None:
    with op.batch_alter_table("proposals") as batch:
        batch.add_column(sa.Column("second_reading", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("claim_cards") as batch:
        batch.add_column(sa.Column("proposer", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_claim_cards_proposer", "claim_cards", ["queue", "proposer", "reviewer"])
    op.execute("UPDATE proposals SET second_reading = TRUE WHERE concurred_by_id IS NOT NULL")
    op.execute(
        f"UPDATE proposals SET second_reading = TRUE WHERE id IN {_LAST} AND claim_id IN "
        f"(SELECT claim_id FROM claim_cards WHERE status = 'proposed' AND bonus_cents > {_THRESHOLD})"
    )
    _move(_UNREAD, "a-decider", "a-relire")
    op.execute(
        "UPDATE claim_cards SET proposer = (SELECT reviewer_id FROM proposals "
        f"WHERE proposals.claim_id = claim_cards.claim_id AND proposals.id IN {_LAST}) WHERE queue = 'a-relire'"
    )


def downgrade() -> None:
    _move("SELECT claim_id FROM claim_cards WHERE queue = 'a-relire'", "a-relire", "a-decider")
    op.drop_index("ix_claim_cards_proposer", "claim_cards")
    with op.batch_alter_table("claim_cards") as batch:
        batch.drop_column("proposer")
    with op.batch_alter_table("proposals") as batch:
        batch.drop_column("second_reading")


def _move(which: str, old: str, new: str) -> None:
    """Put cards, their keys and the counts of one queue into another; their day stays."""
    for sign, queue in (("-1", old), ("1", new)):
        op.execute(
            f"INSERT INTO claim_card_counts (queue, reviewer, dossiers) SELECT '{queue}', reviewer, {sign} * count(*) "
            f"FROM claim_cards WHERE queue = '{old}' AND claim_id IN ({which}) GROUP BY reviewer"
        )
    for table in ("claim_card_keys", "claim_cards"):
        op.execute(f"UPDATE {table} SET queue = '{new}' WHERE queue = '{old}' AND claim_id IN ({which})")
