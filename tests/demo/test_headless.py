"""`flask demo --headless`: from invoices to a payment file and a sealed certificate, or a lawful refusal."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bonus.demo.children import PROJECT
from bonus.demo.report import OutputFolder
from bonus.errors import Refusal
from bonus.money import format_euros, parse_amount
from tests.adapters.document_samples import poppler
from tests.support.bills import Item, bill

from .runs import ARTICLE, GRANTED, Call, Play, Run, check_refused, in_a_process, once, transfers, written

INVOICES = PROJECT.parent / "shared" / "invoices"
REAL = sorted(path.name for path in INVOICES.glob("*") if path.suffix in {".pdf", ".xml"})
AMOUNT = re.compile(r"-?\d+\.\d\d")
AMOUNT_KEYS = {"net", "vat", "gross", "base", "bonus", "bonus_before_ceilings"}
pytestmark = pytest.mark.slow  # each runs the demonstration in a process of its own


def amounts(content: Any) -> list[Any]:
    """Every amount of a report, wherever it stands."""
    if isinstance(content, list):
        return [amount for item in content for amount in amounts(item)]
    if not isinstance(content, dict):
        return []
    here = [value for key, value in content.items() if key in AMOUNT_KEYS and not isinstance(value, dict)]
    below = [value for key, value in content.items() if key not in {"inputs", "value"}]
    return here + amounts(below)


# ---------------------------------------------------------------- no invoice: three of our own


@pytest.fixture(scope="session")
def own() -> Run:
    return once("own", lambda folder: in_a_process(folder / "out", "--on", "2026-11-22"))


def test_without_an_invoice_three_are_made_granted_paid_and_certified(own: Run) -> None:
    assert (own.status, own.errors) == (0, "")
    assert own.names() == GRANTED
    numbered = [int(line[:2]) for line in own.said.splitlines() if line[:2].strip().isdecimal()]
    assert numbered == list(range(1, len(numbered) + 1))
    for said in ("3 factures", "AV-20261122-01.pdf lu : avoir", ".xml lu", "déposé", "instruction", "décide : accordé",
                 "file RQ", "LOT-2026-000001", "délivrée et scellée"):  # fmt: skip
        assert said in own.said


def test_the_decision_has_an_article_for_each_step_and_its_amounts_are_strings(own: Run) -> None:
    decision, claim = own.json("decision.json"), own.json("claim.json")
    assert decision["outcome"] == "granted"
    assert decision["claim"] == claim["number"]
    assert len(decision["lines"]) == 5
    steps = [step for line in decision["lines"] for step in line["steps"]]
    assert all(ARTICLE.fullmatch(step["article"]) and step["sentence"] for step in steps)
    assert {"art. 1", "art. 2", "art. 4", "art. 5.1", "art. 5.2"} <= {step["article"] for step in steps}
    found = amounts(decision) + amounts(claim)
    assert len(found) > 20
    assert all(isinstance(amount, str) and AMOUNT.fullmatch(amount) for amount in found)
    assert sum(parse_amount(line["bonus"]) for line in decision["lines"]) == parse_amount(decision["bonus"])
    assert format_euros(parse_amount(decision["bonus"])) in own.line("décide")


def test_the_claim_is_what_was_filed(own: Run) -> None:
    claim = own.json("claim.json")
    assert claim["decision_due_on"] == "2027-01-22"
    assert claim["company"]["fictitious"] is True
    assert [invoice["syntax"] for invoice in claim["invoices"]] == ["factur-x", "factur-x", "ubl"]
    assert [invoice["credit_note"] for invoice in claim["invoices"]] == [False, True, False]
    issued = [date.fromisoformat(invoice["issued_on"]) for invoice in claim["invoices"]]
    assert all(date(2026, 10, 22) <= day < date(2026, 11, 22) for day in issued)
    assert all(line["solution"] and line["match"] for one in claim["invoices"] for line in one["lines"])


def test_the_payment_file_is_valid_and_pays_the_decision(own: Run) -> None:
    assert transfers(own.out / "payment.xml") == parse_amount(own.json("decision.json")["bonus"]) > 0


def test_pdfsig_says_that_the_seal_is_valid(own: Run, tmp_path: Path) -> None:
    said = poppler("pdfsig", (own.out / "certificate.pdf").read_bytes(), tmp_path)
    assert said.count("Signature Validation: Signature is Valid.") == 1
    assert "Total document signed" in said


# ---------------------------------------------------------------- the day played


@pytest.mark.slow
@pytest.mark.parametrize("on", ["2027-02-28", "2028-02-29", "2099-12-31"])
def test_on_another_day_its_own_invoices_are_granted(on: str, play: Play, tmp_path: Path) -> None:
    run = play(tmp_path / "out", "--on", on)
    assert (run.status, run.names()) == (0, GRANTED)
    assert run.json("decision.json")["decided_on"] == on
    assert transfers(run.out / "payment.xml") == parse_amount(run.json("decision.json")["bonus"]) > 0


@pytest.mark.parametrize("on", [pytest.param("2001-01-01", marks=pytest.mark.slow), "2026-01-05"])
def test_before_the_scheme_all_is_refused(on: str, play: Play, tmp_path: Path) -> None:
    run = play(tmp_path / "out", "--on", on)
    assert (run.status, run.names()) == (0, ["claim.json", "decision.json"])
    assert {line["reason"] for line in check_refused(run)["lines"]} == {"purchase.before_scheme"}


@pytest.mark.slow
def test_a_month_that_straddles_the_start_is_granted_in_part(play: Play, tmp_path: Path) -> None:
    run = play(tmp_path / "out", "--on", "2026-01-10")
    assert (run.status, run.names()) == (0, GRANTED)
    decision = run.json("decision.json")
    reasons = {line["invoice"][:2]: (line["reason"], line["article"]) for line in decision["lines"]}
    assert reasons == {"FA": ("purchase.before_scheme", "art. 5.3"), "DF": (None, None)}
    assert decision["outcome"] not in {"granted", "refused"}
    assert transfers(run.out / "payment.xml") == parse_amount(decision["bonus"]) > 0


# ---------------------------------------------------------------- invoices of others


@pytest.mark.skipif(not REAL, reason="../shared/invoices is not beside the project")
@pytest.mark.slow
@pytest.mark.parametrize("name", REAL or ["none"])
def test_a_real_invoice_is_refused_with_its_article(name: str, play: Play, tmp_path: Path) -> None:
    run = play(tmp_path / "out", "--on", "2026-11-22", INVOICES / name)
    assert (run.status, run.names()) == (0, ["claim.json", "decision.json"])
    decision = check_refused(run)
    assert decision["lines"], "a refusal is about something"
    assert run.json("claim.json")["invoices"][0]["file"] == name
    assert "décide : refusé" in run.said


@pytest.mark.slow
def test_two_invoices_of_one_buyer_are_one_dossier(play: Play, tmp_path: Path) -> None:
    paths = written(tmp_path / "in", bill(number="A-1"), bill(number="A-2", in_ubl=True))
    run = play(tmp_path / "out", "--on", "2026-11-22", *paths)
    assert (run.status, run.names()) == (0, GRANTED)
    assert [invoice["number"] for invoice in run.json("claim.json")["invoices"]] == ["A-1", "A-2"]
    assert run.json("decision.json")["bonus"] == "9000.00"  # 45 % of twice 10 000.00


def test_above_the_threshold_a_second_reviewer_confirms(play: Play, tmp_path: Path) -> None:
    run = play(tmp_path / "out", "--on", "2026-11-22", *written(tmp_path / "in", bill(Item(150_000_00))))
    assert (run.status, run.names()) == (0, GRANTED)
    assert "(seconde instruction) confirme" in run.said
    assert run.json("decision.json")["bonus"] == "60000.00"


# ---------------------------------------------------------------- what cannot be played


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--headless"], "--out DOSSIER"),
        (["--headless", "--out"], "L’option --out est mal employée"),
        (
            ["--headless", "--out", "{}/out", "--on", "demain"],
            "--on attend un jour qui existe, écrit AAAA-MM-JJ",
        ),
        (["--headless", "--out", "{}/out", "--on", "2026-02-29"], "--on attend un jour qui existe"),
        (["--headless", "--out", "{}/out", "--on", "2000-12-31"], "de 2001 à 2099"),
        (["--headless", "--out", "{}/out", "--on", "9999-12-31"], "de 2001 à 2099"),
        (["--headless", "--out", "{}/file"], "/file ne peut pas être écrit (un fichier porte déjà ce nom)"),
        (["--headless", "--out", "{}/file/out"], "un élément de son chemin n’est pas un dossier"),
        (["--headless", "--out", "{}/taken"], "ne peut pas être écrit (c’est un dossier)"),
        (["--out", "{}/out"], "qu’avec --headless"),
        (["--port", "0"], "--port attend un nombre de 1 à 65535"),
        (["--port", "cinq mille"], "--port attend un nombre"),
        (["--nope"], "L’option --nope n’existe pas"),
    ],
)
def test_what_is_asked_wrongly_is_said_in_one_sentence(
    arguments: list[str], sentence: str, command: Call, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "taken" / "claim.json").mkdir(parents=True)
    run = command(*(argument.format(tmp_path) for argument in arguments))
    assert (run.status, run.said) == (2, run.errors)
    assert sentence in run.errors
    assert run.errors.count("\n") == 1
    assert run.errors.endswith(".\n")
    assert not (tmp_path / "out").exists()


def test_results_that_cannot_be_written_stop_with_a_sentence(tmp_path: Path) -> None:
    output = OutputFolder(tmp_path / "out")
    output.prepare()
    (tmp_path / "out").rmdir()  # by someone else, in the middle of a run
    with pytest.raises(Refusal, match=r"demo\.out.*/out ne peut pas être écrit \(il n’existe pas\)\.$"):
        output.write("claim.json", 2, b"{}")


def test_a_terminal_that_cannot_write_an_apostrophe_is_no_crash(command: Call, tmp_path: Path) -> None:
    arguments = ("--headless", "--out", tmp_path / "out", tmp_path / "été.pdf")
    run = command(*arguments, charset="latin-1")
    assert run.status == 1
    assert run.line("été.pdf").endswith("Ce fichier ne peut pas être lu (il n?existe pas).")
