"""``flask evaluate``: every misfit is said with its path, and nothing is evaluated."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from bonus.regulation import InvalidFacts, evaluate, load_parameters
from bonus.regulation.scenario import evaluate_scenario

from .portfolios import portfolio
from .support import purchase

Json = dict[str, Any]

LINE = "$.claims[0].invoices[0].lines[0]"
YEAR = {"start": "2026-01-01", "end": "2026-12-31", "turnover": "12000000.00"}


def scenario(**changes: Any) -> Json:
    """A purchase in the strict form."""
    facts = purchase()
    facts["beneficiaries"][0]["fiscal_years"] = [dict(YEAR)]
    where: dict[str, Json] = {
        "top": facts,
        "solution": facts["registry"]["solutions"][0],
        "company": facts["beneficiaries"][0],
        "claim": facts["claims"][0],
        "invoice": facts["claims"][0]["invoices"][0],
        "line": facts["claims"][0]["invoices"][0]["lines"][0],
    }
    for name, value in changes.items():
        target, _, field = name.partition("_")
        where[target][field] = value
    return facts


def faults(content: Json | bytes) -> list[tuple[str, str]]:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    with pytest.raises(InvalidFacts) as caught:
        evaluate_scenario(data, load_parameters())
    return caught.value.faults


def test_the_strict_form_gives_what_the_rules_give() -> None:
    facts = scenario()
    [claim] = evaluate_scenario(json.dumps(facts).encode(), load_parameters())["claims"]
    assert claim["bonus"] == "4000.00"
    assert evaluate_scenario(b"\xef\xbb\xbf" + json.dumps(facts).encode(), load_parameters()) == evaluate(
        facts, load_parameters()
    )


def test_absent_and_null_are_the_same() -> None:
    facts = scenario()
    bare = evaluate_scenario(json.dumps(facts).encode(), load_parameters())
    person, claim = facts["beneficiaries"][0], facts["claims"][0]
    for key in (
        "ceased_on",
        "in_liquidation",
        "vat_recoverable",
        "group",
        "single_undertaking",
        "other_aids",
    ):
        person[key] = None
    person["fiscal_years"][0]["regime"] = None
    facts["registry"]["solutions"][0]["certifications"][0]["events"] = None
    for key in ("vat", "other_public_aid", "service_start", "service_end", "replaces_foreign", "grant_date"):
        claim["invoices"][0]["lines"][0][key] = None
    assert evaluate_scenario(json.dumps(facts).encode(), load_parameters()) == bare


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"top_prior": {}}, "$.prior", "clé inconnue"),
        ({"line_discount": "1.00"}, f"{LINE}.discount", "clé inconnue"),
        ({"line_remise à": "1.00"}, f'{LINE}["remise \\u00e0"]', "clé inconnue"),
        ({"line_net": "1.001"}, f"{LINE}.net", "un montant"),
        ({"line_net": float("nan")}, f"{LINE}.net", "un montant"),
        ({"line_net": "10000000000.01"}, f"{LINE}.net", "montant au-delà"),
        ({"line_number": 10**30}, f"{LINE}.number", "un numéro de ligne"),
        ({"line_number": 1.0}, f"{LINE}.number", "un numéro de ligne"),
        ({"line_number": ""}, f"{LINE}.number", "un numéro de ligne"),
        ({"line_solution": None}, f"{LINE}.solution", "obligatoire"),
        ({"line_solution": ["s"]}, f"{LINE}.solution", "un texte"),
        ({"line_solution": ""}, f"{LINE}.solution", "un texte"),
        ({"line_grant_date": "2026-03-31"}, f"{LINE}.grant_date", "précède le dépôt"),
        ({"line_other_public_aid": "-0.01"}, f"{LINE}.other_public_aid", "négative"),
        ({"line_service_start": "2026-01-01"}, f"{LINE}.service_start", "les deux dates"),
        ({"invoice_lines": []}, "$.claims[0].invoices", "au moins une ligne"),
        ({"invoice_number": "\ud800"}, "$.claims[0].invoices[0].number", "caractère impossible"),
        ({"invoice_supplier_id": "552100555"}, "$.claims[0].invoices[0].supplier_id", "SIREN"),
        ({"invoice_supplier_id": "Nuages SAS"}, "$.claims[0].invoices[0].supplier_id", "SIREN ou de TVA"),
        ({"invoice_issued_on": "2027-01-01"}, "$.claims[0].invoices[0].issued_on", "aucun exercice"),
        ({"claim_invoices": []}, "$.claims[0].invoices", "au moins une ligne"),
        ({"claim_channel": "courrier"}, "$.claims[0].channel", "claim, advance"),
        ({"claim_filed_at": "2026-03-09T22:59:59Z"}, "$.claims[0].filed_at", "avant l’une de ses factures"),
        ({"claim_filed_at": "2026-04-01 10:00+02:00"}, "$.claims[0].filed_at", "décalage horaire"),
        ({"claim_filed_at": "2026-04-01T10:00:00"}, "$.claims[0].filed_at", "décalage horaire"),
        ({"claim_grant_date": "2026-03-31"}, "$.claims[0].grant_date", "précède le dépôt"),
        ({"claim_grant_date": "0001-01-01"}, "$.claims[0].grant_date", "entre 1900 et 2099"),
        ({"claim_beneficiary": "404833048"}, "$.claims[0].beneficiary", "n’est pas décrit"),
        ({"company_siren": "732829321"}, "$.beneficiaries[0].siren", "SIREN"),
        ({"company_naf": "informatique"}, "$.beneficiaries[0].naf", "NAF"),
        ({"company_headcount": 10**20}, "$.beneficiaries[0].headcount", "un nombre entier"),
        ({"company_headcount": "12"}, "$.beneficiaries[0].headcount", "un nombre entier"),
        ({"company_turnover": "10000000000000.01"}, "$.beneficiaries[0].turnover", "montant au-delà"),
        ({"company_group": ["FR"]}, "$.beneficiaries[0].group[0]", "SIREN ou de TVA"),
        ({"company_single_undertaking": [1]}, "$.beneficiaries[0].single_undertaking[0]", "un texte"),
        ({"company_fiscal_years": None}, "$.beneficiaries[0].fiscal_years", "obligatoire"),
        ({"company_fiscal_years": {}}, "$.beneficiaries[0].fiscal_years", "une liste"),
        ({"company_fiscal_years": []}, "$.claims[0].invoices[0].issued_on", "aucun exercice"),
        ({"company_other_aids": [{"granted_on": "2026-01-01", "amount": "-1.00"}]},
         "$.beneficiaries[0].other_aids[0].amount", "négative"),
        ({"company_other_aids": [{"granted_on": "2026-01-01"}]},
         "$.beneficiaries[0].other_aids[0].amount", "un montant"),
        ({"solution_axis": "space"}, "$.registry.solutions[0].axis", "valeur attendue"),
        ({"solution_supplier_id": "1"}, "$.registry.solutions[0].supplier_id", "SIREN"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_path(changes: Json, path: str, reason: str) -> None:
    found = faults(scenario(**changes))
    assert [said for where, said in found if where == path and reason in said], found


def _years(*bounds: tuple[str, str]) -> list[Json]:
    return [{"start": start, "end": end, "turnover": "1.00"} for start, end in bounds]


@pytest.mark.parametrize(
    ("years", "path", "reason"),
    [
        (_years(("2026-01-01", "2026-12-31"), ("2026-12-31", "2027-12-31")), "[1].start", "chevauche"),
        (_years(("2026-01-01", "2026-12-31"), ("2027-01-02", "2027-12-31")), "[1].start", "aucun exercice"),
        (_years(("2027-01-02", "2027-12-31"), ("2026-01-01", "2026-12-31")), "[0].start", "aucun exercice"),
        (_years(("2026-01-01", "2025-12-31")), "[0].end", "finit avant"),
    ],
)
def test_fiscal_years_follow_each_other(years: list[Json], path: str, reason: str) -> None:
    found = faults(scenario(company_fiscal_years=years))
    assert [said for where, said in found if where.endswith(f"fiscal_years{path}") and reason in said], found


def test_fiscal_years_may_stand_in_any_order_and_a_public_body_needs_none() -> None:
    years = _years(("2027-01-01", "2028-06-30"), ("2026-01-01", "2026-12-31"))
    data = json.dumps(scenario(company_fiscal_years=years)).encode()
    tax = evaluate_scenario(data, load_parameters())["tax"]
    assert [entry["fiscal_year_end"] for entry in tax] == ["2026-12-31", "2028-06-30"]
    public = json.dumps(scenario(company_fiscal_years=[], company_kind="public_body")).encode()
    assert evaluate_scenario(public, load_parameters())["tax"] == []


def test_an_advance_is_granted_before_it_is_filed() -> None:
    data = json.dumps(scenario(claim_channel="advance", claim_grant_date="2026-03-01")).encode()
    assert evaluate_scenario(data, load_parameters())["claims"][0]["bonus"] == "4000.00"


def test_filed_on_the_day_of_its_invoice_and_granted_on_that_day() -> None:
    data = scenario(claim_filed_at="2026-03-09T23:00:00Z", claim_grant_date="2026-03-10")
    assert evaluate_scenario(json.dumps(data).encode(), load_parameters())["claims"][0]["bonus"] == "4000.00"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "pas du JSON (ligne 1, colonne 1)"),
        (b"{} {}", "pas du JSON"),
        (b'{"registry": ', "pas du JSON"),
        (b"\xff{}", "UTF-8"),
        ("{}".encode("utf-16"), "UTF-8"),
        (b"[" * 100_000, "trop profondément"),
        (b"null", "un objet est attendu"),
        (b"[]", "un objet est attendu"),
        (b"NaN", "un objet est attendu"),
    ],
)
def test_what_is_no_scenario_at_all(content: bytes, reason: str) -> None:
    found = faults(content)
    assert found[0][0] == "$"
    assert reason in found[0][1]


def test_a_key_written_twice_is_a_fault_wherever_it_stands() -> None:
    text = json.dumps(scenario()).replace('"net": "10000.00"', '"net": "10000.00", "net": "10000.00"')
    assert faults(text.encode()) == [(f"{LINE}.net", "clé écrite plusieurs fois")]


def test_a_number_of_five_thousand_digits_is_a_fault_and_no_crash() -> None:
    text = json.dumps(scenario()).replace('"headcount": 120', '"headcount": ' + "9" * 5000)
    assert [path for path, _ in faults(text.encode())] == ["$.beneficiaries[0].headcount"]


@pytest.mark.parametrize(
    ("pick", "path"),
    [
        (lambda facts: facts["claims"], "$.claims[1].id"),
        (lambda facts: facts["beneficiaries"], "$.beneficiaries[1].siren"),
        (lambda facts: facts["registry"]["solutions"], "$.registry.solutions[1].id"),
        (lambda facts: facts["claims"][0]["invoices"][0]["lines"], "$.claims[0].invoices[0].lines[1].number"),
    ],
)
def test_two_things_with_one_name(pick: Callable[[Json], list[Json]], path: str) -> None:
    facts = scenario()
    things = pick(facts)
    things.append(copy.deepcopy(things[0]))
    assert [where for where, _ in faults(facts)] == [path]


def test_every_fault_is_said_at_once() -> None:
    facts = scenario(line_net="x", line_extra=1, company_siren="1", claim_channel=None, claim_grant_date="z")
    assert {path for path, _ in faults(facts)} >= {
        f"{LINE}.net",
        f"{LINE}.extra",
        "$.beneficiaries[0].siren",
        "$.claims[0].channel",
        "$.claims[0].grant_date",
    }


def test_no_damaged_scenario_passes_or_crashes() -> None:
    """Whatever stands in the place of any one value, there is an outcome or a list of faults."""
    junk: tuple[Any, ...] = (
        None,
        True,
        0,
        -1,
        10**40,
        1.5,
        float("inf"),
        "",
        "x",
        "\ud800",
        "9999-12-31",
        [],
        [[]],
        {},
        {"a": 1},
    )
    refused = 0
    for seed in range(250):
        random = Random(seed)
        facts = scenario() if seed % 2 else portfolio(random, companies=2, claims=2)
        where: Any = facts
        while True:
            key = random.choice(list(where) if isinstance(where, dict) else range(len(where)))
            if not isinstance(where[key], dict | list) or not where[key] or random.random() < 0.1:
                break
            where = where[key]
        where[key] = random.choice(junk)
        found: list[tuple[str, str]] = []
        try:
            evaluate_scenario(json.dumps(facts).encode(), load_parameters())
        except InvalidFacts as error:
            found = error.faults
            refused += 1
        assert all(path.startswith("$") and reason for path, reason in found)
    assert refused > 200
