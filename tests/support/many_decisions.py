"""As many decisions as wanted with their commitments, orders and entries, copied by the database from a real one."""

from __future__ import annotations

from sqlalchemy import text

from bonus.extensions import db

from .world import World, settled

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < :count + 1) "
_TO_THE_FIRST = "FROM n CROSS JOIN {table} t WHERE t.id = (SELECT min(id) FROM {table})"
# Table → what is of each copy's own; every other column is the first row's.
_OWN = {
    "decisions": {"id": "i", "rank": "i"},
    "commitments": {"id": "i", "decision_id": "i"},
    "payment_orders": {"id": "i", "decision_id": "i", "number": "'OP-' || i"},
}


def many_decisions(world: World, count: int) -> None:
    """Pay a dossier's company so many decisions more, in the same month; every proof holds."""
    settled(world)
    with world.app.app_context():
        (cents,) = db.session.execute(text("SELECT bonus_cents FROM decisions")).one()
        more = {"count": count, "cents": cents * count}
        db.session.execute(
            text(
                "UPDATE envelopes SET authorised_cents = authorised_cents + :cents, "
                "committed_cents = committed_cents + :cents, committed_sme_cents = committed_sme_cents + :cents "
                "WHERE year = 2026"
            ),
            {"cents": more["cents"]},
        )
        db.session.execute(
            text("UPDATE ledger_entries SET amount_cents = amount_cents + :cents WHERE key = :key"),
            {"cents": more["cents"], "key": "authorised:envelope:2026"},
        )
        db.session.execute(
            text("UPDATE envelope_acts SET delta_cents = delta_cents + :cents WHERE year = 2026"),
            {"cents": more["cents"]},
        )
        for table, own in _OWN.items():
            _copy(table, own, _TO_THE_FIRST.format(table=table), count)
        for kind in ("committed", "granted"):
            own = {
                "id": "(SELECT max(id) FROM ledger_entries) + i",
                "key": f"'{kind}:decision:' || i",
                "piece": "'decision:' || i",
                "decision_id": "i",
            }
            _copy(
                "ledger_entries",
                own,
                f"FROM n CROSS JOIN ledger_entries t WHERE t.key = '{kind}:decision:1'",
                count,
            )
        db.session.commit()
        if db.session.get_bind().dialect.name == "postgresql":
            for table in (*_OWN, "ledger_entries"):
                db.session.execute(text(f"ANALYZE {table}"))
            db.session.commit()


def _copy(table: str, own: dict[str, str], source: str, count: int) -> None:
    names = [column.name for column in db.metadata.tables[table].columns]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(own.get(name, f't."{name}"') for name in names)
    statement = f"INSERT INTO {table} ({columns}) {_NUMBERS} SELECT {values} {source}"
    db.session.execute(text(statement), {"count": count})
