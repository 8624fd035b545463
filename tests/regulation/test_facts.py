"""Facts that do not have the form: each fault with its path, nothing evaluated."""

from __future__ import annotations

import copy
import dataclasses
from datetime import date
from typing import Any

import numpy as np
import pytest

from bonus.errors import InvalidInput
from bonus.money import NBSP
from bonus.regulation import InvalidFacts, evaluate, evaluate_columns, load_parameters, size_category
from bonus.regulation.columns import MAX_LINE_CENTS, sums, total
from bonus.regulation.facts import read_facts, valid_siren
from bonus.regulation.links import components

from .support import BUYER, only_line, purchase

Json = dict[str, Any]

LINE = "$.claims[0].invoices[0].lines[0]"
CERTIFICATION = "$.registry.solutions[0].certifications[0]"


def faults(facts: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFacts) as caught:
        evaluate(facts, load_parameters())
    return caught.value.faults


@pytest.mark.parametrize(
    ("field", "value", "path", "reason"),
    [
        ("line_net", None, f"{LINE}.net", "un montant est attendu"),
        ("line_net", 10000, f"{LINE}.net", "un montant est attendu"),
        ("line_net", 1.5, f"{LINE}.net", "un montant est attendu"),
        ("line_net", "10000.001", f"{LINE}.net", "un montant est attendu"),
        ("line_net", "NaN", f"{LINE}.net", "un montant est attendu"),
        ("line_net", "10000000000.01", f"{LINE}.net", "montant au-delà de 10000000000.00 euros"),
        ("line_net", "-10000000000.01", f"{LINE}.net", "montant au-delà de 10000000000.00 euros"),
        ("line_vat", "10000000000.01", f"{LINE}.vat", "montant au-delà"),
        ("line_other_public_aid", "-0.01", f"{LINE}.other_public_aid", "négative"),
        ("line_service_start", "2026-01-01", f"{LINE}.service_start", "les deux dates"),
        ("line_service_end", "2026-01-01", f"{LINE}.service_start", "les deux dates"),
        ("line_replaces_foreign", "oui", f"{LINE}.replaces_foreign", "vrai ou faux"),
        ("line_grant_date", "2026-13-01", f"{LINE}.grant_date", "n’existe pas"),
        ("line_number", None, f"{LINE}.number", "un numéro de ligne"),
        ("line_number", True, f"{LINE}.number", "un numéro de ligne"),
        ("invoice_issued_on", "2026-02-30", "$.claims[0].invoices[0].issued_on", "n’existe pas"),
        ("invoice_issued_on", "1899-12-31", "$.claims[0].invoices[0].issued_on", "entre 1900 et 2099"),
        ("invoice_issued_on", "2100-01-01", "$.claims[0].invoices[0].issued_on", "entre 1900 et 2099"),
        ("invoice_issued_on", date(2026, 3, 10), "$.claims[0].invoices[0].issued_on", "AAAA-MM-JJ"),
        ("invoice_number", "", "$.claims[0].invoices[0].number", "un texte est attendu"),
        ("invoice_supplier_id", 552100554, "$.claims[0].invoices[0].supplier_id", "un texte est attendu"),
        ("invoice_lines", None, "$.claims[0].invoices[0].lines", "une liste est attendue"),
        ("invoice_lines", ["x"], LINE, "un objet est attendu"),
        ("claim_beneficiary", "404833048", "$.claims[0].beneficiary", "n’est pas décrit"),
        ("claim_filed_at", "2026-04-01T10:00:00", "$.claims[0].filed_at", "décalage horaire"),
        ("claim_filed_at", "hier", "$.claims[0].filed_at", "décalage horaire"),
        ("claim_filed_at", "2100-01-01T00:00:00+00:00", "$.claims[0].filed_at", "décalage horaire"),
        ("claim_grant_date", None, "$.claims[0].grant_date", "AAAA-MM-JJ"),
        ("claim_id", None, "$.claims[0].id", "un texte est attendu"),
        ("company_kind", "association", "$.beneficiaries[0].kind", "enterprise, public_body"),
        ("company_headcount", -1, "$.beneficiaries[0].headcount", "un nombre entier"),
        ("company_headcount", "12", "$.beneficiaries[0].headcount", "un nombre entier"),
        ("company_headcount", True, "$.beneficiaries[0].headcount", "un nombre entier"),
        ("company_turnover", "10000000000000.01", "$.beneficiaries[0].turnover", "montant au-delà"),
        ("company_group", ["404833048", 3], "$.beneficiaries[0].group", "une liste de textes"),
        ("company_in_liquidation", 1, "$.beneficiaries[0].in_liquidation", "vrai ou faux"),
        ("solution_axis", "space", "$.registry.solutions[0].axis", "valeur attendue parmi ai, data"),
        ("solution_certifications", {}, "$.registry.solutions[0].certifications", "une liste est attendue"),
        ("certification_valid_until", "31/12/2030", f"{CERTIFICATION}.valid_until", "AAAA-MM-JJ"),
        (
            "certification_events",
            [{"type": "lost", "on": "2026-01-01"}],
            f"{CERTIFICATION}.events[0].type",
            "parmi",
        ),
    ],
)
def test_a_fault_is_named_with_its_path(field: str, value: object, path: str, reason: str) -> None:
    found = faults(purchase(**{field: value}))
    assert [said for where, said in found if where == path and reason in said], found


