"""What the registry says of a day, and what the law (``regulation.evaluate``) makes of it, are one reading."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bonus.registry.history import Fact, Life, life
from bonus.registry.models import Certification, CertificationFact
from bonus.registry.service import certification_facts
from bonus.regulation import evaluate, load_parameters
from tests.regulation.support import SELLER, purchase

from .lives import DAY, FIRST, LAST, WINDOW, fact_lists, moment

ISSUED = [FIRST - DAY, *WINDOW, LAST + DAY]
REASONS = {
    "withdrawn": "solution.certification_withdrawn",
    "never_counted": "solution.certification_withdrawn",
    "not_yet": "solution.not_yet_certified",
    "expired": "solution.certification_expired",
}


def of_models(facts: list[Fact], label: str = "NFG") -> Certification:
    """The certification, outside any database, that these facts make."""
    rows = [
        CertificationFact(
            id=fact.id,
            kind=fact.kind,
            recorded_at=fact.recorded_at,
            valid_from=fact.valid_from,
            valid_until=fact.valid_until,
            happened_on=fact.happened_on,
            retroactive=fact.retroactive,
            corrects_id=fact.corrects_id,
            void=fact.void,
        )
        for fact in facts
    ]
    return Certification(label=label, facts=rows)


def judged(certifications: list[dict[str, Any]], granted_on: date) -> list[tuple[str, str | None]]:
    """What the law says of one line a day, all granted on a day."""
    facts = purchase(claim_grant_date=granted_on.isoformat(), solution_certifications=certifications)
    [claim] = facts["claims"]
    claim["invoices"] = [
        {
            "supplier_id": SELLER,
            "number": f"F-{rank}",
            "issued_on": issued.isoformat(),
            "lines": [{"number": 1, "solution": "s", "net": "1000.00"}],
        }
        for rank, issued in enumerate(ISSUED)
    ]
    [result] = evaluate(facts, load_parameters())["claims"]
    return [(line["status"], line["reason"]) for line in result["lines"]]


def read(known: Life, issued: date, granted_on: date) -> tuple[str, str | None]:
    """Art. 4 in the words of the registry: a suspended line waits for what ends the suspension."""
    code = known.state(issued).code
    if code == "in_force":
        return "eligible", None
    if code != "suspended":
        return "refused", REASONS[code]
    ended = next((one for one in known.events if one.on > issued and one.type != "suspended"), None)
    if ended is not None and ended.on <= granted_on:
        return ("eligible", None) if ended.type == "reinstated" else ("refused", REASONS["withdrawn"])
    if granted_on > known.valid_until:
        return "refused", REASONS["expired"]
    return "pending", "solution.certification_suspended"


@settings(max_examples=150)
@given(fact_lists(), st.sampled_from([*WINDOW, LAST + 30 * DAY]))
def test_the_registry_and_the_law_read_the_same(facts: list[Fact], granted_on: date) -> None:
    form = certification_facts(of_models(facts), moment(len(facts)))
    known = life(facts)
    if known is None:
        assert form is None
        assert judged([], granted_on) == [("refused", "solution.never_certified")] * len(ISSUED)
        return
    assert form is not None
    assert judged([form], granted_on) == [read(known, issued, granted_on) for issued in ISSUED]


@settings(max_examples=50)
@given(fact_lists(), st.integers(1, 8))
def test_the_law_is_told_what_was_known_at_a_moment(facts: list[Fact], at: int) -> None:
    then = [fact for fact in facts if fact.id <= at]
    assert certification_facts(of_models(facts), moment(at)) == certification_facts(
        of_models(then), moment(99)
    )
