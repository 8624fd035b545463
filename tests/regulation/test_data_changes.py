"""A ministry changes the scheme by data alone: a rate, an axis, a label, a size, a threshold, an end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bonus.regulation import evaluate, explain_rate, load_parameters

from .support import Json, only_line, purchase, replace


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"notion: Essai\narticle: art. 6\nmodel: Essai\n{text}", "utf-8")


def bought(issued_on: str, **changes: Any) -> Json:
    filed = {"claim_filed_at": f"{issued_on}T10:00:00+01:00", "claim_grant_date": "2030-01-02"}
    return purchase(invoice_issued_on=issued_on, **filed, **changes)


def test_a_rate_changes_from_a_date_and_the_past_stays(folder: Path) -> None:
    replace(
        folder,
        "axes.yaml",
        "Taux de base, cloud\n    unit: bp\n    versions: [{from: 2026-01-01, value: 3000}]",
        "Taux de base, cloud\n    unit: bp\n"
        "    versions: [{from: 2026-01-01, value: 3000}, {from: 2027-03-01, value: 3500, model: Décret d’essai}]",
    )
    law = load_parameters(folder)
    assert only_line(bought("2027-02-28"), law)["bonus"] == "4000.00"
    after = only_line(bought("2027-03-01"), law, trace=True)
    assert after["bonus"] == "4500.00"
    [step] = [step for step in after["trace"] if step["code"] == "rate.axis"]
    assert (step["parameter"], step["value"], step["effective_from"]) == (
        "axis.cloud.rate",
        3500,
        "2027-03-01",
    )
    # Decisions made before keep their amounts under the law that grew.
    assert only_line(bought("2027-02-28"), law)["bonus"] == only_line(bought("2027-02-28"))["bonus"]


def test_an_axis_is_added_with_its_names_and_its_rate(folder: Path) -> None:
    write(
        folder,
        "espace.yaml",
        "names:\n  axis.space: {name: Espace, short: espace}\n"
        "parameters:\n  axis.space.rate: {name: Taux de base espace, unit: bp, "
        "versions: [{from: 2027-01-01, value: 1200}]}\n",
    )
    law = load_parameters(folder)
    line = only_line(bought("2027-01-01", solution_axis="space"), law, trace=True)
    assert (line["rate_bp"], line["bonus"]) == (2200, "2200.00")
    assert explain_rate(line["trace"]).startswith("Taux de base espace\u00a0: 12\u00a0% (art. 6)")
    # The day before, the axis does not exist: nothing is recognised for it.
    eve = only_line(bought("2026-12-31", solution_axis="space"), law)
    assert eve["reason"] == "solution.label_not_recognised_for_axis"


def test_a_label_is_added_and_another_ends(folder: Path) -> None:
    write(
        folder,
        "label.yaml",
        "names:\n  label.PARC: {name: Label Parc, short: Label Parc}\n"
        "parameters:\n  label.PARC.axes: {name: Axes du label Parc, unit: axes, "
        "versions: [{from: 2027-01-01, value: [cloud]}]}\n",
    )
    replace(
        folder,
        "labels.yaml",
        "versions: [{from: 2026-01-01, value: every}]",
        "versions: [{from: 2026-01-01, value: every}, {from: 2028-01-01, value: []}]",
    )
    law = load_parameters(folder)

    def reason(issued_on: str, label: str) -> object:
        return only_line(bought(issued_on, certification_label=label), law)["reason"]

    assert reason("2027-01-01", "PARC") is None
    assert reason("2026-12-31", "PARC") == "solution.label_not_recognised_for_axis"
    assert reason("2027-12-31", "NFG") is None
    assert reason("2028-01-01", "NFG") == "solution.label_not_recognised_for_axis"


def test_a_size_category_is_added_between_two_others(folder: Path) -> None:
    replace(
        folder,
        "size.yaml",
        "  size.sme: {",
        "  size.small: {name: Petite entreprise, short: petite entreprise}\n  size.sme: {",
    )
    one = "versions: [{from: 2027-01-01, value: "
    write(
        folder,
        "petite.yaml",
        "parameters:\n"
        f"  size.small.headcount_below: {{name: n, unit: persons, {one}50}}]}}\n"
        f'  size.small.turnover_max: {{name: n, unit: eur, {one}"10000000.00"}}]}}\n'
        f'  size.small.balance_sheet_max: {{name: n, unit: eur, {one}"10000000.00"}}]}}\n'
        f"  size.small.bonus: {{name: n, unit: bp, {one}1200}}]}}\n"
        f'  size.small.annual_ceiling: {{name: n, unit: eur, {one}"1000.00"}}]}}\n',
    )
    law = load_parameters(folder)
    small = {"company_headcount": 49, "company_turnover": "10000000.00"}
    line = only_line(bought("2027-01-01", **small), law, trace=True)
    assert (line["rate_bp"], line["bonus"]) == (4200, "1000.00")
    assert line["reductions"] == [{"article": "art6.annual", "amount": "3200.00"}]
    assert only_line(bought("2026-12-31", **small), law)["rate_bp"] == 4000
    assert only_line(bought("2027-01-01", **(small | {"company_headcount": 50})), law)["rate_bp"] == 4000


def test_a_ceiling_is_read_on_the_invoice_date_of_the_line_it_cuts(folder: Path) -> None:
    replace(
        folder,
        "ceilings.yaml",
        'versions: [{from: 2026-01-01, value: "60000.00"}]',
        'versions: [{from: 2026-01-01, value: "60000.00"}, {from: 2026-07-01, value: "5000.00"}]',
    )
    law = load_parameters(folder)
    facts = bought("2026-06-30")
    [first] = facts["claims"][0]["invoices"]
    second = {**first, "number": "F-2", "issued_on": "2026-07-01"}
    facts["claims"][0]["invoices"] = [second, first]
    # 10 000 € at 40 %: the July line finds 5 000 € and takes 4 000 €, the June one 60 000 € less those.
    july, june = evaluate(facts, law)["claims"][0]["lines"]
    assert (july["bonus"], june["bonus"]) == ("4000.00", "4000.00")
    # The other way round, July finds 5 000 € of which June took 4 000 €.
    facts["claims"][0]["invoices"] = [first, second]
    june, july = evaluate(facts, law)["claims"][0]["lines"]
    assert (june["bonus"], july["bonus"]) == ("4000.00", "1000.00")
    assert july["reductions"] == [{"article": "art6.solution", "amount": "3000.00"}]


def test_a_ceiling_that_falls_below_what_was_granted_leaves_nothing_and_takes_nothing_back(
    folder: Path,
) -> None:
    replace(
        folder,
        "ceilings.yaml",
        'versions: [{from: 2026-01-01, value: "60000.00"}]',
        'versions: [{from: 2026-01-01, value: "60000.00"}, {from: 2026-07-01, value: "3000.00"}]',
    )
    facts = bought("2026-06-30")
    [first] = facts["claims"][0]["invoices"]
    facts["claims"][0]["invoices"] = [first, {**first, "number": "F-2", "issued_on": "2026-07-01"}]
    june, july = evaluate(facts, load_parameters(folder))["claims"][0]["lines"]
    assert (june["bonus"], july["bonus"]) == ("4000.00", "0.00")


def test_the_minimum_is_read_on_the_filing_date(folder: Path) -> None:
    replace(
        folder,
        "eligible_spend.yaml",
        'versions: [{from: 2026-01-01, value: "500.00"}]',
        'versions: [{from: 2026-01-01, value: "500.00"}, {from: 2026-04-01, value: "20000.00"}]',
    )
    law = load_parameters(folder)
    assert only_line(purchase(claim_filed_at="2026-03-31T12:00:00+02:00"), law)["bonus"] == "4000.00"
    line = only_line(purchase(claim_filed_at="2026-03-31T22:00:00+00:00"), law, trace=True)
    assert line["reason"] == "claim.below_minimum"
    assert line["trace"][-1]["value"] == "20000.00"
    assert line["trace"][-1]["effective_from"] == "2026-04-01"


def test_the_filing_time_limit_the_service_the_threshold_and_the_activities_are_read_on_the_invoice_date(
    folder: Path,
) -> None:
    changes = (
        ("eligible_spend.yaml", "value: 6}", "value: 6}, {from: 2027-01-01, value: 3}"),
        ("eligible_spend.yaml", "value: 12}", "value: 12}, {from: 2027-01-01, value: 6}"),
        ("size.yaml", "value: 250}", "value: 250}, {from: 2027-01-01, value: 100}"),
        ("beneficiary.yaml", '["01", "03"]', '["01", "03"]\n      - {from: 2027-01-01, value: ["62"]}'),
        ("bonus.yaml", "value: 5000}", "value: 5000}, {from: 2027-01-01, value: 2900}"),
    )
    for file, old, new in changes:
        replace(folder, file, old, new)
    law = load_parameters(folder)

    def line(issued_on: str, filed_on: str, naf: str = "63.11Z") -> Json:
        facts = bought(
            issued_on, company_naf=naf, line_service_start="2026-01-01", line_service_end="2026-12-31"
        )
        facts["claims"][0]["filed_at"] = f"{filed_on}T12:00:00+01:00"
        return only_line(facts, law)

    before = line("2026-12-31", "2027-06-30")
    assert (before["base"], before["rate_bp"]) == ("10000.00", 4000)
    assert line("2027-01-01", "2027-04-02")["reason"] == "claim.late"
    after = line("2027-01-01", "2027-04-01")
    # 181 days of 365; 120 employees no longer make a PME: 30 % + 0, held to 29 %.
    assert (after["base"], after["rate_bp"]) == ("4958.90", 2900)
    assert line("2026-12-31", "2027-03-01", naf="62.01Z")["reason"] is None
    assert line("2027-01-01", "2027-03-01", naf="62.01Z")["reason"] == "beneficiary.excluded_activity"


def test_the_scheme_is_given_an_end(folder: Path) -> None:
    replace(
        folder,
        "period.yaml",
        "        value: null",
        "        value: null\n      - from: 2027-10-01\n        value: 2027-12-31",
    )
    law = load_parameters(folder)
    assert only_line(bought("2027-12-31"), law)["bonus"] == "4000.00"
    line = only_line(bought("2028-01-01"), law, trace=True)
    assert line["reason"] == "purchase.after_scheme"
    assert line["trace"][0]["sentence"] == (
        "Cette facture est du 1er janvier 2028\u00a0: le dispositif a pris fin le 31 décembre 2027 (art. 1)."
    )
