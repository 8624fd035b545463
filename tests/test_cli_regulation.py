"""The commands of the law, run as they are: no setting, no database, no queue."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bonus.cli_regulation import evaluate, regulation
from bonus.regulation import load_parameters
from bonus.regulation.loader import FOLDER

from .regulation.test_strict_form import scenario

PROJECT = Path(__file__).parent.parent


def run(command: Any, *arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(command, list(arguments), input=given)


@pytest.mark.slow
def test_evaluate_in_a_process_of_its_own_without_any_setting(tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(scenario()))
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "VIRTUAL_ENV") if name in os.environ}
    result = subprocess.run(
        [sys.executable, "-m", "flask", "evaluate", str(path)],
        cwd=PROJECT, env={**kept, "PYTHONIOENCODING": "latin-1"}, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, b"")
    outcome = json.loads(result.stdout)
    assert list(outcome) == ["claims", "tax"]
    assert list(outcome["claims"][0]) == ["id", "outcome", "bonus", "lines"]
    assert list(outcome["claims"][0]["lines"][0]) == [
        "invoice", "line", "status", "reason", "base", "rate_bp", "bonus_before_ceilings", "reductions", "bonus",
    ]  # fmt: skip
    assert list(outcome["tax"][0]) == [
        "siren", "fiscal_year_end", "regime", "own_base", "ceiling", "reduction_base_used", "reduction",
        "deduction", "carried_over",
    ]  # fmt: skip


def test_standard_input_and_layout() -> None:
    data = json.dumps(scenario(invoice_number="É-1")).encode()
    plain, pretty = run(evaluate, "-", given=data), run(evaluate, "-", "--pretty", given=data)
    assert (plain.exit_code, pretty.exit_code) == (0, 0)
    assert plain.stdout.count("\n") == 1
    assert pretty.stdout.count("\n") > 20
    assert json.loads(plain.stdout) == json.loads(pretty.stdout)
    assert "É-1" in plain.stdout


def test_faults_go_to_the_error_output_and_nothing_else_is_printed() -> None:
    result = run(evaluate, "-", given=json.dumps(scenario(line_net="1.001", line_x=1)).encode())
    assert (result.exit_code, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    assert [line.split("\u00a0")[0] for line in lines] == [
        "$.claims[0].invoices[0].lines[0].net",
        "$.claims[0].invoices[0].lines[0].x",
    ]


@pytest.mark.parametrize("name", ["absent.json", "."])
def test_a_file_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    result = run(evaluate, str(tmp_path / name))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "illisible" in result.stderr


def test_amounts_whose_sum_cannot_be_exact_are_a_fault() -> None:
    aids = [{"granted_on": "2026-01-01", "amount": "10000000000000.00"}] * 2500
    result = run(evaluate, "-", given=json.dumps(scenario(company_other_aids=aids)).encode())
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("$")


def test_check_says_one_line_when_all_is_right() -> None:
    result = run(regulation, "check")
    assert result.exit_code == 0
    assert result.stdout.startswith("Rien à signaler\u00a0: ")
    assert result.stdout.count("\n") == 1
    assert load_parameters().version in result.stdout


def test_check_says_all_that_is_wrong(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "parameters"))
    for file, old, new in (
        ("tax.yaml", "value: 6000", "value: 0.6"),
        ("de_minimis.yaml", "value: de_minimis", "value: autre"),
        ("de_minimis.yaml", "unit: years", "unit: months"),
        ("tax.yaml", "value: 5}", "value: 500}"),
    ):
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    result = run(regulation, "check", "--folder", str(folder))
    assert (result.exit_code, result.stdout) == (1, "")
    for word in (
        "tax.reduction_rate",
        "de_minimis.legal_basis",
        "de_minimis.window_years",
        "tax.carry_over_years",
    ):
        assert word in result.stderr
    shown = run(regulation, "show", "--on", "2026-01-01", "--folder", str(folder))
    assert (shown.exit_code, shown.stdout) == (1, "")


def test_show_prints_every_value_of_a_day() -> None:
    result = run(regulation, "show", "--on", "2026-09-30")
    text = result.stdout.replace("\u00a0", " ").replace("\u202f", " ")
    assert result.exit_code == 0
    assert text.startswith("Règlement en vigueur le 30 septembre 2026\n")
    for parameter in load_parameters().table.values():
        assert f"  {parameter.name} : " in text
        assert f" · {parameter.key}\n" in text
    for said in (
        "Plafond des aides de minimis d’une entreprise unique : 300 000,00 €\n",
        "art. 7 · en vigueur depuis le 1er janvier 2026 · Règlement (UE) 2023/2831 du 13 décembre 2023, art. 3 · ",
        "Base juridique de l’aide : aides de minimis (de_minimis)\n",
        "Report de l’excédent, en exercices suivants : 5 exercices\n",
        "Taux de base, cloud : 30 % (3 000 points de base)\n",
        "Dernier jour des factures concernées : aucun\n",
        "Axes reconnus, SecNumCloud : cloud, données, environnement de travail, intelligence artificielle\n",
        "30 septembre\n",
    ):
        assert said in text


def test_show_before_the_scheme_and_between_two_versions(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "parameters"))
    path = folder / "tax.yaml"
    path.write_text(
        path.read_text("utf-8").replace("value: 6000}", "value: 6000}, {from: 2027-01-01, value: 5000}")
    )
    before = run(regulation, "show", "--on", "2025-12-31").stdout
    assert "pas encore de valeur ce jour-là" in before
    options = ("--folder", str(folder), "--on")
    rate = "Réduction d’impôt, taux jusqu’au seuil\u00a0: "
    assert f"{rate}60\u00a0%" in (text := run(regulation, "show", *options, "2026-12-31").stdout)
    assert "jusqu’à la version du 1er janvier 2027" in text
    assert f"{rate}50\u00a0%" in run(regulation, "show", *options, "2027-01-01").stdout


@pytest.mark.parametrize("arguments", [(), ("--on", "hier"), ("--on", "2026-02-30")])
def test_show_wants_a_day(arguments: tuple[str, ...]) -> None:
    assert run(regulation, "show", *arguments).exit_code == 2
