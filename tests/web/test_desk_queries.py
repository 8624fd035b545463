"""The dossier's page asks the database as much for sixty invoices as for six."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from bonus.extensions import db
from tests.support.bills import Item, bill
from tests.support.world import Dossier, World, draft, filed
from tests.web.visitor import Visitor, signed_in

FEW, MANY = 4, 24


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements sent while it is open."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    with world.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def of_invoices(world: World, count: int) -> Dossier:
    files = [bill(Item(1_000_00), Item(500_00), number=f"F-{count}-{rank}") for rank in range(count)]
    return filed(world, draft(world, files))


def queries(world: World, visitor: Visitor, dossier: Dossier, end: str) -> int:
    address = f"/agent/dossiers/{dossier.number}{end}"
    assert visitor.get(address).status_code == 200  # what is kept for later is kept
    with counted(world) as sent:
        assert visitor.get(address).status_code == 200
    return len(sent)


def test_no_query_for_each_invoice_nor_line(world: World) -> None:
    few, many = of_invoices(world, FEW), of_invoices(world, MANY)
    reviewer = signed_in(world.app, world.reviewer.email)
    for end in ("", "/explication"):
        small, large = (queries(world, reviewer, one, end) for one in (few, many))
        assert large <= small + 2, (end, small, large)
        assert large < 90, (end, large)
