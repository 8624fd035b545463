"""A row that a test really made, many times over: for pages that list many of something.

Each copy has its own parents where the test says so: what is read once, because fifty rows share it, hides what is read
row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy import String, UniqueConstraint, event, func, insert, select

from bonus.accounts.models import AgentRole, Person
from bonus.claims.models import Claim, Decision
from bonus.companies.models import Company
from bonus.extensions import Model, db


class Dossiers(NamedTuple):
    """Copies of a dossier: the ids of the claims, and of what each has of its own."""

    claims: list[int]
    companies: list[int]
    people: list[int]
    decisions: list[int]


def multiplied(model: type[Model], row_id: int, count: int, **own: Any) -> list[int]:
    """``count`` more rows like this one, and their ids. ``own`` gives a column another value: one for all, or a list
    with one for each. Texts that must be unique are made so. Not committed."""
    table = model.__table__
    row = dict(db.session.execute(select(table).where(table.c.id == row_id)).mappings().one())
    first = 1 + (db.session.scalar(select(func.max(table.c.id))) or 0)
    ids = list(range(first, first + count))
    rows = []
    for rank, new in enumerate(ids):
        told = {name: value[rank] if isinstance(value, list) else value for name, value in own.items()}
        rows.append(
            row | {name: _unlike(row[name], size, new) for name, size in _unique(model)} | {"id": new} | told
        )
    db.session.execute(insert(model), rows)
    return ids


def _unique(model: type[Model]) -> list[tuple[str, int]]:
    """The texts of a table that no two rows share, and how long they may be."""
    table = model.__table__
    alone = [column for column in table.columns if column.unique]
    for one in getattr(table, "constraints", ()):
        if isinstance(one, UniqueConstraint) and len(one.columns) == 1:
            alone += list(one.columns)
    return [(column.name, column.type.length or 20) for column in alone if isinstance(column.type, String)]


def _unlike(value: str | None, size: int, new: int) -> str | None:
    return None if value is None else f"{value}"[: size - 6] + f"{new:06d}"


def dossiers_like(claim_id: int, person_id: int, count: int, **own: Any) -> Dossiers:
    """``count`` dossiers like this one, each of a company of its own, in the charge of a person of its own, with a copy
    of its first decision if it has one."""
    claim = db.session.get_one(Claim, claim_id)
    companies = multiplied(
        Company, claim.company_id, count, siren=[f"9{rank:08d}" for rank in _free(Company, count)]
    )
    people = agents_like(person_id, count)
    numbers = [f"BS-2026-{rank:06d}" for rank in _free(Claim, count, above=500_000)]
    claims = multiplied(
        Claim,
        claim_id,
        count,
        **({"number": numbers, "company_id": companies, "assigned_to_id": people} | own),
    )
    decision = db.session.scalars(select(Decision.id).where(Decision.claim_id == claim_id)).first()
    decisions = [] if decision is None else multiplied(Decision, decision, count, claim_id=claims)
    return Dossiers(claims, companies, people, decisions)


def agents_like(person_id: int, count: int) -> list[int]:
    """``count`` agents with the first role of this one."""
    made = multiplied(Person, person_id, count)
    role = db.session.scalars(select(AgentRole.id).where(AgentRole.person_id == person_id)).first()
    if role is not None:
        multiplied(AgentRole, role, count, person_id=made)
    return made


def _free(model: type[Model], count: int, above: int = 0) -> range:
    first = above + 1 + (db.session.scalar(select(func.max(model.__table__.c.id))) or 0)
    return range(first, first + count)


@contextmanager
def reads(app: Flask) -> Iterator[list[str]]:
    """The queries sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