def test_a_service_that_ends_before_it_starts() -> None:
    [(path, reason)] = faults(purchase(line_service_start="2026-02-01", line_service_end="2026-01-31"))
    assert (path, reason) == (f"{LINE}.service_end", "le service finit avant de commencer")


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("beneficiaries", "$.beneficiaries[1].siren"),
        ("claims", "$.claims[1].id"),
        ("solutions", "$.registry.solutions[1].id"),
    ],
)
def test_two_things_with_one_name(part: str, path: str) -> None:
    facts = purchase()
    where = facts["registry"] if part == "solutions" else facts
    where[part] = [*where[part], copy.deepcopy(where[part][0])]
    assert path in [at for at, _ in faults(facts)]


def test_two_lines_with_one_number_in_an_invoice() -> None:
    facts = purchase()
    [invoice] = facts["claims"][0]["invoices"]
    invoice["lines"] = [*invoice["lines"], dict(invoice["lines"][0])]
    assert [path for path, _ in faults(facts)] == ["$.claims[0].invoices[0].lines[1].number"]


def test_every_fault_is_said_and_the_first_in_a_sentence() -> None:
    facts = purchase(line_net="x", company_turnover="y", claim_grant_date="z")
    with pytest.raises(InvalidInput) as caught:
        evaluate(facts, load_parameters())
    assert caught.value.field == "$.beneficiaries[0].turnover"
    assert caught.value.code == "facts.invalid"
    assert caught.value.sentence == (
        f'Donnée inexploitable, $.beneficiaries[0].turnover{NBSP}: un montant est attendu, comme "1234.56" '
        "(et 2 autres)."
    )


@pytest.mark.parametrize("facts", [None, [], {}, {"registry": []}, {"claims": {}}])
def test_what_is_not_facts_at_all(facts: Any) -> None:
    assert faults(facts)


def test_prior_grants_and_held_invoices_are_checked_too() -> None:
    facts = purchase()
    facts["prior"] = {
        "grants": [
            {
                "beneficiary": BUYER,
                "solution": "s",
                "issued_on": "2026-01-01",
                "granted_on": "2026-02-01",
                "amount": "-1.00",
            },
            {"beneficiary": BUYER, "solution": "s", "issued_on": "2026-01-01", "granted_on": "2026-02-01"},
        ],
        "held_invoices": [{"supplier_id": "552100554", "number": "F", "year": "2026"}],
    }
    assert {path for path, _ in faults(facts)} == {
        "$.prior.grants[0].amount",
        "$.prior.grants[1].amount",
        "$.prior.held_invoices[0].year",
    }


def test_optional_fields_may_be_null_and_unknown_keys_are_left_alone() -> None:
    names = ("vat", "other_public_aid", "service_start", "service_end", "replaces_foreign", "grant_date")
    facts = purchase(**{f"line_{name}": None for name in names}, line_comment="x", company_name="y")
    for name in ("ceased_on", "in_liquidation", "vat_recoverable", "group", "single_undertaking"):
        facts["beneficiaries"][0][name] = None
    facts["prior"] = None
    facts["registry"]["solutions"][0]["certifications"][0]["events"] = None
    assert only_line(facts) == only_line(purchase())


@pytest.mark.parametrize("solution", [None, ""])
def test_a_line_matched_to_no_solution_is_refused_and_not_a_fault(solution: str | None) -> None:
    assert only_line(purchase(line_solution=solution))["reason"] == "solution.unknown"


