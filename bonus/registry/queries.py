"""What the keeper and the agents read of the registry: its solutions page by page, one solution whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from bonus.calendar import PARIS
from bonus.extensions import db

from .models import Certification, CertificationFact, InForcePeriod, Solution
from .scheme_models import RegistryImport
from .search import RANKED, Filters, search
from .search_patterns import read

PAGE_SIZE = 50
NEVER_CERTIFIED = "none"
STATES = ("in_force", "suspended", "withdrawn", "expired", "not_yet", NEVER_CERTIFIED)
"""What the registry can be filtered on: the state of a certification on a day, or no certification at all."""
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Wanted:
    """``usage`` is an axis, ``label`` a code, ``state`` one of STATES: that of a certification of the label, if
    there is one."""

    usage: str | None = None
    label: str | None = None
    state: str | None = None


@dataclass(frozen=True)
class RegistryPage:
    """One page of solutions; ``total`` stops at a thousand, and ``more`` says that there are others. ``meant``
    are words found instead of those typed."""

    solutions: list[Solution]
    total: int
    more: bool
    page: int
    pages: int
    meant: tuple[str, ...]


def registry_page(text: str, wanted: Wanted, on: date, page: int = 1) -> RegistryPage:
    """A page of the solutions that have every word of ``text`` and are as wanted ``on`` a day that is not before the
    last event known: today. Certifications and facts are read with them."""
    conditions = tuple(_conditions(wanted, on, probe=not read(text)))
    found = search(text, Filters(usage=wanted.usage, also=conditions), on, page, PAGE_SIZE)
    ids = [hit.id for hit in found.hits]
    solutions = db.session.scalars(select(Solution).where(Solution.id.in_(ids))).all() if ids else ()
    by_id = {solution.id: solution for solution in solutions}
    return RegistryPage(
        [by_id[key] for key in ids], found.total, found.more, found.page, found.pages, found.meant
    )


def whole_solution(slug: str) -> Solution | None:
    """A solution with all its facts and the acts that brought them, or None."""
    query = (
        select(Solution)
        .where(Solution.slug == slug)
        .options(
            selectinload(Solution.certifications)
            .selectinload(Certification.facts)
            .joinedload(CertificationFact.change),
            selectinload(Solution.aliases),
        )
    )
    return db.session.scalars(query).one_or_none()


def files_of(solution: Solution) -> dict[int, RegistryImport]:
    """The files that brought some of a solution's facts, by their ids."""
    ids = {
        fact.change.import_id
        for certification in solution.certifications
        for fact in certification.facts
        if fact.change.import_id is not None
    }
    query = (
        select(RegistryImport).where(RegistryImport.id.in_(ids)).options(joinedload(RegistryImport.certifier))
    )
    return {found.id: found for found in db.session.scalars(query)} if ids else {}


def uses_of_labels() -> dict[str, int]:
    """How many certifications there are of each label, by its code."""
    rows = db.session.execute(select(Certification.label, func.count()).group_by(Certification.label))
    return {code: count for code, count in rows}  # noqa: C416 - a row is no pair for mypy


def end_of_day(day: date) -> datetime:
    """The last instant of a civil day in Paris: what the registry knew that evening."""
    return datetime.combine(day + timedelta(days=1), time(), PARIS).astimezone(UTC) - _INSTANT


def _conditions(wanted: Wanted, on: date, *, probe: bool) -> list[ColumnElement[bool]]:
    """What is wanted of the certifications, as conditions on Solution; ``probe``: no word narrows the search, so
    see first whether few answer, which are then found by their ids."""
    if wanted.state == NEVER_CERTIFIED:
        return [~_of_the_solution([_stands(), *_of_label(wanted.label)])]
    conditions = _of_label(wanted.label)
    if wanted.state is not None:
        conditions.append(_in_state(wanted.state, on))
    if not conditions:
        return []
    if probe:
        ids = select(Certification.solution_id).where(*conditions).limit(RANKED + 1)
        few = db.session.scalars(ids).all()
        if len(few) <= RANKED:
            return [Solution.id.in_(set(few))]
    return [_of_the_solution(conditions)]


def _of_label(label: str | None) -> list[ColumnElement[bool]]:
    return [Certification.label == label] if label else []


def _of_the_solution(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    return exists(select(1).where(Certification.solution_id == Solution.id, *conditions))


def _in_state(state: str, on: date) -> ColumnElement[bool]:
    """A certification's state on a day as known now, read from what its facts left on it (``reading``)."""
    counts = exists(
        select(1).where(
            InForcePeriod.certification_id == Certification.id,
            InForcePeriod.starts_on <= on,
            InForcePeriod.ends_on >= on,
        )
    )
    within = and_(Certification.valid_from <= on, Certification.covers_until >= on)
    match state:
        case "in_force":
            return and_(within, counts)
        case "suspended":
            return and_(within, ~counts)
        case "not_yet":
            return and_(Certification.covers_until.is_not(None), Certification.valid_from > on)
        case "expired":
            return and_(
                Certification.covers_until == Certification.valid_until, Certification.valid_until < on
            )
        case "withdrawn":
            # Withdrawn on its first day or retroactively, it covers nothing; so does one that never was.
            cut = Certification.covers_until < Certification.valid_until
            return and_(or_(cut, Certification.covers_until.is_(None)), _stands())
    raise ValueError(f"not a state: {state!r}")


def _stands() -> ColumnElement[bool]:
    """Whether a certification is one: the last fact about its grant does not say that it never was."""
    later = aliased(CertificationFact)
    return ~exists(
        select(1).where(
            CertificationFact.certification_id == Certification.id,
            CertificationFact.kind == "granted",
            CertificationFact.void,
            ~exists(select(1).where(later.corrects_id == CertificationFact.id)),
        )
    )
