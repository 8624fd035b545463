"""What the registry refuses of a file: each row at fault, its column, why; nothing of its certification is taken."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bonus.audit.service import Actor
from bonus.registry.imports.cases import MOST_ROWS
from bonus.registry.labels import SchemeContent, enter_scheme
from tests.support.registry import certified, disown, offer
from tests.support.words import plain

from .samples import (
    AUDITED,
    FRAUD,
    NOW,
    PLAIN,
    REINSTATED,
    SUSPENDED,
    WITHDRAWN,
    brought,
    certification,
    changes,
    codes,
    counts,
    registry,
    taken,
)


def reasons(*rows: Any) -> list[str]:
    return [plain(fault.reason) for fault in brought(*rows).faults]


def test_one_fault_and_nothing_is_written(any_session: Session) -> None:
    outcome = brought(
        PLAIN, AUDITED | {"label": "SECNUMCLOUD", "critere_1": "", "critere_2": "", "critere_3": ""}
    )
    assert (counts(outcome), outcome.written) == ({"added": 1, "faulty": 1}, False)
    assert codes(outcome) == [(3, "label", "label.not_yours")]
    assert registry() == {"suppliers": [], "solutions": [], "certifications": {}}
    assert changes() == 0


def test_good_rows_without_the_others(any_session: Session) -> None:
    outcome = brought(PLAIN, AUDITED | {"fournisseur": "123456789"}, keep_good=True)
    assert (counts(outcome), outcome.written) == ({"added": 1, "faulty": 1}, True)
    assert list(registry()["certifications"]) == ["SFG-1"]


@pytest.mark.parametrize(
    ("row", "column", "code", "held"),
    [
        (AUDITED | {"certification": "SFG-1"}, "label", "registry.another_label", "le label SFG"),
        (
            PLAIN | {"fournisseur": "732829320"},
            "fournisseur",
            "registry.another_supplier",
            "le fournisseur 900100207 (Bureau Souverain)",
        ),
        (
            PLAIN | {"solution": "Coffre"},
            "solution",
            "registry.another_solution",
            "l’offre « Bureau Clair »",
        ),
    ],
)
def test_a_reference_never_changes_what_it_is_about(
    session: Session, row: dict[str, str], column: str, code: str, held: str
) -> None:
    taken(PLAIN)
    outcome = brought(row)
    assert codes(outcome) == [(2, column, code)]
    assert held in plain(outcome.faults[0].reason)


def test_an_offer_of_another_axis(session: Session) -> None:
    taken(PLAIN)
    assert codes(brought(AUDITED | {"axe": "cloud"})) == [(2, "axe", "registry.another_axis")]
    new = [
        AUDITED | {"certification": f"N-{axis}", "solution": "Neuve", "axe": axis} for axis in ("ai", "cloud")
    ]
    assert codes(brought(*new)) == [(3, "axe", "registry.another_axis")]
    assert "« Neuve » est ailleurs dans ce fichier pour l’usage" in reasons(*new)[0]


def test_a_name_that_two_offers_have(session: Session) -> None:
    rows = [PLAIN | {"certification": f"S-{n}", "reference_offre": f"BC-{n}"} for n in (1, 2)]
    taken(*rows)
    assert [solution[0] for solution in registry()["solutions"]] == ["bureau-clair", "bureau-clair-2"]
    unsaid = AUDITED | {"certification": "N-1"}
    assert codes(brought(unsaid)) == [(2, "solution", "registry.ambiguous_solution")]
    # Of a certification that is known, there is no doubt; the file says the same of both.
    assert counts(taken(*[row | {"reference_offre": ""} for row in rows])) == {"unchanged": 2}


def test_a_reference_of_one_offer_with_the_name_of_another(session: Session) -> None:
    taken(PLAIN | {"reference_offre": "BC-1"}, PLAIN | {"certification": "S-2", "solution": "Coffre"})
    mixed = AUDITED | {"reference_offre": "BC-1", "solution": "Coffre"}
    assert codes(brought(mixed)) == [(2, "solution", "registry.ambiguous_solution")]


def test_a_label_that_is_not_the_certifiers_on_that_day(session: Session) -> None:
    content = SchemeContent(
        "Service France Garanti", "", date(2026, 1, 1), None, (), (), ("afnor-certification",)
    )
    enter_scheme("SFG", content, "Décision du 3 janvier 2026", Actor("Gardienne"), NOW)
    assert codes(brought(PLAIN)) == [(2, "label", "registry.not_your_label")]
    assert counts(taken(PLAIN | {"valable_du": "2025-12-31"})) == {"added": 1}
    # What it granted then is still its own to suspend, not to extend into the time of another.
    assert counts(taken(PLAIN | {"valable_du": "2025-12-31"} | SUSPENDED)) == {"ended": 1}
    assert codes(brought(PLAIN)) == [(2, "label", "registry.not_your_label")]


def test_a_label_that_did_not_exist(session: Session) -> None:
    content = SchemeContent("Label neuf", "", date(2026, 6, 1), None, (), (), ("bureau-veritas",))
    enter_scheme("NEUF", content, "Décision du 3 mai 2026", Actor("Gardienne"), NOW)
    assert codes(brought(PLAIN | {"label": "NEUF"})) == [(2, "label", "registry.unknown_label")]
    assert counts(taken(PLAIN | {"label": "NEUF", "valable_du": "2026-06-01"})) == {"added": 1}


def test_criteria_are_those_of_the_day_the_validity_begins(session: Session) -> None:
    content = SchemeContent(
        "Numérique France Garanti", "", date(2026, 6, 1), None, ("Un", "Deux"), (), ("bureau-veritas",)
    )
    enter_scheme("NFG", content, "Décision du 3 mai 2026", Actor("Gardienne"), NOW)
    two = AUDITED | {"critere_3": ""}
    assert codes(brought(two)) == [(2, "critere_3", "criteria.missing")]
    assert counts(taken(AUDITED)) == {"added": 1}
    after = {"valable_du": "2026-06-01", "certification": "N-3", "solution": "Autre"}
    assert codes(brought(AUDITED | after)) == [(2, "critere_3", "criteria.unexpected")]
    assert counts(taken(two | after)) == {"added": 1}


def test_a_label_that_does_not_cover_the_axis(session: Session) -> None:
    assert codes(brought(PLAIN | {"axe": "cloud"})) == [(2, "label", "registry.axis_not_covered")]


def test_a_certification_that_was_annulled(session: Session) -> None:
    taken(PLAIN)
    disown(certification("SFG-1").facts[0], NOW)
    assert codes(brought(PLAIN)) == [(2, "certification", "registry.annulled")]


# ---------------------------------------------------------------- lives


@pytest.mark.parametrize(
    ("known", "rows", "line", "code"),
    [
        ([], [REINSTATED], 2, "registry.not_suspended"),
        ([], [WITHDRAWN, WITHDRAWN | {"evenement_le": "2026-07-01"}], 3, "registry.after_withdrawal"),
        ([], [WITHDRAWN, SUSPENDED | {"evenement_le": "2026-07-01"}], 3, "registry.after_withdrawal"),
        # The later day comes first in the file: it is still the one at fault.
        ([], [SUSPENDED | {"evenement_le": "2026-07-01"}, WITHDRAWN], 2, "registry.after_withdrawal"),
        ([], [FRAUD, FRAUD | {"evenement_le": "2026-07-01"}], 3, "registry.already_withdrawn"),
        ([SUSPENDED], [SUSPENDED | {"evenement_le": "2026-04-02"}], 2, "registry.already_suspended"),
        ([FRAUD], [SUSPENDED | {"evenement_le": "2026-07-01"}], 2, "registry.already_withdrawn"),
        # What the registry has comes after: the row that it cannot follow is at fault.
        ([SUSPENDED | {"evenement_le": "2026-07-01"}], [WITHDRAWN], 2, "registry.after_withdrawal"),
    ],
)
def test_a_life_that_cannot_be(
    session: Session, known: list[dict[str, str]], rows: list[dict[str, str]], line: int, code: str
) -> None:
    taken(PLAIN, *(PLAIN | event for event in known))
    before = registry()
    outcome = brought(*(PLAIN | event for event in rows), keep_good=True)
    assert (line, code) in [(fault.line, fault.code) for fault in outcome.faults]
    assert {fault.code for fault in outcome.faults} <= {code, "import.together"}
    assert len(outcome.faults) == len(rows), "a certification is taken whole"
    assert registry() == before


def test_a_correction_that_leaves_a_known_event_outside(session: Session) -> None:
    taken(PLAIN, PLAIN | WITHDRAWN)
    outcome = brought(PLAIN | {"valable_au": "2026-05-31"})
    assert codes(outcome) == [(2, "evenement_le", "registry.outside_validity")]


def test_rows_of_a_certification_with_a_faulty_row_are_left(any_session: Session) -> None:
    outcome = brought(
        PLAIN | SUSPENDED, PLAIN | REINSTATED | {"evenement_le": "2026-31-05"}, AUDITED, keep_good=True
    )
    assert codes(outcome) == [(2, None, "import.together"), (3, "evenement_le", "date.impossible")]
    assert plain(outcome.faults[0].reason) == (
        "La ligne 3, de la même certification, est fautive : une certification est prise entière."
    )
    assert list(registry()["certifications"]) == ["NFG-1"]


def test_the_same_row_twice_spoils_nothing(session: Session) -> None:
    outcome = brought(PLAIN, PLAIN, keep_good=True)
    assert codes(outcome) == [(3, "certification", "repeat.same")]
    assert (list(registry()["certifications"]), outcome.written) == (["SFG-1"], True)


def test_two_rows_that_say_different_things_leave_both_out(session: Session) -> None:
    outcome = brought(PLAIN, PLAIN | {"valable_au": "2028-03-01"}, keep_good=True)
    assert [code for *_, code in codes(outcome)] == ["import.together", "repeat.differs"]
    assert not outcome.written
    twice = brought(PLAIN | WITHDRAWN, PLAIN | FRAUD, keep_good=True)
    assert [code for *_, code in codes(twice)] == ["import.together", "repeat.same"]


def test_more_events_than_a_life_has(session: Session) -> None:
    day = date(2026, 3, 1)
    rows = [
        PLAIN | {"evenement": "suspension", "evenement_le": (day + timedelta(days=rank)).isoformat()}
        for rank in range(MOST_ROWS + 1)
    ]
    outcome = brought(*rows)
    assert len(outcome.faults) == len(rows)
    assert {code for *_, code in codes(outcome)} == {"import.too_many_events", "import.together"}


# ---------------------------------------------------------------- places


def at(reference: str, start: str, end: str, **more: str) -> dict[str, str]:
    return PLAIN | {"certification": reference, "valable_du": start, "valable_au": end} | more


def test_two_of_one_label_in_a_file(session: Session) -> None:
    outcome = brought(at("A", "2026-01-01", "2026-06-30"), at("B", "2026-06-30", "2026-12-31"))
    assert codes(outcome) == [(3, "valable_du", "registry.overlap")]
    assert "A (ligne 2 du fichier)" in outcome.faults[0].reason
    assert counts(taken(at("A", "2026-01-01", "2026-06-30"), at("B", "2026-07-01", "2026-12-31"))) == {
        "added": 2
    }


def test_one_that_another_certifier_granted(any_session: Session) -> None:
    solution = offer("Bureau Clair", "workplace")
    certified(solution, date(2026, 1, 1), date(2026, 6, 30), label="SFG", reference="AFNOR-1")
    outcome = brought(at("A", "2026-06-30", "2026-12-31"))
    assert codes(outcome) == [(2, "valable_du", "registry.overlap")]
    assert "AFNOR-1" in outcome.faults[0].reason
    assert counts(taken(at("A", "2026-07-01", "2026-12-31"))) == {"added": 1}


def test_one_gives_way_to_another_in_the_same_file(any_session: Session) -> None:
    """Whatever the order of their rows, and even when each takes the place of the other."""
    first, second = at("A", "2026-01-01", "2026-06-30"), at("B", "2026-07-01", "2026-12-31")
    taken(first, second)
    taken(at("B", "2026-04-01", "2026-12-31"), at("A", "2026-01-01", "2026-03-31"))
    taken(at("A", "2026-07-01", "2026-12-31"), at("B", "2026-01-01", "2026-06-30"))
    found = registry()["certifications"]
    assert [found[name]["days"][0] for name in "AB"] == [date(2026, 7, 1), date(2026, 1, 1)]
    assert [period[:2] for period in found["A"]["periods"]] == [(date(2026, 7, 1), date(2026, 12, 31))]


def test_one_that_is_refused_keeps_its_place(session: Session) -> None:
    taken(
        at("A", "2026-01-01", "2026-03-31"),
        at("B", "2026-04-01", "2026-06-30"),
        at("C", "2026-07-01", "2026-09-30"),
    )
    # B would move onto C, which stays: so A may not take what B does not leave.
    outcome = brought(
        at("A", "2026-01-01", "2026-04-30"),
        at("B", "2026-08-01", "2026-09-30"),
        at("C", "2026-07-01", "2026-09-30", preuve="Rapport 2"),
        keep_good=True,
    )
    assert {code for *_, code in codes(outcome)} == {"registry.overlap"}
    found = registry()["certifications"]
    days = sorted(one["days"][:2] for one in found.values())
    assert all(before[1] < after[0] for before, after in pairwise(days))


def test_each_gives_back_what_it_cannot_leave(session: Session) -> None:
    """Thirty that each move onto the next: the last has nowhere to go, so none has."""
    days = [date(2026, 1, 1) + timedelta(days=10 * rank) for rank in range(32)]
    last = timedelta(days=9)

    def row(rank: int, place: int) -> dict[str, str]:
        return at(f"S-{rank:02}", days[place].isoformat(), (days[place] + last).isoformat())

    taken(*(row(rank, rank) for rank in range(30)), row(99, 30))
    before = registry()
    outcome = brought(*(row(rank, rank + 1) for rank in range(30)), keep_good=True)
    assert [code for *_, code in codes(outcome)] == ["registry.overlap"] * 30
    assert registry() == before
    # Once there is a place at the end, all of them move.
    assert counts(taken(*(row(rank, rank + 1) for rank in range(30)), row(99, 31))) == {"changed": 31}


def test_a_withdrawn_one_leaves_its_place(session: Session) -> None:
    taken(at("A", "2026-01-01", "2026-12-31"), at("A", "2026-01-01", "2026-12-31", **WITHDRAWN))
    assert codes(brought(at("B", "2026-05-31", "2026-12-31"))) == [(2, "valable_du", "registry.overlap")]
    assert counts(taken(at("B", "2026-06-01", "2026-12-31"))) == {"added": 1}