def test_the_facts_are_left_as_they_were() -> None:
    facts = purchase(line_service_start="2026-01-01", line_service_end="2027-12-31")
    before = copy.deepcopy(facts)
    evaluate(facts, load_parameters(), trace=True)
    assert facts == before


def test_no_claim_at_all() -> None:
    facts = purchase()
    facts["claims"] = []
    assert evaluate(facts, load_parameters(), trace=True) == {"claims": [], "tax": []}


def test_a_claim_without_lines_is_refused() -> None:
    facts = purchase(invoice_lines=[])
    [claim] = evaluate(facts, load_parameters(), trace=True)["claims"]
    assert (claim["outcome"], claim["bonus"], claim["lines"]) == ("refused", "0.00", [])


def test_an_empty_registry() -> None:
    facts = purchase()
    facts["registry"]["solutions"] = []
    assert only_line(facts, trace=True)["reason"] == "solution.unknown"


@pytest.mark.parametrize(
    ("siren", "valid"),
    [
        ("732829320", True),
        ("732829321", False),
        ("73282932", False),
        ("7328293200", False),
        ("732 829 320", False),
        ("73282932A", False),
        ("٧٣٢٨٢٩٣٢٠", False),
        ("", False),
    ],
)
def test_siren(siren: str, valid: bool) -> None:
    assert valid_siren(siren) is valid


# ---------------------------------------------------------------- bounds


def test_the_largest_line_is_exact() -> None:
    line = only_line(purchase(line_net="10000000000.00", company_kind="public_body"))
    assert line["bonus_before_ceilings"] == "3000000000.00"
    # Three years of 1 096 days: the product is near 2^50, far under 2^63.
    long = {"line_service_start": "2026-01-01", "line_service_end": "2028-12-31"}
    assert only_line(purchase(line_net="10000000000.00", **long))["base"] == "3330291970.80"


def test_columns_out_of_bounds_are_refused_before_any_rule() -> None:
    law = load_parameters()
    read = read_facts(purchase(), law)
    too_much = dataclasses.replace(read.lines, net=read.lines.net + MAX_LINE_CENTS)
    with pytest.raises(ValueError, match="net above 10000000000"):
        evaluate_columns(dataclasses.replace(read, lines=too_much), law)
    too_little = dataclasses.replace(read.lines, vat=read.lines.vat - MAX_LINE_CENTS - 1)
    with pytest.raises(ValueError, match="vat above"):
        evaluate_columns(dataclasses.replace(read, lines=too_little), law)
    invoices = dataclasses.replace(read.invoices, issued_on=read.invoices.issued_on + 400_000)
    with pytest.raises(ValueError, match="issued_on outside 1900 to 2099"):
        evaluate_columns(dataclasses.replace(read, invoices=invoices), law)


def test_a_sum_that_would_wrap_around_is_refused() -> None:
    huge = np.full(4, 2**61, dtype=np.int64)
    with pytest.raises(OverflowError):
        total(huge)
    with pytest.raises(OverflowError):
        sums(huge, np.array([0, 4]))
    assert total(np.array([5, -3])) == 2
    assert sums(np.array([1, 2, 3]), np.array([0, 2, 2, 3])).tolist() == [3, 0, 3]


# ---------------------------------------------------------------- sets of linked parties


def test_components() -> None:
    assert components(6, [(0, 1), (2, 1), (4, 5)]).tolist() == [0, 0, 0, 3, 4, 4]
    assert components(3, []).tolist() == [0, 1, 2]
    assert components(0, []).tolist() == []
    # A chain of any length is one set, whatever the order its links are met in.
    chain = [(n, n + 1) for n in range(999)]
    assert set(components(1000, chain).tolist()) == {0}
    assert set(components(1000, reversed(chain)).tolist()) == {0}


# ---------------------------------------------------------------- the size of one company


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "sme"),
        ({"headcount": 9, "turnover": "2000000.00"}, "micro"),
        ({"headcount": 9, "turnover": "2000000.01"}, "sme"),
        ({"headcount": 250}, "mid_cap"),
        ({"headcount": 5000}, "large"),
        ({"kind": "public_body", "headcount": 1}, "public"),
    ],
)
def test_size_category(changes: Json, expected: str) -> None:
    [company] = purchase()["beneficiaries"]
    assert size_category(company | changes, date(2026, 3, 10), load_parameters()) == expected
