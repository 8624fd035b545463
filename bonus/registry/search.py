"""The catalogue's search, the same on SQLite (FTS5) and PostgreSQL (pg_trgm): revision 0010 makes what it looks in.

Of what has the words, no more than RANKED is read, and put in order here: who finds more must say more. What is
only filtered is read in the order of the addresses, which is that of the names. So a page costs the same whatever
the size of the registry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, column, exists, func, literal_column, or_, select, table

from bonus.extensions import db

from .models import InForcePeriod, Solution, Supplier
from .search_patterns import LONGEST_TYPED, Group, exact, found, near, padded, read, spelled
from .service import fold, slugify

PAGE_SIZE = 20
SHOWN = 1_000
"""What pages lead to, and what is counted: beyond, « plus de 1 000 »."""
RANKED = SHOWN
"""What is put in order, the first entered first; the others are left aside, but for what bears the very name."""
READABLE = 5_000
"""When a filter leaves no more, their texts are read one by one sooner than looked up."""
FEW = 5
"""With fewer results than this, what looks like the words is searched for too."""
ORDERS = ("relevance", "name", "newest")

_FTS = table("search_solutions", column("rowid"), column("search_solutions"))
_TEXT: ColumnElement[str] = literal_column("(' ' || solutions.search_text || ' ')")
_READ = (Solution.id, Solution.slug, Solution.name, Solution.search_text)
_NAMESAKES = 20
_THE_NAME, _IN_THE_NAME, _ELSEWHERE, _NEAR_IN_THE_NAME, _NEAR_ELSEWHERE = range(5)


@dataclass(frozen=True)
class Filters:
    """``usage`` is an axis, ``label`` one the solution has been in force under; ``in_force``: on the day asked,
    under that label if there is one. ``order`` is one of ORDERS; ``also``: more conditions on Solution."""

    usage: str | None = None
    label: str | None = None
    in_force: bool = False
    order: str = "relevance"
    also: tuple[ColumnElement[bool], ...] = ()


@dataclass(frozen=True)
class Hit:
    """A solution found. ``near``: it does not have the very words typed, only what looks like them."""

    id: int
    slug: str
    name: str
    axis: str
    supplier: str
    supplier_identifier: str
    near: bool = False


@dataclass(frozen=True)
class Page:
    """A page of results. ``total`` stops at SHOWN, and ``more`` says that there are others; ``meant`` are the words
    that were found instead of those typed, as they are spelled in the registry; ``near``: nothing has the very
    words."""

    hits: list[Hit]
    total: int
    more: bool
    page: int
    pages: int
    meant: tuple[str, ...] = ()
    near: bool = False


@dataclass(frozen=True)
class _Listing:
    """What was found: the ids in order, each with whether it is only near; or, when no word was typed and there is
    too much to put in order, the query that reads it in order."""

    ranked: list[tuple[int, bool]]
    more: bool
    groups: list[Group]
    query: Select[int] | None = None

    @property
    def total(self) -> int:
        return SHOWN if self.more else len(self.ranked)

    @property
    def near(self) -> bool:
        """Whether what was found is only near."""
        return self.query is None and all(near for _, near in self.ranked)

    def part(self, start: int, end: int) -> list[tuple[int, bool]]:
        """The results from one rank to the eve of another."""
        if self.query is None:
            return self.ranked[start:end]
        return [(key, False) for key in db.session.scalars(self.query.offset(start).limit(end - start))]


def search(text: str, filters: Filters, on: date, page: int = 1, size: int = PAGE_SIZE) -> Page:
    """One page (of ``size``) of the solutions that have every word of ``text`` and pass the filters on a day.

    Exact words first (a word is found by its beginning), then those that look like them. The very name comes
    before words of the name, these before words of the supplier, these before what is only near; then by name.
    """
    words = read(text)
    listing = _listing(words, text, filters, on)
    total = listing.total
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    start = (page - 1) * size
    hits = _hits(listing.part(start, min(start + size, total)))
    meant = _meant(words, listing.groups, hits)
    return Page(hits, total, listing.more, page, pages, meant, listing.near)


def suggest(text: str, limit: int = 8) -> list[Hit]:
    """The solutions most like what was typed, certified or not, the best first; [] when nothing was typed."""
    words = read(text)
    return _hits(_found(words, text, Filters(), None).part(0, min(limit, SHOWN))) if words else []


def unknown_words(text: str) -> list[str]:
    """The words typed that nothing of the registry has or looks like."""
    return [word for word in read(text) if not _gather([_with_near(word)], [], limit=1)]


def _listing(words: Sequence[str], text: str, filters: Filters, on: date) -> _Listing:
    return _found(words, text, filters, on) if words else _filtered(filters, on)


def _found(words: Sequence[str], text: str, filters: Filters, on: date | None) -> _Listing:
    """What has the words; what looks like them too when there are few."""
    conditions, few = _conditions(filters, on)
    gather = partial(_among if few else _gather, newest=filters.order == "newest")
    groups = [exact(word) for word in words]
    rows = gather(groups, conditions)
    if len(rows) < FEW:
        groups = [_with_near(word) for word in words]
        rows = gather(groups, conditions)
    typed = fold(text[:LONGEST_TYPED])
    if len(rows) > RANKED:
        known = {row.id for row in rows}
        rows += [row for row in _namesakes(typed, groups, conditions) if row.id not in known]
    ranked = _ranked(rows, words, groups, typed, filters.order)
    return _Listing(ranked[:SHOWN], len(ranked) > SHOWN, groups)


def _with_near(word: str) -> Group:
    return (*exact(word), *near(word))


def _filtered(filters: Filters, on: date) -> _Listing:
    """What passes the filters, no word being typed: put in order when it is little, else read in order."""
    conditions, _ = _conditions(filters, on)
    order = Solution.id.desc() if filters.order == "newest" else Solution.slug
    query = select(Solution.id).where(*conditions)
    if not _are_few(query, RANKED):
        return _Listing([], True, [], query.order_by(order))
    return _Listing([(key, False) for key in db.session.scalars(query.order_by(order))], False, [])


def _conditions(filters: Filters, on: date | None) -> tuple[list[ColumnElement[bool]], bool]:
    """The filters as conditions, and whether one of them leaves few solutions: words are then read in each of
    these, instead of looked up."""
    conditions = list(filters.also)
    few = False
    if filters.usage:
        conditions.append(Solution.axis == filters.usage)
        few = _are_few(select(Solution.slug).where(Solution.axis == filters.usage))
    periods: list[ColumnElement[bool]] = []
    if filters.label:
        periods.append(InForcePeriod.label == filters.label)
    if filters.in_force:
        periods += [InForcePeriod.ends_on >= on, InForcePeriod.starts_on <= on]
    if not periods:
        return conditions, few
    ids = select(InForcePeriod.solution_id).where(*periods)
    if filters.label and _are_few(ids):
        return [*conditions, Solution.id.in_(ids)], True
    return [*conditions, exists(ids.where(InForcePeriod.solution_id == Solution.id))], few


def _are_few(query: Select[Any], most: int = READABLE) -> bool:
    return (
        db.session.scalar(select(func.count()).select_from(query.limit(most + 1).subquery())) or 0
    ) <= most


def _gather(
    groups: Sequence[Group],
    conditions: Sequence[ColumnElement[bool]],
    *,
    limit: int = RANKED + 1,
    newest: bool = False,
) -> list[Any]:
    """The first ``limit`` solutions entered (or the last) that have a pattern of each group, by the trigrams."""
    query = select(*_READ).where(*conditions)
    key: ColumnElement[int]
    if _is_sqlite():
        # The plus sign keeps SQLite from looking each solution up in the trigrams, instead of the other way round.
        key = _FTS.c.rowid
        query = query.join(_FTS, literal_column("+search_solutions.rowid") == Solution.id)
        query = query.where(_FTS.c.search_solutions.op("MATCH")(_fts_query(groups)))
    else:
        key = Solution.__table__.c.id
        query = query.where(*(or_(*(_TEXT.like(f"%{one}%") for one in group)) for group in groups))
    return list(db.session.execute(query.order_by(key.desc() if newest else key).limit(limit)))


def _among(
    groups: Sequence[Group], conditions: Sequence[ColumnElement[bool]], *, newest: bool = False
) -> list[Any]:
    """The same of few solutions, whose texts are read one by one."""
    place = func.instr if _is_sqlite() else func.strpos
    holding = (or_(*(place(_TEXT, pattern) > 0 for pattern in group)) for group in groups)
    query = select(*_READ).where(*conditions, *holding).limit(RANKED + 1)
    return list(db.session.execute(query.order_by(Solution.id.desc() if newest else Solution.id)))


def _is_sqlite() -> bool:
    return db.session.get_bind().dialect.name == "sqlite"


def _fts_query(groups: Sequence[Group]) -> str:
    return " AND ".join("(" + " OR ".join(f'"{pattern}"' for pattern in group) + ")" for group in groups)


def _namesakes(typed: str, groups: Sequence[Group], conditions: Sequence[ColumnElement[bool]]) -> list[Any]:
    """The solutions of that very name, found by their addresses: too many others have its words."""
    slug = slugify(typed)
    slugs = [slug, *(f"{slug}-{rank}" for rank in range(2, _NAMESAKES))]
    rows = db.session.execute(select(*_READ).where(Solution.slug.in_(slugs), *conditions))
    return [row for row in rows if fold(row.name) == typed and found(groups, padded(row.search_text))]


def _ranked(
    rows: Sequence[Any], words: Sequence[str], groups: Sequence[Group], typed: str, order: str
) -> list[tuple[int, bool]]:
    """The ids in order, each with whether it is only near."""
    exactly = [exact(word) for word in words]
    ranked = [(_rank(exactly, groups, typed, row), row) for row in rows]
    if order == "newest":
        ranked.sort(key=lambda pair: -pair[1].id)
    elif order == "name":
        ranked.sort(key=lambda pair: pair[1].slug)
    else:
        ranked.sort(key=lambda pair: (pair[0], pair[1].slug))
    return [(row.id, rank > _ELSEWHERE) for rank, row in ranked]


def _rank(exactly: Sequence[Group], groups: Sequence[Group], typed: str, row: Any) -> int:
    """Where a solution stands: the very name, words of the name, words of the supplier or others; then what is only
    near, in the name before elsewhere."""
    name = fold(row.name)
    if name == typed:
        return _THE_NAME
    if found(exactly, padded(name)):
        return _IN_THE_NAME
    if groups == exactly or found(exactly, padded(row.search_text)):
        return _ELSEWHERE
    return _NEAR_IN_THE_NAME if found(groups, padded(name)) else _NEAR_ELSEWHERE


def _hits(ids: Sequence[tuple[int, bool]]) -> list[Hit]:
    query = (
        select(Solution.id, Solution.slug, Solution.name, Solution.axis, Supplier.name, Supplier.identifier)
        .join(Supplier, Solution.supplier_id == Supplier.id)
        .where(Solution.id.in_([key for key, _ in ids]))
    )
    rows = {row[0]: row for row in db.session.execute(query)} if ids else {}
    return [Hit(*rows[key], near) for key, near in ids]


def _meant(words: Sequence[str], groups: Sequence[Group], hits: Sequence[Hit]) -> tuple[str, ...]:
    """Of the hits that are only near, what stands in them for each word, as it is spelled there."""
    meant: dict[str, None] = {}
    for hit in (hit for hit in hits if hit.near):
        texts = (hit.name, hit.supplier)
        text = padded(fold(" ".join(texts)))
        for word, group in zip(words, groups, strict=True):
            pattern = next((one for one in group if one in text), None)
            if pattern is not None and not found([exact(word)], text):
                meant[spelled(pattern, texts)] = None
    return tuple(meant)[:3]
