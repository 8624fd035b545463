"""Writing a plan in the registry, in the caller's transaction and under its lock: rows by thousands, then the facts'
reading, as ``writing`` keeps it for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import delete, update

from bonus import outbox
from bonus.bulk import BATCH, Row, chunks, insert_rows, new_ids, update_rows
from bonus.extensions import db
from bonus.registry.models import (
    Certification,
    CertificationFact,
    InForcePeriod,
    RegistryChange,
)
from bonus.registry.writing import FOLLOW, Source

from .apply_solutions import write_names, write_solutions
from .cases import Case, NewSolution
from .plan import Plan

Tell = Callable[[int, int], None]
"""Told how many certifications are written, of how many."""


def write_plan(
    plan: Plan, source: Source, now: datetime, tell: Tell = lambda _done, _all: None
) -> RegistryChange | None:
    """Write what a plan changes; the change that brought its facts, None when there is none to bring.

    The caller holds the registry's lock, made the plan under it, and commits.
    """
    assert source.certifier is not None  # whose file it is
    news = plan.news
    ids = write_solutions(plan, now)
    write_names(news, now)
    told = [case for case in news if case.life is not None]
    if not told:
        return None
    made = RegistryChange(
        source=source.kind,
        recorded_at=now,
        recorded_by=source.actor.label,
        reason=source.reason.strip(),
        import_id=source.import_id,
    )
    db.session.add(made)
    db.session.flush()
    _Facts(ids, source.certifier.id, made.id, now).write(told, tell)
    db.session.expire_all()
    outbox.post(FOLLOW, made.id, now)
    return made


class _Facts:
    """The facts of a change, and what they make of the certifications."""

    def __init__(self, ids: dict[NewSolution, int], certifier_id: int, change_id: int, now: datetime) -> None:
        self._ids = ids
        self._certifier_id = certifier_id
        self._change_id = change_id
        self._now = now

    def write(self, cases: Sequence[Case], tell: Tell) -> None:
        known = [case.held.id for case in cases if case.held is not None]
        # Until all of them are written they hold no place: two may give way to each other.
        for chunk in chunks(known):
            db.session.execute(
                update(Certification).where(Certification.id.in_(chunk)).values(covers_until=None),
                execution_options={"synchronize_session": False},
            )
            db.session.execute(
                delete(InForcePeriod).where(InForcePeriod.certification_id.in_(chunk)),
                execution_options={"synchronize_session": False},
            )
        numbers = iter(new_ids(Certification, len(cases) - len(known)))
        certifications = {case: next(numbers) if case.held is None else case.held.id for case in cases}
        for done in range(0, len(cases), BATCH):
            batch = cases[done : done + BATCH]
            tell(done, len(cases))
            self._write_batch(batch, certifications)
        tell(len(cases), len(cases))

    def _write_batch(self, cases: Sequence[Case], numbers: dict[Case, int]) -> None:
        insert_rows(
            Certification, (self._certification(case, numbers[case]) for case in cases if case.held is None)
        )
        insert_rows(CertificationFact, (fact for case in cases for fact in self._grants(case, numbers[case])))
        insert_rows(CertificationFact, (fact for case in cases for fact in self._events(case, numbers[case])))
        update_rows(
            Certification,
            ({"of": numbers[case], **_reading(case)} for case in cases if case.held is not None),
        )
        insert_rows(
            InForcePeriod, (period for case in cases for period in self._periods(case, numbers[case]))
        )

    def _solution_id(self, case: Case) -> int:
        solution = case.solution
        assert solution is not None  # of a case that is taken
        return self._ids[solution] if isinstance(solution, NewSolution) else solution.id

    def _certification(self, case: Case, number: int) -> Row:
        return {
            "id": number,
            "solution_id": self._solution_id(case),
            "label": case.row.label,
            "certifier_id": self._certifier_id,
            "reference": case.row.reference,
            "recorded_at": self._now,
            **_reading(case),
        }

    def _grants(self, case: Case, number: int) -> Iterator[Row]:
        row, audit = case.row, case.audit
        if audit is not None:
            yield self._fact(case, number, "granted") | {
                "valid_from": row.valid_from,
                "valid_until": row.valid_until,
                "criteria": list(audit.criteria) or None,
                "audited_on": audit.audited_on,
                "evidence": audit.evidence,
                "corrects_id": case.corrected.plain.id if case.corrected else None,
            }

    def _events(self, case: Case, number: int) -> Iterator[Row]:
        for event in case.events:
            assert event.event is not None  # of the rows that tell one
            yield self._fact(case, number, event.event) | {
                "happened_on": event.event_on,
                "retroactive": event.retroactive,
            }

    def _fact(self, case: Case, number: int, kind: str) -> Row:
        # Who waited for the lock may come with an earlier moment: nothing is known before what it follows.
        moment = self._now if case.held is None else max(self._now, case.held.learned_at)
        return {
            "certification_id": number,
            "change_id": self._change_id,
            "kind": kind,
            "retroactive": False,
            "void": False,
            "recorded_at": moment,
        }

    def _periods(self, case: Case, number: int) -> Iterator[Row]:
        assert case.life is not None  # of those that are told
        for start, end in case.life.periods():
            yield {
                "certification_id": number,
                "solution_id": self._solution_id(case),
                "label": case.row.label,
                "starts_on": start,
                "ends_on": end,
            }


def _reading(case: Case) -> Row:
    """What a certification bears of its life."""
    assert case.life is not None  # of those that are told
    return {
        "valid_from": case.life.valid_from,
        "valid_until": case.life.valid_until,
        "covers_until": case.life.covers_until,
    }
