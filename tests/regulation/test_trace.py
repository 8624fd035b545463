"""The steps behind an outcome: complete, plain data, in French, and only when asked for."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

import pytest

from bonus.money import NBSP, amount_string, half_up, parse_amount
from bonus.regulation import (
    REASONS,
    REDUCTIONS,
    article_of,
    evaluate,
    evaluate_columns,
    explain,
    explain_rate,
    label_of,
    load_parameters,
    sentences,
)
from bonus.regulation.facts import read_facts

from .portfolios import portfolio
from .support import only_line, purchase

Json = dict[str, Any]

KEYS = {"article", "code", "sentence", "parameter", "value", "effective_from", "inputs", "result"}


def traced() -> list[Json]:
    """Lines of random portfolios, with their trace: every reason and every cut is among them."""
    found = []
    for seed in range(60):
        for claim in evaluate(portfolio(Random(seed)), load_parameters(), trace=True)["claims"]:
            found += claim["lines"]
    return found


LINES = traced()


def test_there_is_no_trace_unless_asked() -> None:
    facts = portfolio(Random(1))
    plain = evaluate(facts, load_parameters())
    full = evaluate(facts, load_parameters(), trace=True)
    for claim in full["claims"]:
        for line in claim["lines"]:
            assert line.pop("trace")
    for entry in full["tax"]:
        assert entry.pop("trace")
    assert full == plain


def test_every_step_is_plain_data_with_its_article_and_a_french_sentence() -> None:
    law = load_parameters()
    for line in LINES:
        assert json.loads(json.dumps(line["trace"])) == line["trace"]
        for step in line["trace"]:
            assert set(step) == KEYS
            assert re.fullmatch(r"art\. \d(\.\d)?", step["article"])
            sentence = step["sentence"]
            assert sentence[0].isupper()
            assert not re.search(r" [:;!?%€»]|« |None|nan|'", sentence), sentence
            if not step["code"].startswith("rate."):
                assert sentence.endswith(f"({step['article']}).")
            if step["parameter"] is None:
                assert (step["value"], step["effective_from"]) == (None, None)
            else:
                assert step["parameter"] in law.table
                assert step["effective_from"] == "2026-01-01"


def test_a_fiscal_year_is_explained_with_the_parameters_of_the_years_it_uses() -> None:
    law = load_parameters()
    for seed in range(20):
        for entry in evaluate(portfolio(Random(seed)), law, trace=True)["tax"]:
            steps = entry["trace"]
            assert json.loads(json.dumps(steps)) == steps
            for step in steps:
                assert set(step) == KEYS
                assert step["article"] == "art. 8"
                assert step["sentence"][0].isupper()
                assert step["sentence"].endswith("(art. 8).")
                assert not re.search(r" [:;!?%€»]|« |None|nan|'", step["sentence"]), step["sentence"]
                if step["parameter"] is not None:
                    assert step["parameter"] in law.table
            assert explain(steps) == " ".join(step["sentence"] for step in steps)
            # Worked again from what the steps say alone.
            used = [step for step in steps if step["code"].endswith("_used")]
            parts = [part for step in used for part in step["inputs"]["parts"]]
            reduction = sum(parse_amount(part["base"]) * part["rate_bp"] for part in parts)
            assert entry["reduction"] == str(half_up(reduction, 1_000_000))
            deducted = sum(parse_amount(step["result"]) for step in steps if step["code"] == "tax.fraction")
            assert entry["deduction"] == str(half_up(deducted, 100))
            left = [step["result"] for step in steps if step["code"] == "tax.carried_over"]
            assert left == [carried["base"] for carried in entry["carried_over"]]


def test_a_refusal_ends_with_its_reason() -> None:
    met = set()
    for line in LINES:
        last = line["trace"][-1]
        if line["reason"] is not None:
            met.add(line["reason"])
            assert last["code"] == line["reason"]
            assert last["article"] == article_of(line["reason"])
            assert last["result"] == line["status"]
    assert met >= set(REASONS) - {"purchase.after_scheme"}


def test_the_steps_of_a_bonus_can_be_worked_again_by_hand() -> None:
    """Only from what the steps say: data, parameters, operations (CRPA R311-3-1-2)."""
    worked = 0
    for line in LINES:
        if line["status"] != "eligible":
            continue
        steps = {step["code"]: step for step in line["trace"]}
        spend = steps["spend.amount"]["inputs"]
        amount = parse_amount(spend["net"]) - parse_amount(spend["other_public_aid"])
        amount += parse_amount(spend.get("vat", "0.00"))
        assert steps["spend.amount"]["result"] == amount_string(amount)
        if "spend.service" in steps:
            service = steps["spend.service"]["inputs"]
            amount = half_up(amount * service["days_counted"], service["days"])
            assert service["days_counted"] in {365, 366}
        assert line["base"] == amount_string(amount)
        parts = ("rate.axis", "rate.size", "rate.replaces_foreign", "rate.two_labels")
        rate = sum(steps[code]["value"] for code in parts if code in steps)
        assert steps["rate.total"]["inputs"]["sum_bp"] == rate
        assert steps["rate.total"]["result"] == line["rate_bp"] == max(0, min(5000, rate))
        assert (steps["rate.total"]["parameter"] == "bonus.rate_cap") == (rate > 5000)
        bonus = half_up(amount * line["rate_bp"], 10_000)
        assert (
            steps["bonus.before_ceilings"]["result"] == line["bonus_before_ceilings"] == amount_string(bonus)
        )
        cuts = [code for code in REDUCTIONS if code in steps]
        assert cuts == [cut["article"] for cut in line["reductions"]]
        for code in cuts:
            cut = steps[code]
            assert cut["inputs"]["asked"] == amount_string(bonus)
            bonus -= parse_amount(cut["result"])
            assert cut["inputs"]["left"] == amount_string(bonus)
        assert steps["bonus.granted"]["result"] == line["bonus"] == amount_string(bonus)
        worked += 1
    assert worked > 200


def test_the_labels_behind_the_premium_are_listed() -> None:
    found = 0
    for line in LINES:
        for step in line["trace"]:
            if step["code"] == "rate.two_labels":
                assert len(set(step["inputs"]["labels"])) == len(step["inputs"]["labels"]) > 1
                found += 1
    assert found > 10


def test_no_label_is_counted_where_none_is_in_force() -> None:
    law = load_parameters()
    facts = read_facts(purchase(certification_valid_until="2026-03-09"), law)
    assert evaluate_columns(facts, law).workings.two_labels.tolist() == [False]


def test_what_a_company_reads() -> None:
    line = only_line(purchase(line_replaces_foreign=True), trace=True)
    assert [
        sentence.replace("\u202f", " ").replace("\u00a0", " ") for sentence in sentences(line["trace"])
    ] == [
        "Facture du 10 mars 2026 : le dispositif s’applique aux factures datées du 1er janvier 2026 ou après (art. 1).",
        (
            "Bénéficiaire 732829320 : SIREN valide, en activité à la date de la facture, hors liquidation judiciaire, "
            "activité admise (division 62 de la NAF) (art. 2)."
        ),
        (
            "Solution certifiée à la date de la facture : Numérique France Garanti, du 1er janvier 2025 au "
            "31 décembre 2035 (art. 4)."
        ),
        "Facture présentée pour la première fois, vendeur et fournisseur sans lien avec l’acheteur (art. 5.3).",
        "Total des bases du dossier : 10 000,00 €, pour un minimum de 500,00 € (art. 5.4).",
        "Dossier déposé le 1er avril 2026 : cette facture pouvait l’être jusqu’au 10 septembre 2026 inclus (art. 5.5).",
        "Montant retenu : 10 000,00 € hors taxes (art. 5.1).",
        (
            "Catégorie Petite ou moyenne entreprise (PME) : effectif 120, chiffre d’affaires 12 000 000,00 €, "
            "total de bilan 8 000 000,00 € (art. 3)."
        ),
        (
            "Taux de base cloud : 30 % (art. 6) · PME : +10 points · Remplacement d’une solution non européenne : "
            "+5 points · Taux du bonus : 45 %."
        ),
        "Bonus avant plafonds : 10 000,00 € × 45 % = 4 500,00 € (art. 6).",
        (
            "Aides de minimis accordées à l’entreprise unique du 4 mai 2023 au 4 mai 2026 : 0,00 € avant cette "
            "ligne, pour un plafond de 300 000,00 € (art. 7)."
        ),
        "Bonus de la ligne : 4 500,00 € (art. 6).",
    ]
    assert explain(line["trace"]) == " ".join(sentences(line["trace"]))
    assert explain_rate(line["trace"]) + "." in sentences(line["trace"])


def test_a_refused_line_has_no_rate_to_explain() -> None:
    line = only_line(purchase(line_net="0.00"), trace=True)
    assert explain_rate(line["trace"]) == ""
    assert explain(line["trace"]) == (
        f"Le montant de cette ligne est de 0,00{NBSP}€ hors taxes{NBSP}: il n’y a rien à aider (art. 5.3)."
    )


def test_a_rate_alone_is_a_sentence() -> None:
    steps = [step for step in only_line(purchase(), trace=True)["trace"] if step["code"].startswith("rate.")]
    assert sentences(steps) == [f"{explain_rate(steps)}."]


@pytest.mark.parametrize("code", [*REASONS, *REDUCTIONS])
def test_each_code_has_an_article_and_a_label(code: str) -> None:
    assert re.fullmatch(r"art\. \d(\.\d)?", article_of(code))
    assert label_of(code)[0].isupper()


def test_an_unknown_code_is_an_error() -> None:
    with pytest.raises(KeyError):
        article_of("art99.nothing")
