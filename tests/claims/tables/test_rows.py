"""One row of a table: what each cell may say, and how each mistake is told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from .samples import NBSP, PLAIN, TODAY, as_xlsx, good_row, only_fault, read, read_rows


def test_a_row_with_every_column() -> None:
    row = good_row(
        reference="CLOUD-24",
        debut_service="2026-10-01",
        fin_service="31/12/2026",
        solution="hebergement-cloud-qualifie",
        remplace_non_europeenne="oui",
        autre_aide="100",
    )
    assert (row.line, row.number, row.issued_on, row.supplier_id) == (
        2,
        "F-1",
        date(2026, 10, 15),
        "900100207",
    )
    assert (row.supplier_name, row.name) == ("Nuage Fictif SAS", "Hébergement cloud qualifié")
    assert (row.net_cents, row.vat_cents, row.other_public_aid_cents) == (125050, 25010, 10000)
    assert (row.service_start, row.service_end) == (date(2026, 10, 1), date(2026, 12, 31))
    assert (row.reference, row.solution, row.replaces_foreign) == (
        "CLOUD-24",
        "hebergement-cloud-qualifie",
        True,
    )


def test_what_may_be_left_empty() -> None:
    row = good_row(tva="")
    assert (row.vat_cents, row.reference, row.solution, row.service_start) == (0, None, None, None)
    assert (row.replaces_foreign, row.other_public_aid_cents) == (False, 0)


def test_titles_as_people_write_them_in_any_order() -> None:
    row = {
        "Montant HT": "10,00",
        "N° de facture": "F-9",
        "DATE DE FACTURE": "01/09/2026",
        "Fournisseur SIREN ou n° de TVA": "900 100 207",
        "Désignation": "Hébergement",
        "Nom du fournisseur": "Nuage",
        "Début de service": "01/09/2026",
        "Fin de service": "30/09/2026",
        "Remplace une solution non européenne (oui/non)": "oui",
        "Autre aide publique": "1",
        "À corriger": "rien",
        "Budget": "42",
    }
    content = read_rows(row)
    assert content.faults == []
    ((found,),) = (bill.rows for bill in content.bills.values())
    assert (found.net_cents, found.other_public_aid_cents, found.service_end) == (
        1000,
        100,
        date(2026, 9, 30),
    )
    assert content.ignored_columns == ("Remplace une solution non européenne (oui/non)", "Budget")


def test_a_workbook_gives_typed_cells() -> None:
    typed = PLAIN | {
        "date_facture": date(2026, 10, 15),
        "fournisseur": 900100207,
        "montant_ht": 0.1 + 0.2,  # a computed amount: 0.30000000000000004
        "tva": 7,
        "remplace_non_europeenne": True,
    }
    content = read(as_xlsx([typed]))
    assert content.faults == []
    ((row,),) = (bill.rows for bill in content.bills.values())
    assert (row.net_cents, row.vat_cents, row.supplier_id) == (30, 700, "900100207")
    assert (row.issued_on, row.replaces_foreign) == (date(2026, 10, 15), True)


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("1250,50", 125050),
        ("1250.5", 125050),
        ("1 250,50 €", 125050),
        ("1\u202f250,50\u00a0€", 125050),
        ("1.250,50", 125050),
        ("1,250.50", 125050),
        ("1.234.567", 123456700),
        ("0,01", 1),
        ("10000000000", 10**12),
    ],
)
def test_amounts(written: str, cents: int) -> None:
    assert good_row(montant_ht=written, tva="").net_cents == cents


@pytest.mark.parametrize(
    ("written", "code", "said"),
    [
        ("1.250", "amount.ambiguous", "deux façons"),
        ("1,250", "amount.ambiguous", "deux façons"),
        ("1250,505", "amount.decimals", "deux décimales"),
        ("=A1*2", "amount.formula", "formule"),
        ("-12,00", "amount.negative", "négatif"),
        ("0", "amount.zero", "nul"),
        ("0,00", "amount.zero", "nul"),
        ("dix", "amount", "1250,50"),
        ("1e3", "amount", "1250,50"),
        ("10000000000,01", "amount.too_large", "dix milliards"),
        ("", "required", "montant hors taxes"),
    ],
)
def test_amounts_that_are_none(written: str, code: str, said: str) -> None:
    fault = only_fault(PLAIN | {"montant_ht": written})
    assert (fault.line, fault.column, fault.code) == (2, "montant_ht", code)
    assert said in fault.reason


def test_a_number_of_a_sheet_is_never_rounded() -> None:
    (fault,) = read(as_xlsx([PLAIN | {"montant_ht": 12.345}])).faults
    assert fault.code == "amount.decimals"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("900100207", "900100207"),
        ("900 100 207", "900100207"),
        ("FR50900400508", "900400508"),
        ("fr 50 900 400 508", "900400508"),
        ("90040050800017", "900400508"),
        ("DE129273398", "DE129273398"),
    ],
)
def test_suppliers(written: str, found: str) -> None:
    assert good_row(fournisseur=written).supplier_id == found


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("900100208", "siren"),
        ("FR51900400508", "vat"),
        ("DE129273399", "vat"),
        ("Nuage", "supplier"),
        ("US12", "supplier"),
    ],
)
def test_suppliers_that_are_none(written: str, code: str) -> None:
    fault = only_fault(PLAIN | {"fournisseur": written})
    assert (fault.column, fault.code) == ("fournisseur", code)


@pytest.mark.parametrize(
    ("values", "column", "code"),
    [
        ({"date_facture": "23/11/2026"}, "date_facture", "date.future"),
        ({"date_facture": "31/02/2026"}, "date_facture", "date.impossible"),
        ({"date_facture": "15 octobre"}, "date_facture", "date.unreadable"),
        ({"debut_service": "01/10/2026"}, "fin_service", "service.half"),
        ({"fin_service": "01/10/2026"}, "debut_service", "service.half"),
        ({"debut_service": "02/10/2026", "fin_service": "01/10/2026"}, "fin_service", "service.order"),
        ({"remplace_non_europeenne": "peut-être"}, "remplace_non_europeenne", "flag"),
        ({"autre_aide": "1250,51"}, "autre_aide", "aid.too_large"),
        ({"autre_aide": "-1"}, "autre_aide", "amount.negative"),
        ({"designation": "x" * 501}, "designation", "too_long"),
        ({"facture": "F" * 101}, "facture", "too_long"),
        ({"facture": "EXEMPLE-2026-001"}, "facture", "example"),
        ({"nom_fournisseur": ""}, "nom_fournisseur", "required"),
    ],
)
def test_a_mistake_names_its_column(values: dict[str, Any], column: str, code: str) -> None:
    fault = only_fault(PLAIN | values)
    assert (fault.column, fault.code) == (column, code)
    assert fault.reason.endswith((".", ")."))


def test_the_limits_themselves_are_good() -> None:
    assert good_row(date_facture="22/11/2026").issued_on == TODAY
    assert good_row(debut_service="01/10/2026", fin_service="01/10/2026").service_end == date(2026, 10, 1)
    assert good_row(autre_aide="1250,50").other_public_aid_cents == 125050


def test_every_mistake_of_a_row_is_told_at_once() -> None:
    content = read_rows(PLAIN | {"montant_ht": "dix", "date_facture": "hier", "fournisseur": "1"})
    assert [fault.column for fault in content.faults] == ["date_facture", "fournisseur", "montant_ht"]
    assert content.left[2].reasons[0].startswith(f"date_facture{NBSP}: ")
