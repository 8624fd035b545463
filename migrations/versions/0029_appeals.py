"""Appeals, and the lines that a later decision replaces; what agents are warned of."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_FORMER = (
    "'received', 'documents_asked', 'filing_deadline', 'answer_deadline', 'decided', 'waiting', 'paid', "
    "'label_ends', 'answer_received', 'answer_ended', 'message', 'withdrawn'"
)
_NEW = "'silence', 'appeal_filed', 'appeal_answered'"


def _kinds(kinds: str) -> None:
    with op.batch_alter_table("notices") as batch:
        batch.drop_constraint(op.f("ck_notices_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_notices_kind"), f"kind IN ({kinds})")


def upgrade() -> None:
    _kinds(f"{_FORMER}, {_NEW}")


def downgrade() -> None:
    # The former house has no such kinds: they are told as decisions are.
    op.execute(f"UPDATE notices SET kind = 'decided' WHERE kind IN ({_NEW})")
    _kinds(_FORMER)
