"""Imports run one way (the contracts of pyproject.toml), and no module is outside of them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

PROJECT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

# The factory, and packages whose modules each have their place.
UNPLACED = {"bonus"} | {
    f"bonus.{domain}"
    for domain in (
        "accounts",
        "audit",
        "budget",
        "certificates",
        "claims",
        "companies",
        "ledger",
        "register",
        "payments",
        "recoveries",
        "registry",
    )
}


def placed() -> set[str]:
    (house,) = (contract for contract in CONTRACTS if contract["type"] == "layers")
    return {module.strip() for layer in house["layers"] for module in layer.split(":")}


def modules() -> set[str]:
    names = set()
    for path in (PROJECT / "bonus").rglob("*.py"):
        parts = path.relative_to(PROJECT).with_suffix("").parts
        names.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def test_the_contracts_are_kept(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(PROJECT)
    monkeypatch.syspath_prepend(str(PROJECT))
    status = lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True)
    assert status == EXIT_STATUS_SUCCESS, capfd.readouterr().out


def test_every_module_has_its_place() -> None:
    homes = placed()
    without = {
        module
        for module in modules() - UNPLACED
        if not any(module == home or module.startswith(f"{home}.") for home in homes)
    }
    assert without == set(), "add them to a layer of [tool.importlinter] in pyproject.toml"


def test_every_place_has_its_module() -> None:
    assert placed() - modules() == set()
