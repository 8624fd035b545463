"""The same certification on several rows of one file."""

from __future__ import annotations

from .samples import AUDITED, PLAIN, read_rows

SUSPENDED = {"evenement": "suspension", "evenement_le": "2026-04-01"}
REINSTATED = {"evenement": "rétablissement", "evenement_le": "2026-05-01"}


def test_several_events_of_one_certification_keep_their_order() -> None:
    content = read_rows(
        PLAIN,
        PLAIN | SUSPENDED,
        AUDITED,
        PLAIN | REINSTATED,
        PLAIN | SUSPENDED | {"evenement_le": "2026-06-01"},
        PLAIN | {"evenement": "retrait", "evenement_le": "2026-07-01", "retroactif": "oui"},
    )
    assert content.faults == []
    assert [(row.line, row.reference, row.event) for row in content.rows] == [
        (2, "SFG-1", None),
        (3, "SFG-1", "suspended"),
        (4, "NFG-1", None),
        (5, "SFG-1", "reinstated"),
        (6, "SFG-1", "suspended"),
        (7, "SFG-1", "withdrawn"),
    ]


def test_other_values_under_one_reference() -> None:
    content = read_rows(
        PLAIN, AUDITED, PLAIN | SUSPENDED | {"solution": "Autre", "valable_au": "2028-03-01", "alias": "Z"}
    )
    assert [row.line for row in content.rows] == [2, 3]
    (fault,) = content.faults
    assert (fault.line, fault.column, fault.code) == (4, "certification", "repeat.differs")
    assert (
        "«\u00a0SFG-1\u00a0» est déjà à la ligne 2, avec d’autres valeurs (solution, valable_au, alias)"
        in fault.reason
    )


def test_other_labels_and_criteria_under_one_reference() -> None:
    content = read_rows(PLAIN, AUDITED | {"certification": "SFG-1"})
    assert "(label, critères, audit_le, preuve)" in content.faults[0].reason


def test_the_same_row_twice() -> None:
    content = read_rows(PLAIN, PLAIN, PLAIN | {"valable_du": "01/03/2026"})
    assert [row.line for row in content.rows] == [2]
    assert [(fault.line, fault.code) for fault in content.faults] == [(3, "repeat.same"), (4, "repeat.same")]
    assert content.faults[1].reason == (
        "La certification «\u00a0SFG-1\u00a0» est déjà, à l’identique, à la ligne 2\u00a0: "
        "supprimez l’une des deux lignes."
    )


def test_the_same_event_twice() -> None:
    content = read_rows(PLAIN, PLAIN | SUSPENDED, PLAIN | SUSPENDED)
    assert [row.line for row in content.rows] == [2, 3]
    (fault,) = content.faults
    assert (fault.line, fault.code) == (4, "repeat.same")
    assert "a déjà cet événement (suspension) à cette date à la ligne 3" in fault.reason


def test_a_withdrawal_is_not_given_twice_as_retroactive_and_not() -> None:
    withdrawn = PLAIN | {"evenement": "retrait", "evenement_le": "2026-07-01"}
    content = read_rows(withdrawn, withdrawn | {"retroactif": "oui"})
    assert [fault.code for fault in content.faults] == ["repeat.same"]


def test_references_are_told_apart_by_every_character() -> None:
    content = read_rows(PLAIN, PLAIN | {"certification": "sfg-1"}, PLAIN | {"certification": "SFG-1."})
    assert (len(content.rows), content.faults) == (3, [])


def test_a_refused_row_is_no_first_line() -> None:
    content = read_rows(PLAIN | {"axe": "?"}, PLAIN | {"solution": "Autre"}, PLAIN)
    assert [(fault.line, fault.code) for fault in content.faults] == [
        (2, "axis.unknown"),
        (4, "repeat.differs"),
    ]
    assert "à la ligne 3" in content.faults[1].reason


# ---------------------------------------------------------------- what a faulty row says of the others


def test_the_certifications_of_faulty_rows_are_told() -> None:
    content = read_rows(
        PLAIN,
        AUDITED,
        PLAIN | SUSPENDED | {"evenement_le": "demain"},
        PLAIN | {"axe": "?"},
        PLAIN | {"certification": "", "axe": "?"},
        PLAIN | {"certification": "x" * 81},
        PLAIN | {"certification": "B", "fournisseur": "1"},
    )
    assert [row.reference for row in content.rows] == ["SFG-1", "NFG-1"]
    assert content.spoiled == {"SFG-1": 4, "B": 8}


def test_other_values_spoil_a_certification_and_a_plain_repetition_does_not() -> None:
    assert read_rows(PLAIN, PLAIN | {"solution": "Autre"}).spoiled == {"SFG-1": 3}
    assert read_rows(PLAIN, PLAIN, PLAIN | SUSPENDED, PLAIN | SUSPENDED).spoiled == {}
    withdrawn = PLAIN | {"evenement": "retrait", "evenement_le": "2026-07-01"}
    assert read_rows(withdrawn, withdrawn | {"retroactif": "oui"}).spoiled == {"SFG-1": 3}
