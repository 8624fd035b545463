"""Many filed dossiers in one stroke: rows copied from one that was really filed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import insert, select, text

from bonus.claims.models import Claim, Document, Invoice, PurchaseLine
from bonus.extensions import Model, db

from .world import Dossier

BATCH = 10_000


def copies(dossier: Dossier, count: int) -> None:
    """``count`` more dossiers like this one, filed by the same company, each with its own invoice; committed.

    ``dossier`` holds one document, one invoice and one line. The copies' ids follow those in the tables.
    """
    whose: dict[type[Model], Callable[[int], dict[str, Any]]] = {
        Claim: lambda n: {"reference": f"copy-{n}", "number": f"BS-2026-{n:06d}", "acknowledgement": None},
        Document: lambda n: {"claim_id": n, "reference": f"copy-{n}", "stored_as": f"copy-{n}"},
        Invoice: lambda n: {"claim_id": n, "document_id": n, "number": f"C-{n}", "number_key": f"c-{n}"},
        PurchaseLine: lambda n: {"invoice_id": n},
    }
    first = 1 + max(db.session.scalars(select(model.__table__.c.id)).all()[-1] for model in whose)
    ids = range(first, first + count)
    for model, own in whose.items():
        _insert(model, own, ids, _row(model, dossier))
    db.session.commit()


def _row(model: type[Model], dossier: Dossier) -> dict[str, Any]:
    table = model.__table__
    query = select(table).order_by(table.c.id)
    if model is Claim:
        query = query.where(table.c.id == dossier.id)
    return dict(db.session.execute(query).mappings().first() or {})


def _insert(
    model: type[Model], own: Callable[[int], dict[str, Any]], ids: Iterable[int], row: dict[str, Any]
) -> None:
    numbers = list(ids)
    for start in range(0, len(numbers), BATCH):
        rows = [row | {"id": n} | own(n) for n in numbers[start : start + BATCH]]
        db.session.execute(insert(model), rows)
    if db.session.get_bind().dialect.name == "postgresql":
        name = model.__tablename__
        db.session.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {numbers[-1]})"))
