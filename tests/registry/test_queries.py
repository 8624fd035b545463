"""The registry page by page: what is filtered on is what the facts tell, whatever happened to a certification."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bonus.calendar import civil_date
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.registry.history import life
from bonus.registry.models import Certification, Solution
from bonus.registry.queries import (
    NEVER_CERTIFIED,
    PAGE_SIZE,
    STATES,
    Wanted,
    end_of_day,
    files_of,
    registry_page,
    uses_of_labels,
    whole_solution,
)
from bonus.registry.scheme_models import RegistryImport
from bonus.registry.search import SHOWN
from bonus.registry.service import search_text
from bonus.registry.writing import Grant, Source, change, grant
from tests.support.registry import ENTERED, KEEPER, certified, disown, learn, mend, offer
from tests.support.world import NOW, ON

DAY = timedelta(days=1)
TODAY = civil_date(ENTERED)
ACTS = ("suspended", "suspended", "suspended", "reinstated", "withdrawn", "fraud", "correct", "disown")


def names(solutions: Iterable[Solution]) -> set[str]:
    return {solution.name for solution in solutions}


# ---------------------------------------------------------------- the states


def lived(random: Random, found: Certification) -> None:
    """Some facts drawn at random, those the registry refuses left out."""
    for step in range(random.randint(0, 3)):
        now = ENTERED + timedelta(hours=1 + step)
        on = found.valid_from + timedelta(days=random.randint(-1, 4))
        act = random.choice(ACTS)
        try:
            if act == "disown":
                disown(random.choice(found.facts), now)
            elif act == "correct":
                last = found.facts[-1]
                moved = {"valid_until": on} if last.kind == "granted" else {"happened_on": on}
                mend(last, now, **moved)
            else:
                kind = "withdrawn" if act == "fraud" else act
                learn(found, kind, on, now, retroactive=act == "fraud")
        except Refusal:
            db.session.rollback()


def told(solution: Solution, label: str | None, day: date) -> set[str]:
    """The states of a solution on a day as its facts tell them, without any query."""
    lives = [
        known
        for one in solution.certifications
        if label in (None, one.label) and (known := life(fact.plain for fact in one.facts)) is not None
    ]
    codes = {known.state(day).code for known in lives} or {NEVER_CERTIFIED}
    return {"withdrawn" if code == "never_counted" else code for code in codes}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_state_is_what_the_facts_tell(any_session: Session, seed: int) -> None:
    random = Random(seed)
    solutions = [offer(f"Offre {number}") for number in range(30)]
    for solution in solutions:
        for label in random.sample(["NFG", "SECNUMCLOUD"], random.randint(0, 2)):
            start = TODAY + timedelta(days=random.randint(-8, 2))
            lived(
                random, certified(solution, start, start + timedelta(days=random.randint(0, 12)), label=label)
            )
    any_session.expire_all()
    seen = set()
    wanted: str | None
    for wanted in (None, "NFG", "SECNUMCLOUD"):
        for day in (TODAY, TODAY + 2 * DAY, TODAY + 30 * DAY):
            for state in STATES:
                expected = {one.name for one in solutions if state in told(one, wanted, day)}
                page = registry_page("", Wanted(label=wanted, state=state), day)
                assert names(page.solutions) == expected, (wanted, day, state)
                worded = registry_page("offre", Wanted(label=wanted, state=state), day)
                assert names(worded.solutions) == expected, (wanted, day, state)
                seen |= {state} if expected else set()
    assert seen == set(STATES), "each state was met"


def test_a_label_and_a_state_are_of_one_certification(any_session: Session) -> None:
    both = offer("Deux labels")
    certified(both)
    learn(certified(both, label="SECNUMCLOUD"), "suspended", date(2026, 6, 1), NOW)
    found = registry_page("", Wanted(label="SECNUMCLOUD", state="suspended"), ON)
    assert names(found.solutions) == {"Deux labels"}
    assert registry_page("", Wanted(label="SECNUMCLOUD", state="in_force"), ON).solutions == []
    assert registry_page("", Wanted(label="NFG", state="suspended"), ON).solutions == []
    assert names(registry_page("", Wanted(label="SFG", state=NEVER_CERTIFIED), ON).solutions) == {
        "Deux labels"
    }
    assert uses_of_labels() == {"NFG": 1, "SECNUMCLOUD": 1}


def test_a_label_is_wanted_whatever_its_state(any_session: Session) -> None:
    learn(certified(offer()), "withdrawn", date(2026, 1, 1), NOW, retroactive=True)
    assert len(registry_page("", Wanted(label="NFG"), ON).solutions) == 1
    assert registry_page("", Wanted(label="SFG"), ON).solutions == []


def test_an_unknown_state_is_an_error_of_ours(session: Session) -> None:
    with pytest.raises(ValueError, match="not a state"):
        registry_page("", Wanted(state="perhaps"), ON)


# ---------------------------------------------------------------- the pages


def many(count: int, *, axis: str = "cloud") -> None:
    """So many solutions of one supplier, without certification."""
    first = offer("Offre 00000", axis)
    rows = [
        {
            "slug": f"offre-{number:05d}",
            "name": f"Offre {number:05d}",
            "axis": axis,
            "supplier_id": first.supplier_id,
            "created_at": ENTERED,
            "search_text": search_text(f"Offre {number:05d}", first.supplier, None),
        }
        for number in range(1, count)
    ]
    db.session.execute(insert(Solution), rows)
    db.session.commit()


def test_pages_of_fifty_in_the_order_of_names(any_session: Session) -> None:
    many(2 * PAGE_SIZE + 1)
    pages = [registry_page("", Wanted(), ON, number) for number in (1, 2, 3)]
    assert [len(page.solutions) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 1]
    assert [one.name for page in pages for one in page.solutions] == [
        f"Offre {number:05d}" for number in range(2 * PAGE_SIZE + 1)
    ]
    assert {(page.total, page.more, page.pages) for page in pages} == {(101, False, 3)}
    for beyond, shown in ((4, 3), (10**30, 3), (0, 1), (-5, 1)):
        assert registry_page("", Wanted(), ON, beyond).page == shown


def test_beyond_a_thousand_one_must_say_more(any_session: Session) -> None:
    many(2_100)
    page = registry_page("", Wanted(), ON, 99)
    assert (page.total, page.more, page.pages, page.page) == (SHOWN, True, 20, 20)
    assert len(page.solutions) == PAGE_SIZE
    certified(db.session.query(Solution).filter_by(slug="offre-02050").one())
    for label, state in (("NFG", None), (None, "in_force"), ("NFG", "in_force")):
        found = registry_page("", Wanted(label=label, state=state), ON)
        assert (names(found.solutions), found.total, found.more) == ({"Offre 02050"}, 1, False)
    assert registry_page("", Wanted(usage="ai"), ON).total == 0
    assert registry_page("", Wanted(usage="cloud", state=NEVER_CERTIFIED), ON).more


def test_words_the_supplier_and_the_usage(any_session: Session) -> None:
    many(3)
    offer("Coffre-fort numérique", "data")
    db.session.commit()
    assert names(registry_page("coffre fort numerique", Wanted(), ON).solutions) == {"Coffre-fort numérique"}
    assert len(registry_page("900 100 207", Wanted(), ON).solutions) == 4
    assert len(registry_page("nuage", Wanted(usage="cloud"), ON).solutions) == 3
    assert registry_page("numérique", Wanted(usage="cloud"), ON).solutions == []
    assert registry_page("rien de tel", Wanted(), ON).solutions == []


# ---------------------------------------------------------------- one solution


def test_a_whole_solution(any_session: Session) -> None:
    found = certified(offer())
    learn(found, "suspended", date(2026, 6, 1), NOW)
    any_session.expire_all()
    whole = whole_solution("coffre-fort-numerique")
    assert whole is not None
    assert [fact.change.source for fact in whole.certifications[0].facts] == ["keeper", "keeper"]
    assert files_of(whole) == {}
    assert whole_solution("inconnue") is None


def test_the_files_that_brought_facts(any_session: Session) -> None:
    solution = offer()
    certified(solution, label="SECNUMCLOUD")
    certifier = solution.certifications[0].certifier
    sent = RegistryImport(
        certifier_id=certifier.id, file_name="mars.csv", sha256="0" * 64, stored_as="x", created_at=NOW
    )
    db.session.add(sent)
    db.session.flush()
    granted = Grant("SECNUMCLOUD", "S-2", date(2027, 1, 1), date(2027, 12, 31))
    with change(Source("file", KEEPER, certifier=certifier, import_id=sent.id), NOW) as made:
        grant(solution, certifier, granted, made, NOW)
    db.session.commit()
    whole = whole_solution(solution.slug)
    assert whole is not None
    assert {key: file.file_name for key, file in files_of(whole).items()} == {sent.id: "mars.csv"}


@pytest.mark.parametrize(
    ("day", "instant"),
    [
        (date(2026, 1, 31), datetime(2026, 1, 31, 22, 59, 59, 999999, UTC)),
        (date(2026, 7, 14), datetime(2026, 7, 14, 21, 59, 59, 999999, UTC)),
        (date(2026, 3, 28), datetime(2026, 3, 28, 22, 59, 59, 999999, UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 29, 21, 59, 59, 999999, UTC)),  # clocks go forward that night
        (date(2026, 10, 25), datetime(2026, 10, 25, 22, 59, 59, 999999, UTC)),
    ],
)
def test_the_end_of_a_day_is_in_paris(day: date, instant: datetime) -> None:
    assert end_of_day(day) == instant
