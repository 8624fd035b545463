"""Small facts for the tests of one rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bonus.regulation import Parameters, evaluate, load_parameters

Json = dict[str, Any]

BUYER, SELLER = "732829320", "552100554"


def purchase(**changes: Any) -> Json:
    """One company (a PME), one cloud solution certified NFG, one invoice of one line of 10 000 euros."""
    line = {"number": 1, "solution": "s", "net": "10000.00"}
    invoice = {"supplier_id": SELLER, "number": "F-1", "issued_on": "2026-03-10", "lines": [line]}
    claim = {
        "id": "c",
        "beneficiary": BUYER,
        "channel": "claim",
        "filed_at": "2026-04-01T10:00:00+02:00",
        "grant_date": "2026-05-04",
        "invoices": [invoice],
    }
    certification = {"label": "NFG", "valid_from": "2025-01-01", "valid_until": "2035-12-31"}
    solution = {"id": "s", "supplier_id": SELLER, "axis": "cloud", "certifications": [certification]}
    company = {
        "siren": BUYER,
        "kind": "enterprise",
        "headcount": 120,
        "turnover": "12000000.00",
        "balance_sheet": "8000000.00",
        "naf": "62.01Z",
    }
    where: dict[str, Json] = {
        "line": line,
        "invoice": invoice,
        "claim": claim,
        "certification": certification,
    }
    where |= {"solution": solution, "company": company}
    for name, value in changes.items():
        target, _, field = name.partition("_")
        where[target][field] = value
    return {"registry": {"solutions": [solution]}, "beneficiaries": [company], "claims": [claim]}


def only_line(facts: Json, law: Parameters | None = None, *, trace: bool = False) -> Json:
    """The outcome of the only line of these facts."""
    [claim] = evaluate(facts, law or load_parameters(), trace=trace)["claims"]
    [line] = claim["lines"]
    assert isinstance(line, dict)
    return line


def replace(folder: Path, file: str, old: str, new: str) -> None:
    """Change the first ``old`` of a parameter file, which must hold it."""
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
