"""The letters that answer an appeal without a new decision; the cards of dossiers that a rule is to decide."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_LETTERS = ("confirmed", "annulled", "rejected_late")


def _allow(table: str, *, more: tuple[str, ...] = (), less: tuple[str, ...] = ()) -> None:
    """Change which kinds of letters a table may hold, whatever the revisions before this one let it hold."""
    name = f"ck_{table}_kind"
    (check,) = (one for one in sa.inspect(op.get_bind()).get_check_constraints(table) if one["name"] == name)
    known = [word for word in re.findall(r"'(\w+)'", check["sqltext"]) if word not in (*more, *less)]
    listed = ", ".join(repr(word) for word in (*known, *more))
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(name), type_="check")
        batch.create_check_constraint(op.f(name), f"kind IN ({listed})")


def upgrade() -> None:
    _allow("letters", more=_LETTERS)
    _allow("letter_templates", more=_LETTERS)
    lane = (
        "SELECT lane_entries.claim_id FROM lane_entries JOIN claims ON claims.id = lane_entries.claim_id "
        "WHERE lane_entries.state = 'waiting' AND lane_entries.trouble IS NULL AND claims.status = 'filed'"
    )
    rule_day = "(SELECT due_on FROM lane_entries WHERE lane_entries.claim_id = {0}.claim_id)"
    _move(lane, "a-verifier", "voie-rapide", rule_day)


def downgrade() -> None:
    lane = "SELECT claim_id FROM claim_cards WHERE queue = 'voie-rapide'"
    last_day = "(SELECT decision_due_on FROM claims WHERE claims.id = {0}.claim_id)"
    _move(lane, "voie-rapide", "a-verifier", last_day)
    listed = ", ".join(repr(kind) for kind in _LETTERS)
    for table in ("letters", "letter_templates"):
        op.execute(f"DELETE FROM {table} WHERE kind IN ({listed})")
        _allow(table, less=_LETTERS)


def _move(which: str, old: str, new: str, day: str) -> None:
    """Put cards, their keys and the counts of one queue into another; ``day``: their day there."""
    for sign, queue in (("-1", old), ("1", new)):
        op.execute(
            f"INSERT INTO claim_card_counts (queue, reviewer, dossiers) SELECT '{queue}', reviewer, {sign} * count(*) "
            f"FROM claim_cards WHERE queue = '{old}' AND claim_id IN ({which}) GROUP BY reviewer"
        )
    for table in ("claim_card_keys", "claim_cards"):
        at = day.format(table)
        also = f", due_on = {at}" if table == "claim_cards" else ""
        op.execute(
            f"UPDATE {table} SET queue = '{new}', sort_on = {at}{also} WHERE queue = '{old}' AND claim_id IN ({which})"
        )
