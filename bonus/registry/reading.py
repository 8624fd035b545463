"""What a certification's facts say, once one more is added: refused when it cannot be, else written on the
certification and in its periods. In the caller's transaction, under the registry's lock (``writing.change``)."""

from __future__ import annotations

from datetime import date

from bonus.extensions import db
from bonus.regulation import load_parameters

from .history import EVENTS, Fact, Life, life
from .models import Certification, CertificationFact, InForcePeriod, Solution
from .rules import check_life, check_news, check_no_overlap


def append_fact(certification: Certification, fact: CertificationFact, today: date) -> None:
    """Add a fact if the life it makes can be; the certification then bears the new reading.

    Raises InvalidInput when it cannot be, or takes a place that another certification has.
    """
    standing = [one.plain for one in certification.facts]
    before = life(standing)
    # Who waited for the lock may come with an earlier moment: nothing is known before what it follows.
    fact.recorded_at = max([fact.recorded_at, *(one.recorded_at for one in standing)])
    # Not written yet, it has no number: it comes after all those that have one.
    new = Fact(
        id=max((one.id for one in standing), default=0) + 1,
        kind=fact.kind,
        recorded_at=fact.recorded_at,
        valid_from=fact.valid_from,
        valid_until=fact.valid_until,
        happened_on=fact.happened_on,
        retroactive=bool(fact.retroactive),
        corrects_id=fact.corrects_id,
        void=bool(fact.void),
    )
    after = life([*standing, new])
    if after is not None:
        check_life(after, today)
        if new.kind in EVENTS and not new.void:
            check_news(after, new.id)
        if before is None or _place(after) != _place(before):
            check_place(certification.solution, certification.label, after, certification)
    certification.facts.append(fact)
    db.session.flush()
    keep_reading(certification, after)


def known_life(certification: Certification) -> Life | None:
    """What is known of it now; None when its grant was declared never to have been."""
    return life(fact.plain for fact in certification.facts)


def _place(known: Life) -> tuple[date, date | None]:
    return known.valid_from, known.covers_until


def check_place(solution: Solution, label: str, begun: Life, but: Certification | None) -> None:
    """Raise InvalidInput when another certification (``but`` left out) of the label has this place."""
    others = [
        (other.reference, known)
        for other in solution.certifications
        if other is not but and other.label == label and (known := known_life(other))
    ]
    check_no_overlap(begun, others, load_parameters().name_of("label", label).short)


def keep_reading(certification: Certification, known: Life | None) -> None:
    """Write on the certification, and in its periods, what its facts say now."""
    certification.covers_until = known.covers_until if known else None
    if known is not None:
        certification.valid_from, certification.valid_until = known.valid_from, known.valid_until
    certification.periods = [
        InForcePeriod(
            solution_id=certification.solution_id, label=certification.label, starts_on=start, ends_on=end
        )
        for start, end in (known.periods() if known else [])
    ]
    db.session.flush()
