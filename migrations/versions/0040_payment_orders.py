"""Payment orders have a history, reasons that hold them, and batches that are signed, written once, and sent."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_ORDERS = (
    "to_pay", "held", "in_batch", "sent", "executed", "rejected", "returned", "to_pay_again", "cancelled", "offset"
)  # fmt: skip
_WITH_BATCH = ("in_batch", "sent", "executed", "rejected", "returned")
_WITHOUT_ACCOUNT = ("held", "cancelled", "offset")
_BATCHES = ("making", "made", "signed", "written", "sent", "dismissed")
_REASONS = ("no_account", "iban_change", "revoked", "control", "insolvency", "account_refused", "by_hand")
_FORMER_REASONS = {
    "L’entreprise n’a pas de compte bancaire vérifié (art. 13).": "no_account",
    "Un changement de compte bancaire attend d’être vérifié (art. 13).": "iban_change",
    "La décision a été retirée (art. 11) : rien n’est payé.": "revoked",
}
_MOMENTS = ("signed_at", "written_at", "sent_at", "dismissed_at")
_PERSONS = ("signed_by_id", "sent_by_id", "dismissed_by_id")


def _list(codes: tuple[str, ...]) -> str:
    return ", ".join(map(repr, codes))


_BATCH_CHECKS = {
    "status": f"status IN ({_list(_BATCHES)})",
    "counts": "orders_count >= 0 AND total_cents >= 0",
    "not_empty": "status IN ('making', 'dismissed') OR orders_count > 0",
    "two_officers": "signed_by_id IS NULL OR signed_by_id <> created_by_id",
    "signed": "status NOT IN ('signed', 'written', 'sent') OR signed_at IS NOT NULL",
    "written": "status NOT IN ('written', 'sent') OR written_at IS NOT NULL",
    "sent": "(status = 'sent') = (sent_at IS NOT NULL)",
    "dismissed": "(status = 'dismissed') = (dismissed_at IS NOT NULL)",
}
_ORDER_CHECKS = {
    "offset": "offset_cents >= 0 AND offset_cents <= amount_cents",
    "offset_whole": "status <> 'offset' OR offset_cents = amount_cents",
    "attempts": "attempts >= 0",
    "status": f"status IN ({_list(_ORDERS)})",
    "batch": f"(status IN ({_list(_WITH_BATCH)})) = (batch_id IS NOT NULL)",
    "iban_known": f"status IN ({_list(_WITHOUT_ACCOUNT)}) OR iban IS NOT NULL",
}


@contextmanager
def _changed(table: str) -> Iterator[object]:
    """A table to change. SQLite copies it, without its triggers: they are made again."""
    triggers = []
    if op.get_bind().dialect.name == "sqlite":
        query = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
        triggers = op.get_bind().execute(query, {"table": table}).all()
    for name, _ in triggers:
        op.execute(f"DROP TRIGGER {name}")
    with op.batch_alter_table(table) as batch:
        yield batch
    for _, made_by in triggers:
        op.execute(sa.text(made_by.replace(":", "\\:")))


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _new_tables() -> None:
    op.create_table(
        "payment_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=35), nullable=False),
        sa.Column("transfers_count", sa.Integer(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        _moment("written_at"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "part > 0 AND transfers_count > 0 AND total_cents > 0", name=op.f("ck_payment_files_not_empty")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["payment_batches.id"], name=op.f("fk_payment_files_batch_id_payment_batches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_files")),
        sa.UniqueConstraint("batch_id", "part", name=op.f("uq_payment_files_batch_id_part")),
        sa.UniqueConstraint("message_id", name=op.f("uq_payment_files_message_id")),
    )
    op.create_table(
        "payment_transfers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("end_to_end_id", sa.String(length=35), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_payment_transfers_amount")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["payment_files.id"], name=op.f("fk_payment_transfers_file_id_payment_files")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["payment_orders.id"], name=op.f("fk_payment_transfers_order_id_payment_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_transfers")),
        sa.UniqueConstraint("file_id", "order_id", name=op.f("uq_payment_transfers_file_id_order_id")),
    )
    op.create_index(op.f("ix_payment_transfers_order_id"), "payment_transfers", ["order_id"])
    op.create_index(op.f("ix_payment_transfers_end_to_end_id"), "payment_transfers", ["end_to_end_id"])
    op.create_table(
        "payment_holds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        _moment("since"),
        sa.Column("by_id", sa.Integer(), nullable=True),
        _moment("freed_at", nullable=True),
        sa.Column("freed_by_id", sa.Integer(), nullable=True),
        sa.Column("freed_why", sa.String(length=500), nullable=True),
        sa.CheckConstraint(f"reason IN ({_list(_REASONS)})", name=op.f("ck_payment_holds_reason")),
        sa.CheckConstraint("reason <> 'by_hand' OR words <> ''", name=op.f("ck_payment_holds_said")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["payment_orders.id"], name=op.f("fk_payment_holds_order_id_payment_orders")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["persons.id"], name=op.f("fk_payment_holds_by_id_persons")),
        sa.ForeignKeyConstraint(
            ["freed_by_id"], ["persons.id"], name=op.f("fk_payment_holds_freed_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_holds")),
    )
    op.create_index(
        "uq_payment_holds_standing",
        "payment_holds",
        ["order_id", "reason"],
        unique=True,
        sqlite_where=sa.text("freed_at IS NULL"),
        postgresql_where=sa.text("freed_at IS NULL"),
    )
    op.create_table(
        "payment_order_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        _moment("at"),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("old_status", sa.String(length=12), nullable=False),
        sa.Column("new_status", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("message", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["payment_orders.id"], name=op.f("fk_payment_order_changes_order_id_payment_orders")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_payment_order_changes_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_order_changes")),
    )
    op.create_index(op.f("ix_payment_order_changes_order_id"), "payment_order_changes", ["order_id"])


def _change_batches() -> None:
    with _changed("payment_batches") as batch:
        batch.drop_constraint(op.f("ck_payment_batches_not_empty"), type_="check")
        # Batches of before were signed by nobody else, and their file went to the bank.
        batch.add_column(sa.Column("status", sa.String(length=10), nullable=False, server_default="sent"))
        for name in _MOMENTS:
            batch.add_column(_moment(name, nullable=True))
        for name in _PERSONS:
            batch.add_column(sa.Column(name, sa.Integer(), nullable=True))
            batch.create_foreign_key(op.f(f"fk_payment_batches_{name}_persons"), "persons", [name], ["id"])
        batch.add_column(sa.Column("dismissed_why", sa.Text(), nullable=True))
        batch.add_column(sa.Column("work", sa.String(length=10), nullable=True))
        for name in ("progress_done", "progress_total"):
            batch.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE payment_batches SET signed_at = created_at, written_at = created_at, sent_at = created_at, "
        "sent_by_id = created_by_id"
    )
    op.execute(
        "INSERT INTO payment_files (batch_id, part, message_id, transfers_count, total_cents, sha256, size, "
        "written_at, content) SELECT id, 1, number, orders_count, total_cents, sha256, length(file), created_at, "
        "file FROM payment_batches"
    )
    with _changed("payment_batches") as batch:
        batch.drop_column("file")
        batch.drop_column("sha256")
        for name in ("status", "progress_done", "progress_total"):
            batch.alter_column(name, server_default=None)
        for name, rule in _BATCH_CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_payment_batches_{name}"), rule)
    op.create_index(op.f("ix_payment_batches_status"), "payment_batches", ["status"])


def _change_orders() -> None:
    op.drop_index(op.f("ix_payment_orders_status"), table_name="payment_orders")
    with _changed("payment_orders") as batch:
        for name in ("status", "batch", "iban_known", "held_reason"):
            batch.drop_constraint(op.f(f"ck_payment_orders_{name}"), type_="check")
        batch.drop_constraint(op.f("uq_payment_orders_decision_id"), type_="unique")
        batch.alter_column("status", type_=sa.String(length=12), existing_nullable=False)
        batch.add_column(sa.Column("restores_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_payment_orders_restores_id_payment_orders"), "payment_orders", ["restores_id"], ["id"]
        )
        batch.add_column(sa.Column("offset_cents", sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    _carry_over()
    with _changed("payment_orders") as batch:
        batch.drop_column("held_reason")
        for name in ("offset_cents", "attempts"):
            batch.alter_column(name, server_default=None)
        for name, rule in _ORDER_CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_payment_orders_{name}"), rule)
    op.create_index(
        "uq_payment_orders_decision_id",
        "payment_orders",
        ["decision_id"],
        unique=True,
        sqlite_where=sa.text("restores_id IS NULL"),
        postgresql_where=sa.text("restores_id IS NULL"),
    )
    op.create_index(op.f("ix_payment_orders_decision_id"), "payment_orders", ["decision_id"])
    op.create_index("ix_payment_orders_due", "payment_orders", ["status", "due_on", "id"])


def _carry_over() -> None:
    """What the orders of before are: held for a reason, or sent with the file of their batch."""
    for sentence, reason in _FORMER_REASONS.items():
        for words in (sentence, sentence.replace(" :", "\N{NO-BREAK SPACE}:")):
            op.execute(
                sa.text(
                    "UPDATE payment_orders SET held_reason = :reason WHERE status = 'held' AND held_reason = :words"
                ).bindparams(reason=f"={reason}", words=words)
            )
    op.execute(
        "INSERT INTO payment_holds (order_id, reason, words, since) SELECT id, "
        "CASE WHEN held_reason LIKE '=%' THEN substr(held_reason, 2) ELSE 'by_hand' END, "
        "CASE WHEN held_reason LIKE '=%' THEN '' ELSE held_reason END, created_at "
        "FROM payment_orders WHERE status = 'held'"
    )
    op.execute("UPDATE payment_orders SET status = 'sent', attempts = 1 WHERE status = 'in_batch'")
    op.execute(
        "INSERT INTO payment_transfers (file_id, order_id, end_to_end_id, amount_cents, iban) "
        "SELECT f.id, o.id, o.number, o.amount_cents, o.iban FROM payment_orders o "
        "JOIN payment_files f ON f.batch_id = o.batch_id WHERE o.status = 'sent' ORDER BY o.id"
    )
    op.execute(
        "INSERT INTO payment_order_changes (order_id, at, action, old_status, new_status, person_id, why, message) "
        "SELECT o.id, b.created_at, 'send', 'in_batch', 'sent', b.created_by_id, '', b.number FROM payment_orders o "
        "JOIN payment_batches b ON b.id = o.batch_id WHERE o.status = 'sent' ORDER BY o.id"
    )
    op.execute(
        'INSERT INTO ledger_entries (key, kind, "on", at, year, debit, credit, amount_cents, piece, decision_id) '
        "SELECT 'sent:order:' || o.number || ':' || b.number, 'sent', date(b.created_at), b.created_at, c.year, "
        "'payable', 'in_transit', o.amount_cents, 'order:' || o.number, o.decision_id FROM payment_orders o "
        "JOIN payment_batches b ON b.id = o.batch_id JOIN commitments c ON c.decision_id = o.decision_id "
        "WHERE o.status = 'sent' ORDER BY o.id"
    )


def upgrade() -> None:
    _new_tables()
    _change_batches()
    _change_orders()


def downgrade() -> None:
    """What is with the bank, or paid, is in a batch again; what ended otherwise, or came back, is held."""
    op.execute("DELETE FROM payment_order_changes")
    _orders_as_before()
    for table in ("payment_transfers", "payment_holds", "payment_order_changes"):
        op.drop_table(table)
    _batches_as_before()
    op.drop_table("payment_files")


def _orders_as_before() -> None:
    op.drop_index("ix_payment_orders_due", table_name="payment_orders")
    op.drop_index(op.f("ix_payment_orders_decision_id"), table_name="payment_orders")
    op.drop_index("uq_payment_orders_decision_id", table_name="payment_orders")
    with _changed("payment_orders") as batch:
        for name in _ORDER_CHECKS:
            batch.drop_constraint(op.f(f"ck_payment_orders_{name}"), type_="check")
        batch.add_column(sa.Column("held_reason", sa.String(length=300), nullable=True))
    op.execute(
        "DELETE FROM payment_transfers WHERE order_id IN (SELECT id FROM payment_orders WHERE restores_id IS NOT NULL)"
    )
    op.execute(
        "DELETE FROM payment_holds WHERE order_id IN (SELECT id FROM payment_orders WHERE restores_id IS NOT NULL)"
    )
    op.execute("DELETE FROM payment_orders WHERE restores_id IS NOT NULL")
    op.execute("UPDATE payment_orders SET status = 'to_pay' WHERE status = 'to_pay_again'")
    unsent = "(SELECT id FROM payment_batches WHERE status <> 'sent')"
    op.execute(
        "UPDATE payment_orders SET status = 'to_pay', batch_id = NULL WHERE status = 'in_batch' "
        f"AND batch_id IN {unsent}"
    )
    op.execute("UPDATE payment_orders SET status = 'in_batch' WHERE status IN ('sent', 'executed')")
    op.execute(
        "UPDATE payment_orders SET status = 'held', batch_id = NULL, held_reason = 'L’ordre n’est plus à payer.' "
        "WHERE status IN ('rejected', 'returned', 'cancelled', 'offset')"
    )
    for sentence, reason in _FORMER_REASONS.items():
        op.execute(
            sa.text(
                "UPDATE payment_orders SET held_reason = :words WHERE status = 'held' AND held_reason IS NULL "
                "AND id IN (SELECT order_id FROM payment_holds WHERE reason = :reason AND freed_at IS NULL)"
            ).bindparams(reason=reason, words=sentence.replace(" :", "\N{NO-BREAK SPACE}:"))
        )
    op.execute(
        "UPDATE payment_orders SET held_reason = 'Retenu.' WHERE status = 'held' AND held_reason IS NULL"
    )
    with _changed("payment_orders") as batch:
        batch.drop_constraint(op.f("fk_payment_orders_restores_id_payment_orders"), type_="foreignkey")
        for name in ("restores_id", "offset_cents", "attempts"):
            batch.drop_column(name)
        batch.alter_column("status", type_=sa.String(length=10), existing_nullable=False)
        batch.create_unique_constraint(op.f("uq_payment_orders_decision_id"), ["decision_id"])
        for name, rule in (
            ("batch", "(status = 'in_batch') = (batch_id IS NOT NULL)"),
            ("held_reason", "status <> 'held' OR held_reason IS NOT NULL"),
            ("iban_known", "status = 'held' OR iban IS NOT NULL"),
            ("status", "status IN ('held', 'to_pay', 'in_batch')"),
        ):
            batch.create_check_constraint(op.f(f"ck_payment_orders_{name}"), rule)
    op.create_index(op.f("ix_payment_orders_status"), "payment_orders", ["status"])


def _batches_as_before() -> None:
    op.drop_index(op.f("ix_payment_batches_status"), table_name="payment_batches")
    with _changed("payment_batches") as batch:
        for name in _BATCH_CHECKS:
            batch.drop_constraint(op.f(f"ck_payment_batches_{name}"), type_="check")
        batch.add_column(sa.Column("file", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("sha256", sa.String(length=64), nullable=True))
    op.execute(
        "DELETE FROM payment_files WHERE batch_id IN (SELECT id FROM payment_batches WHERE status <> 'sent')"
    )
    op.execute("DELETE FROM payment_batches WHERE status <> 'sent'")
    for column, source in (("file", "content"), ("sha256", "sha256")):
        op.execute(
            f"UPDATE payment_batches SET {column} = (SELECT f.{source} FROM payment_files f "
            "WHERE f.batch_id = payment_batches.id AND f.part = 1)"
        )
    with _changed("payment_batches") as batch:
        for name in _PERSONS:
            batch.drop_constraint(op.f(f"fk_payment_batches_{name}_persons"), type_="foreignkey")
        for name in (
            "status",
            *_MOMENTS,
            *_PERSONS,
            "dismissed_why",
            "work",
            "progress_done",
            "progress_total",
        ):
            batch.drop_column(name)
        batch.alter_column("file", nullable=False, existing_type=sa.LargeBinary())
        batch.alter_column("sha256", nullable=False, existing_type=sa.String(length=64))
        batch.create_check_constraint(
            op.f("ck_payment_batches_not_empty"), "orders_count > 0 AND total_cents > 0"
        )
