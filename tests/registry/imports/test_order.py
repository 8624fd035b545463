"""The order of the rows decides nothing: the registry is the same, and so are the rows at fault."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from bonus.extensions import db
from tests.support.application import application
from tests.support.databases import sqlite_copy

from .samples import AUDITED, PLAIN, REINSTATED, SUSPENDED, WITHDRAWN, brought, registry

Row = dict[str, Any]


def rows() -> list[Row]:
    """Offers found by name, by reference, by neither; lives of several events; a place left and taken."""
    offers = [
        {"solution": "Bureau Clair", "reference_offre": "BC-1"},
        {"solution": "Bureau Clair", "reference_offre": "BC-2"},
        {"solution": "Coffre"},
        {"solution": "Coffre", "reference_offre": "C-1"},
        {"solution": "Coffre", "alias": "Boîte"},
        {"solution": "Boîte"},
    ]
    found = []
    for rank, offer in enumerate(offers):
        start = date(2026, 3, 1) + timedelta(days=30 * rank)
        days = {"valable_du": start, "valable_au": start + timedelta(days=29)}
        found.append(PLAIN | offer | days | {"certification": f"S-{rank}"})
    life = AUDITED | {"certification": "N-1", "reference_offre": "BC-1"}
    found += [life | SUSPENDED, life | REINSTATED, life | WITHDRAWN]
    return found


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[list[Flask]]:
    """Six services with nothing in their registry."""
    with ExitStack() as stack:
        apps = []
        for number in range(6):
            folder = tmp_path / str(number)
            folder.mkdir()
            apps.append(stack.enter_context(application(sqlite_copy(folder), folder)))
        yield apps


def without_order(found: dict[str, Any]) -> Any:
    """What the registry says, apart from what an order must decide: which of two offers of one name has the bare
    address, which fact of a day was written first."""
    names = {solution[0]: (solution[1], solution[2]) for solution in found["solutions"]}
    return {
        reference: (
            one["of"][1],
            names[one["of"][2]],
            one["days"],
            one["periods"],
            sorted(map(str, one["facts"])),
        )
        for reference, one in found["certifications"].items()
    }


def test_any_order_brings_the_same(fresh: list[Flask]) -> None:
    known: Any = None
    for number, app in enumerate(fresh):
        shuffled = rows()
        random.Random(number).shuffle(shuffled)
        with app.app_context():
            outcome = brought(*shuffled)
            assert outcome.faults == []
            found = without_order(registry())
            known = known or found
            assert found == known
            assert not brought(*rows()).written, "in any order, the same file changes nothing more"
            db.session.rollback()


def test_and_then_changes_the_same(fresh: list[Flask]) -> None:
    later = [row | {"valable_au": row["valable_au"] - timedelta(days=3)} for row in rows()[:6]]
    known: Any = None
    for number, app in enumerate(fresh):
        shuffled = [*later, PLAIN | {"certification": "S-9", "solution": "Neuve"}]
        random.Random(number).shuffle(shuffled)
        with app.app_context():
            brought(*rows())
            assert brought(*shuffled).faults == []
            found = without_order(registry())
            known = known or found
            assert found == known
            db.session.rollback()
