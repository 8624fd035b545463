"""One row: what each column takes, and what is said of what it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bonus.adapters.einvoice.party import read_party
from bonus.registry.files import COLUMNS, FileRules, LabelRule

from .samples import (
    AUDITED,
    CRITERIA,
    PLAIN,
    ROW,
    RULES,
    as_csv,
    fault_of,
    faults_of,
    read,
    read_rows,
    row_of,
)


def test_a_plain_row() -> None:
    assert row_of(PLAIN) == ROW


def test_a_full_row() -> None:
    found = row_of(
        AUDITED
        | {
            "reference_offre": " NS-STK ",
            "evenement": "Retrait",
            "evenement_le": "22/11/2026",
            "retroactif": "oui",
            "alias": "Stockage NS| NS Storage ||Stockage NS",
        }
    )
    assert found == replace(
        ROW,
        reference="NFG-1",
        label="NFG",
        product_reference="NS-STK",
        criteria=(True, True, True),
        audited_on=date(2026, 2, 10),
        evidence="Rapport 14",
        event="withdrawn",
        event_on=date(2026, 11, 22),
        retroactive=True,
        aliases=("Stockage NS", "NS Storage"),
    )


def test_every_title_in_french_and_in_english() -> None:
    french = AUDITED | {
        "reference_offre": "A",
        "evenement": "suspension",
        "evenement_le": "2026-04-01",
        "alias": "B",
    }
    english = {column.header: column.field for column in COLUMNS}
    expected = row_of(french)
    assert row_of({english[title]: value for title, value in french.items()}) == expected
    shouted = {
        f" {title.upper().replace('_', ' ').replace('CRITERE', 'Critère')} ": value
        for title, value in french.items()
    }
    assert row_of(shouted) == expected


# ---------------------------------------------------------------- required, lengths, characters


@pytest.mark.parametrize(
    "column", [column for column in COLUMNS if column.required], ids=lambda one: one.header
)
@pytest.mark.parametrize("empty", ["", "  \u00a0"])
def test_a_required_cell_is_empty(column: Any, empty: str) -> None:
    fault = fault_of(PLAIN | {column.header: empty})
    assert (fault.line, fault.column, fault.code) == (2, column.header, "required")
    assert fault.reason == f"Cette cellule est vide\u00a0: indiquez {column.what}."


LENGTHS = [
    ("certification", 80),
    ("nom_fournisseur", 200),
    ("solution", 200),
    ("reference_offre", 80),
    ("preuve", 200),
    ("alias", 200),
]


@pytest.mark.parametrize(("title", "limit"), LENGTHS)
def test_lengths(title: str, limit: int) -> None:
    row_of(PLAIN | {title: "é" * limit})
    fault = fault_of(PLAIN | {title: "é" * (limit + 1)})
    assert (fault.column, fault.code) == (title, "too_long")
    assert f"{limit + 1} caractères, {limit} au plus" in fault.reason
    assert f"«\u00a0{'é' * 60}…\u00a0»" in fault.reason
    assert "é" * 61 not in fault.reason


@pytest.mark.parametrize("title", [title for title, _ in LENGTHS])
@pytest.mark.parametrize(
    "character",
    ["\x07", "\x1f", "\x0b", "\x7f", "\x85", "\u202e", "\u200b", "\u2028", "\ufeff", "\ufffd"],
    ids=ascii,
)
def test_control_characters_are_refused(title: str, character: str) -> None:
    for value in (f"a{character}b", f"{character}a", f"a{character}"):
        fault = fault_of(PLAIN | {title: value})
        assert (fault.column, fault.code) == (title, "control")
        assert character == "\ufffd" or character not in fault.reason


@pytest.mark.parametrize("value", ["Suite\nBureau", "Suite \r\n Bureau", "Suite\tBureau"])
def test_a_line_break_inside_a_name_is_a_space(value: str) -> None:
    assert row_of(PLAIN | {"solution": value}).solution == "Suite Bureau"


def test_one_accent_is_written_one_way() -> None:
    assert row_of(PLAIN | {"solution": "Cle\u0301"}).solution == "Clé"


@pytest.mark.parametrize("value", ["=1+1", "+33 1", "-2", "@cmd", '=HYPERLINK("http://a";"b")'])
def test_what_looks_like_a_formula_is_a_text(value: str) -> None:
    assert row_of(PLAIN | {"solution": value, "alias": value}).solution == value


def test_at_most_fifty_aliases() -> None:
    names = [f"Nom {rank}" for rank in range(51)]
    assert row_of(PLAIN | {"alias": "|".join(names[:50])}).aliases == tuple(names[:50])
    fault = fault_of(PLAIN | {"alias": "|".join(names)})
    assert (fault.column, fault.code) == ("alias", "aliases.too_many")
    assert "Nom 0" in fault.reason


# ---------------------------------------------------------------- label and axis


@pytest.mark.parametrize("value", ["SFG", "sfg", "Service France Garanti", "service france  garanti"])
def test_a_label_by_its_code_or_its_name(value: str) -> None:
    assert row_of(PLAIN | {"label": value}).label == "SFG"


def test_an_unknown_label() -> None:
    fault = fault_of(PLAIN | {"label": "NFC"})
    assert (fault.column, fault.code) == ("label", "label.unknown")
    assert (
        fault.reason == "Le label «\u00a0NFC\u00a0» n’existe pas. Labels connus\u00a0: NFG, SFG, SECNUMCLOUD."
    )


def test_a_label_of_another_certifier() -> None:
    fault = fault_of(PLAIN | {"label": "SECNUMCLOUD"})
    assert (fault.column, fault.code) == ("label", "label.not_yours")
    assert "«\u00a0SECNUMCLOUD\u00a0» n’est pas l’un des vôtres" in fault.reason
    assert "(NFG, SFG)" in fault.reason
    nobody = FileRules({"SFG": replace(RULES.labels["SFG"], mine=False)}, RULES.axes, RULES.today)
    assert "retirez cette ligne" in fault_of(PLAIN, nobody).reason


def test_no_label_is_known_at_all() -> None:
    fault = fault_of(PLAIN, FileRules({}, RULES.axes, RULES.today))
    assert (fault.code, fault.reason[-6:]) == ("label.unknown", "aucun.")


def test_a_name_that_two_labels_share_names_neither() -> None:
    twins = {code: LabelRule(code, "Garanti", (), mine=True) for code in ("SFG", "NFG")}
    rules = FileRules(twins, RULES.axes, RULES.today)
    assert fault_of(PLAIN | {"label": "Garanti"}, rules).code == "label.unknown"
    assert fault_of(PLAIN | {"label": "—"}, rules).code == "label.unknown"


def test_a_label_may_not_have_more_criteria_than_a_file_has_columns() -> None:
    rules = FileRules({"SFG": LabelRule("SFG", "", ("x",) * 10, mine=True)}, RULES.axes, RULES.today)
    with pytest.raises(ValueError, match="9 criteria"):
        fault_of(PLAIN, rules)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("cloud", "cloud"),
        ("CLOUD", "cloud"),
        ("intelligence  Artificielle", "ai"),
        ("low-code", "low_code"),
        ("Developpement low code", "low_code"),
    ],
)
def test_an_axis_by_its_code_or_its_name(value: str, code: str) -> None:
    assert row_of(PLAIN | {"axe": value}).axis == code


def test_an_unknown_axis() -> None:
    fault = fault_of(PLAIN | {"axe": "nuage"})
    assert (fault.column, fault.code) == ("axe", "axis.unknown")
    assert "«\u00a0nuage\u00a0»" in fault.reason
    assert "ai (Intelligence artificielle)" in fault.reason


# ---------------------------------------------------------------- supplier


@pytest.mark.parametrize(
    ("value", "identifier"),
    [
        ("900100207", "900100207"),
        ("900 100 207", "900100207"),
        ("900\u00a0100\u202f207", "900100207"),
        ("900.100.207", "900100207"),
        ("900100207.0", "900100207"),
        ("DE136695976", "DE136695976"),
        ("de 136 695 976", "DE136695976"),
        ("EL094259216", "EL094259216"),
        ("NO 995 525 828 MVA", "NO995525828MVA"),
        ("IS11111", "IS11111"),
        ("LI12345", "LI12345"),
    ],
)
def test_suppliers_are_those_that_invoices_give(value: str, identifier: str) -> None:
    assert row_of(PLAIN | {"fournisseur": value}).supplier_id == identifier
    if identifier[0].isalpha():
        terms = {"name": "N", "vat_identifier": value}
    else:
        terms = {"name": "N", "legal_identifier": identifier, "legal_identifier_schemeid": "0002"}
    assert read_party(terms, "vendeur").supplier_id == identifier


@pytest.mark.parametrize(
    ("value", "code", "said"),
    [
        ("900100208", "siren", "vérifiez ses neuf chiffres"),
        ("000000000", "siren", "vérifiez ses neuf chiffres"),
        ("90010020", "supplier", "n’est ni un SIREN"),
        ("90010020700019", "siret", "gardez le SIREN"),
        ("90010020700018", "supplier", "n’est ni un SIREN"),
        ("FR83900100207", "vat.french", "indiquez le SIREN"),
        ("fr 00 900100207", "vat.french", "indiquez le SIREN"),
        ("DE136695977", "vat", "n’est pas valide"),
        ("DE", "vat", "n’est pas valide"),
        ("LI1234", "vat", "n’est pas valide"),
        ("CHE116281710", "supplier", "Espace économique européen"),
        ("XI432525179", "supplier", "Espace économique européen"),
        ("EU372022452", "supplier", "Espace économique européen"),
        ("９００１００２０７", "supplier", "n’est ni un SIREN"),
        ("Nuage Souverain", "supplier", "n’est ni un SIREN"),
    ],
)
def test_other_identifiers_are_refused(value: str, code: str, said: str) -> None:
    fault = fault_of(PLAIN | {"fournisseur": value})
    assert (fault.column, fault.code) == ("fournisseur", code)
    assert f"«\u00a0{value}\u00a0»" in fault.reason
    assert said in fault.reason


def test_zeros_are_not_guessed_in_a_text() -> None:
    assert row_of(PLAIN | {"fournisseur": "005520135"}).supplier_id == "005520135"
    assert fault_of(PLAIN | {"fournisseur": "5520135"}).code == "supplier"


# ---------------------------------------------------------------- criteria


def test_a_label_with_criteria_asks_for_all_of_them() -> None:
    assert row_of(AUDITED | {"critere_2": "VRAI", "critere_3": "1"}).criteria == (True, True, True)
    bare = {title: value for title, value in AUDITED.items() if title in PLAIN}
    assert faults_of(bare) == [
        ("critere_1", "criteria.missing"),
        ("critere_2", "criteria.missing"),
        ("critere_3", "criteria.missing"),
        ("audit_le", "criteria.audit"),
        ("preuve", "criteria.audit"),
    ]


def test_a_criterion_is_not_met() -> None:
    fault = fault_of(AUDITED | {"critere_2": "non"})
    assert (fault.column, fault.code) == ("critere_2", "criteria.unmet")
    assert f"«\u00a0{CRITERIA[1]}\u00a0»" in fault.reason
    assert "«\u00a0non\u00a0»" in fault.reason
    assert "ne peut pas être délivré" in fault.reason


def test_a_criterion_is_neither_yes_nor_no() -> None:
    fault = fault_of(AUDITED | {"critere_1": "peut-être"})
    assert (fault.column, fault.code) == ("critere_1", "flag")
    assert "«\u00a0peut-être\u00a0»" in fault.reason


@pytest.mark.parametrize("title", ["audit_le", "preuve"])
def test_the_audit_is_required_with_criteria(title: str) -> None:
    fault = fault_of(AUDITED | {title: ""})
    assert (fault.column, fault.code) == (title, "criteria.audit")


@pytest.mark.parametrize(
    ("row", "title"), [(PLAIN, "critere_1"), (PLAIN, "critere_9"), (AUDITED, "critere_4")]
)
def test_criteria_that_a_label_has_not(row: dict[str, Any], title: str) -> None:
    fault = fault_of(row | {title: "oui"})
    assert (fault.column, fault.code) == (title, "criteria.unexpected")


def test_the_audit_of_a_label_without_criteria_is_kept() -> None:
    found = row_of(PLAIN | {"audit_le": "2026-02-10", "preuve": "R1"})
    assert (found.criteria, found.audited_on, found.evidence) == ((), date(2026, 2, 10), "R1")


# ---------------------------------------------------------------- several at once


def test_all_the_faults_of_a_row_are_said() -> None:
    wrong = PLAIN | {
        "label": "X",
        "fournisseur": "1",
        "axe": "Y",
        "valable_du": "hier",
        "solution": "",
        "alias": "\x01",
    }
    assert faults_of(wrong) == [
        ("label", "label.unknown"),
        ("fournisseur", "supplier"),
        ("solution", "required"),
        ("axe", "axis.unknown"),
        ("valable_du", "date.unreadable"),
        ("alias", "control"),
    ]


def test_good_rows_are_kept_beside_faulty_ones() -> None:
    content = read_rows(PLAIN, PLAIN | {"certification": "B", "axe": "?"}, PLAIN | {"certification": "C"})
    assert [(row.line, row.reference) for row in content.rows] == [(2, "SFG-1"), (4, "C")]
    assert [fault.line for fault in content.faults] == [3]


def test_a_fault_names_the_column_as_the_file_does() -> None:
    row = {("Axe de l’offre" if title == "axe" else title.upper()): value for title, value in PLAIN.items()}
    row["AXIS"] = "?"
    assert fault_of(row).column == "AXIS"


def test_the_example_of_the_form_is_not_a_certification() -> None:
    fault = fault_of(PLAIN | {"certification": "EXEMPLE-2026-001"})
    assert (fault.column, fault.code) == ("certification", "example")


# ---------------------------------------------------------------- a label that changes


def test_a_label_asks_what_it_asked_when_the_validity_begins() -> None:
    later = replace(RULES.labels["SFG"], criteria=("hébergement",))

    def label_on(code: str, day: date) -> LabelRule | None:
        return later if code == "SFG" and day >= date(2026, 3, 2) else None

    rules = replace(RULES, label_on=label_on)
    audited = PLAIN | {"audit_le": "2026-02-10", "preuve": "R", "critere_1": "oui"}
    assert read(as_csv([PLAIN]), rules).faults == []
    assert fault_of(audited, rules).code == "criteria.unexpected"
    begins = {"valable_du": "2026-03-02"}
    assert [row.criteria for row in read(as_csv([audited | begins]), rules).rows] == [(True,)]
    assert {fault.code for fault in read(as_csv([PLAIN | begins]), rules).faults} == {
        "criteria.missing",
        "criteria.audit",
    }
    assert fault_of(PLAIN | {"valable_du": "?"}, rules).code == "date.unreadable"
