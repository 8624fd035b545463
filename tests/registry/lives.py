"""Facts of a certification's life, written shortly, and lists of them drawn at random."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bonus.registry.history import Fact

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
# Few days, so that events often meet each other and the ends of the validity.
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 14)
WINDOW = [FIRST + n * DAY for n in range((LAST - FIRST).days + 1)]


def moment(number: int) -> datetime:
    """When the fact of that number was recorded: one an hour."""
    return START + timedelta(hours=number)


def granted(start: date, end: date, number: int = 1, **changes: Any) -> Fact:
    """The fact that grants, or corrects a grant."""
    return Fact(number, "granted", moment(number), valid_from=start, valid_until=end, **changes)


def event(number: int, kind: str, on: date, **changes: Any) -> Fact:
    """The fact that a certification was suspended, reinstated or withdrawn on a day."""
    return Fact(number, kind, moment(number), happened_on=on, **changes)


def void(number: int, fact: Fact) -> Fact:
    """The fact that another never was."""
    return Fact(
        number,
        fact.kind,
        moment(number),
        valid_from=fact.valid_from,
        valid_until=fact.valid_until,
        happened_on=fact.happened_on,
        retroactive=fact.retroactive,
        corrects_id=fact.id,
        void=True,
    )


@st.composite
def fact_lists(draw: st.DrawFn, most: int = 8) -> list[Fact]:
    """Any facts a certification may have, even some that the service refuses: the reading must hold of all.

    A grant, then events, corrections and annulments, of corrections and annulments too.
    """
    days = st.sampled_from(WINDOW)
    start, end = sorted((draw(days), draw(days)))
    facts = [granted(start, end)]
    for number in range(2, draw(st.integers(1, most)) + 1):
        corrected = {fact.corrects_id for fact in facts}
        standing = [fact for fact in facts if fact.id not in corrected]
        act = draw(st.sampled_from(["event", "event", "event", "correct", "void"]))
        fact = draw(st.sampled_from(standing))
        if act == "event":
            facts.append(_new(draw, number, draw(days)))
        elif act == "void":
            facts.append(void(number, fact))
        elif fact.kind == "granted":
            start, end = sorted((draw(days), draw(days)))
            facts.append(granted(start, end, number, corrects_id=fact.id))
        else:
            retroactive = fact.kind == "withdrawn" and draw(st.booleans())
            facts.append(event(number, fact.kind, draw(days), retroactive=retroactive, corrects_id=fact.id))
    return facts


def _new(draw: st.DrawFn, number: int, on: date) -> Fact:
    kind = draw(st.sampled_from(["suspended", "suspended", "reinstated", "reinstated", "withdrawn"]))
    retroactive = kind == "withdrawn" and draw(st.integers(0, 3)) == 0
    return event(number, kind, on, retroactive=retroactive)
