"""What each row of a file does, and what a person reads of it before and after."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bonus.registry.files import read_file
from bonus.registry.imports.entries import Entry, entries_of
from bonus.registry.imports.plan import Plan
from bonus.registry.imports.prepared import prepare
from bonus.registry.imports.running import rules_for
from bonus.registry.labels import certifier_named
from tests.registry.files.samples import as_csv
from tests.support.registry import disown, mend
from tests.support.words import plain

from .samples import (
    AUDITED,
    CERTIFIER,
    FRAUD,
    NOW,
    PLAIN,
    REINSTATED,
    SUSPENDED,
    WITHDRAWN,
    brought,
    certification,
    counts,
    registry,
    taken,
)


def plan_of(*rows: Any) -> Plan:
    """What a file of these rows would change."""
    certifier = certifier_named(CERTIFIER)
    content = read_file(as_csv(rows), rules_for(certifier.id, NOW.date()))
    return prepare(content, certifier, NOW).plan


def read(*rows: Any) -> list[tuple[str, int, list[str]]]:
    """Of each row: what it does, its line, what a person reads."""
    return [(entry.kind, entry.line, _changes(entry)) for entry in entries_of(plan_of(*rows))]


def _changes(entry: Entry) -> list[str]:
    return [plain(f"{what}: {before} > {after}") for what, before, after in entry.changes]


def test_a_new_certification_of_a_new_offer(any_session: Session) -> None:
    row = AUDITED | {"alias": "Clair|Bureau clair", "reference_offre": "BC-1"}
    assert read(row) == [
        (
            "added",
            2,
            [
                "Nouveau fournisseur: — > Bureau Souverain (900100207)",
                "Nouvelle solution: — > Bureau Clair",
                "Autre nom de l’offre: — > Clair",  # the other is its own name
            ],
        )
    ]
    outcome = taken(row)
    assert (counts(outcome), outcome.summary.new_solutions, outcome.summary.new_suppliers) == (
        {"added": 1},
        1,
        1,
    )
    found = registry()
    assert found["suppliers"] == [("900100207", "Bureau Souverain")]
    assert found["solutions"] == [
        (
            "bureau-clair", "Bureau Clair", "BC-1", "workplace", "900100207",
            "bureau clair bureau souverain 900100207 bc 1 clair",
            [("name", "Clair", "clair", "certifier")],
        )
    ]  # fmt: skip
    assert found["certifications"] == {
        "NFG-1": {
            "of": ("bureau-veritas", "NFG", "bureau-clair"),
            "days": (date(2026, 3, 1), date(2028, 2, 29), date(2028, 2, 29)),
            "periods": [(date(2026, 3, 1), date(2028, 2, 29), "NFG", True)],
            "facts": [
                (
                    "granted", date(2026, 3, 1), date(2028, 2, 29), None, False, [True, True, True],
                    date(2026, 2, 10), "Rapport 14", False, None,
                )
            ],
        }
    }  # fmt: skip


def test_new_suppliers_and_solutions_are_told_once(session: Session) -> None:
    second = PLAIN | {"certification": "SFG-2", "solution": "Coffre"}
    third = AUDITED | {"certification": "NFG-3"}
    told = [changes for _, _, changes in read(PLAIN, second, third)]
    assert told == [
        ["Nouveau fournisseur: — > Bureau Souverain (900100207)", "Nouvelle solution: — > Bureau Clair"],
        ["Nouvelle solution: — > Coffre"],
        [],
    ]


def test_the_same_file_twice_changes_nothing(any_session: Session) -> None:
    rows = (AUDITED, PLAIN, PLAIN | SUSPENDED, PLAIN | REINSTATED)
    assert counts(taken(*rows)) == {"added": 4}
    before = registry()
    again = taken(*rows)
    assert (counts(again), again.written) == ({"unchanged": 4}, False)
    assert registry() == before


def test_other_dates_are_a_correction_that_names_what_it_corrects(any_session: Session) -> None:
    taken(AUDITED)
    longer = AUDITED | {"valable_au": "2029-02-28"}
    assert read(longer) == [("changed", 2, ["Fin de validité: 29/02/2028 > 28/02/2029"])]
    assert counts(taken(longer)) == {"changed": 1}
    found = registry()["certifications"]["NFG-1"]
    assert [(fact[2], fact[-1]) for fact in found["facts"]] == [
        (date(2028, 2, 29), None),
        (date(2029, 2, 28), 0),
    ]
    assert found["days"] == (date(2026, 3, 1), date(2029, 2, 28), date(2029, 2, 28))
    assert found["periods"] == [(date(2026, 3, 1), date(2029, 2, 28), "NFG", True)]
    # And back: what was corrected is corrected again.
    assert counts(taken(AUDITED)) == {"ended": 1}
    assert [fact[-1] for fact in registry()["certifications"]["NFG-1"]["facts"]] == [None, 0, 1]


def test_a_validity_brought_forward_is_an_end(session: Session) -> None:
    taken(PLAIN)
    assert read(PLAIN | {"valable_au": "2026-12-31"}) == [
        ("ended", 2, ["Fin de validité: 29/02/2028 > 31/12/2026"])
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"preuve": "Rapport 15"}, "Preuve: Rapport 14 > Rapport 15"),
        ({"audit_le": "2026-02-11"}, "Audit: 10/02/2026 > 11/02/2026"),
        ({"valable_du": "2026-03-02"}, "Début de validité: 01/03/2026 > 02/03/2026"),
    ],
)
def test_what_a_correction_says(session: Session, changed: dict[str, str], told: str) -> None:
    taken(AUDITED)
    assert read(AUDITED | changed) == [("changed", 2, [told])]
    taken(AUDITED | changed)
    assert read(AUDITED | changed) == [("unchanged", 2, [])]


def test_an_empty_cell_says_nothing_of_an_audit_that_is_known(session: Session) -> None:
    taken(PLAIN | {"audit_le": "2026-02-10", "preuve": "Rapport 7"})
    assert read(PLAIN) == [("unchanged", 2, [])]
    taken(PLAIN | {"preuve": "Rapport 8"})
    assert registry()["certifications"]["SFG-1"]["facts"][-1][6:8] == (date(2026, 2, 10), "Rapport 8")


def test_a_correction_by_hand_is_said_to_be_one(session: Session) -> None:
    taken(PLAIN)
    mend(certification("SFG-1").facts[0], NOW, valid_until=date(2027, 1, 31))
    assert read(PLAIN) == [("changed", 2, ["Fin de validité: 31/01/2027 (inscrit à la main) > 29/02/2028"])]


def test_events_end_and_reinstate(any_session: Session) -> None:
    taken(PLAIN)
    assert read(PLAIN | SUSPENDED) == [("ended", 2, ["Événement: — > suspension, le 01/04/2026"])]
    taken(PLAIN | SUSPENDED)
    assert read(PLAIN | SUSPENDED, PLAIN | REINSTATED) == [
        ("unchanged", 2, []),
        ("reinstated", 3, ["Événement: — > rétablissement, le 01/05/2026"]),
    ]
    taken(PLAIN | SUSPENDED, PLAIN | REINSTATED)
    assert read(PLAIN | FRAUD) == [("ended", 2, ["Événement: — > retrait rétroactif, le 01/06/2026"])]
    found = registry()["certifications"]["SFG-1"]
    assert [period[:2] for period in found["periods"]] == [
        (date(2026, 3, 1), date(2026, 3, 31)),
        (date(2026, 5, 1), date(2028, 2, 29)),
    ]
    taken(PLAIN | FRAUD)
    found = registry()["certifications"]["SFG-1"]
    assert (found["days"][2], found["periods"]) == (None, [])


def test_a_correction_and_an_event_in_one_row(session: Session) -> None:
    taken(AUDITED)
    both = AUDITED | {"preuve": "Rapport 15"} | WITHDRAWN
    assert read(both) == [
        ("ended", 2, ["Preuve: Rapport 14 > Rapport 15", "Événement: — > retrait, le 01/06/2026"])
    ]
    assert counts(taken(both)) == {"ended": 1}
    assert counts(taken(both)) == {"unchanged": 1}


def test_all_the_rows_of_a_new_certification_add_it(session: Session) -> None:
    assert [kind for kind, *_ in read(PLAIN | SUSPENDED, PLAIN | REINSTATED)] == ["added", "added"]


def test_an_event_that_was_corrected_or_annulled_since_is_not_told_again(session: Session) -> None:
    taken(PLAIN, PLAIN | SUSPENDED)
    disown(certification("SFG-1").facts[1], NOW)
    settled = "Événement: suspension, le 01/04/2026 > déjà inscrit, corrigé ou annulé depuis : rien ne change"
    assert read(PLAIN | SUSPENDED) == [("unchanged", 2, [settled])]
    assert not taken(PLAIN | SUSPENDED).written


def test_what_the_file_does_not_speak_of_does_not_change(session: Session) -> None:
    taken(PLAIN, AUDITED)
    before = registry()["certifications"]["NFG-1"]
    taken(PLAIN | SUSPENDED)
    assert registry()["certifications"]["NFG-1"] == before


def test_other_names_of_a_known_offer(any_session: Session) -> None:
    taken(PLAIN | {"reference_offre": "BC-1"})
    renamed = PLAIN | {"reference_offre": "BC-1", "solution": "Bureau Limpide", "alias": "BL"}
    assert read(renamed) == [
        ("changed", 2, ["Autre nom de l’offre: — > Bureau Limpide", "Autre nom de l’offre: — > BL"])
    ]
    taken(renamed)
    (solution,) = registry()["solutions"]
    assert (solution[1], [name for _, name, *_ in solution[6]]) == ("Bureau Clair", ["Bureau Limpide", "BL"])
    assert solution[5] == "bureau clair bureau souverain 900100207 bc 1 bureau limpide bl"
    assert read(renamed) == read(PLAIN) == [("unchanged", 2, [])]


def test_the_reference_of_an_offer_that_had_none(any_session: Session) -> None:
    taken(PLAIN)
    with_reference = AUDITED | {"reference_offre": "BC-1"}
    assert ("added", 2, ["Référence de l’offre: — > BC-1"]) in read(with_reference)
    taken(with_reference)
    (solution,) = registry()["solutions"]
    assert (solution[2], solution[5]) == ("BC-1", "bureau clair bureau souverain 900100207 bc 1")


def test_names_alone_bring_no_fact(session: Session) -> None:
    taken(PLAIN)
    outcome = brought(PLAIN | {"alias": "Clair"})
    assert (counts(outcome), outcome.written) == ({"changed": 1}, True)
    assert len(registry()["certifications"]["SFG-1"]["facts"]) == 1
