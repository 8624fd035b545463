"""Random dossiers and random cuts: what no proposal may ever bring about (arts. 5 to 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bonus.claims.cuts import EXAMINED, Cut, outcome_with, reduced, refused_row
from bonus.money import amount_string, parse_amount
from bonus.regulation import evaluate_claim, load_parameters
from tests.support.world import AUDIT, CLOUD, SUITE

LAW = load_parameters()
SOLUTIONS = (CLOUD, SUITE, AUDIT)
AXES = {CLOUD: "cloud", SUITE: "workplace", AUDIT: "cybersecurity"}


@dataclass(frozen=True)
class Bought:
    solution: str
    net: int
    vat: int
    aid: int
    invoice: int


lines = st.builds(
    Bought,
    st.sampled_from(SOLUTIONS),
    st.integers(1, 300_000_00),
    st.integers(0, 60_000_00),
    st.sampled_from([0, 0, 0, 100_00]),
    st.integers(0, 2),
)
actions = st.sampled_from(["accept", "accept", "refuse", "reduce"])


def facts(bought: list[Bought], headcount: int, received: int, *, refused: set[int]) -> dict[str, Any]:
    """A dossier of three invoices; the lines refused are out, their invoices stay."""
    return {
        "registry": {
            "solutions": [
                {
                    "id": slug,
                    "axis": AXES[slug],
                    "supplier_id": "900100207",
                    "certifications": [
                        {"label": "NFG", "valid_from": "2025-01-01", "valid_until": "2028-12-31"}
                    ],
                }
                for slug in SOLUTIONS
            ]
        },
        "beneficiaries": [
            {
                "siren": "900300401",
                "kind": "enterprise",
                "headcount": headcount,
                "turnover": "6000000.00",
                "balance_sheet": "4000000.00",
                "naf": "62.01Z",
                "fiscal_years": [],
                "other_aids": [
                    {
                        "granted_on": "2026-01-10",
                        "amount": amount_string(received),
                        "authority": "Région",
                        "instrument": "Subvention",
                    }
                ],
            }
        ],
        "claims": [
            {
                "id": "BS-2026-000001",
                "beneficiary": "900300401",
                "channel": "claim",
                "filed_at": "2026-11-22T09:00:00+00:00",
                "grant_date": date(2026, 11, 22).isoformat(),
                "invoices": [
                    {
                        "supplier_id": "900100207",
                        "number": f"F-{number}",
                        "issued_on": "2026-10-15",
                        "lines": [
                            {
                                "number": rank,
                                "solution": line.solution,
                                "net": amount_string(line.net),
                                "vat": amount_string(line.vat),
                                "other_public_aid": amount_string(line.aid),
                            }
                            for rank, line in enumerate(bought)
                            if line.invoice == number and rank not in refused
                        ],
                    }
                    for number in range(3)
                ],
            }
        ],
    }


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(lines, actions, st.integers(1, 9_999)), min_size=1, max_size=6),
    st.sampled_from([5, 42, 300]),
    st.sampled_from([0, 250_000_00, 299_999_99]),
)
def test_a_cut_never_gives_more(chosen: list[tuple[Bought, str, int]], headcount: int, received: int) -> None:
    bought = [line for line, _, _ in chosen]
    cuts = {
        rank: Cut(
            action, "not_paid", "art. 9", "Motif", "Faits constatés.", 0 if action == "refuse" else kept
        )
        for rank, (line, action, part) in enumerate(chosen)
        if action != "accept"
        and (kept := line.net * part // 10_000) >= 0
        and (action == "refuse" or kept > 0)
    }
    refused = {rank for rank, cut in cuts.items() if cut.refuses}
    less = [
        Bought(line.solution, *reduced(cuts[rank], line.net, line.vat), line.aid, line.invoice)
        if rank in cuts and rank not in refused
        else line
        for rank, line in enumerate(bought)
    ]
    whole = evaluate_claim(facts(bought, headcount, received, refused=set()), LAW)
    if len(refused) == len(bought):
        return
    after = evaluate_claim(facts(less, headcount, received, refused=refused), LAW)
    rows = [after.line(rank) for rank in range(len(bought) - len(refused))]

    # The dossier never gets more than without the cuts, whatever the ceilings leave to its other lines.
    assert after.bonus_cents <= whole.bonus_cents
    assert after.bonus_cents == sum(parse_amount(row["bonus"]) for row in rows)
    for row in rows:
        rank = row["line"]
        base = less[rank].net - less[rank].aid
        assert parse_amount(row["base"]) <= max(base, 0)
        assert parse_amount(row["bonus"]) <= parse_amount(row["bonus_before_ceilings"])
    # A dossier from which something was taken is not granted whole.
    assert outcome_with(after.outcome, cut=bool(cuts)) != "granted" or not cuts
    # Nothing is cut by a ceiling that nobody reaches.
    granted = sum(parse_amount(row["bonus"]) for row in rows)
    assert granted + received <= 300_000_00


@given(st.integers(1, 10**11), st.integers(0, 10**11), st.integers(1, 10**11))
def test_vat_follows_what_is_kept(net: int, vat: int, retained: int) -> None:
    cut = Cut("reduce", "not_paid", "art. 9", "Motif", "Faits constatés.", retained)
    kept, kept_vat = reduced(cut, net, vat)
    assert kept == min(retained, net)
    assert 0 <= kept_vat <= vat
    assert abs(kept_vat * net - vat * kept) * 2 <= net  # to the nearest cent
    assert reduced(cut, net, vat) == (net, vat) or kept < net


def test_a_refused_line_pays_nothing() -> None:
    row = refused_row({"invoice": "F-1", "line": 1, "action": "refuse"})
    assert [row[name] for name in ("base", "bonus_before_ceilings", "bonus")] == ["0.00"] * 3
    assert (row["status"], row["rate_bp"], row["reductions"], EXAMINED in row) == ("refused", 0, [], True)
