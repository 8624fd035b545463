"""A dossier of hundreds of lines: its acknowledgement and its decision refer to a list; all stays explained."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from bonus.claims.acknowledgement import MOST_LISTED, FullList
from bonus.claims.assessing import assess
from bonus.claims.dossier_lines import dossier_page
from bonus.claims.line_list import DECIDED, FILED, decided_list_of, filed_list_of, lists_of
from bonus.claims.models import Claim, Decision, Invoice
from bonus.claims.outcomes import explained, outcomes_of
from bonus.claims.reasons import MOST_EXPLAINED
from bonus.claims.replay import replay
from bonus.extensions import db
from bonus.parts import document_store
from bonus.regulation import evaluate, load_parameters
from tests.claims.large import MANY, large_draft
from tests.claims.reading import claim_of, decision_of
from tests.support.words import plain
from tests.support.world import NOW, World, decided, draft, filed


def table(full_list: FullList | None) -> list[list[str]]:
    """The rows of a list, once it is known to be the one that was hashed."""
    assert full_list is not None
    data = document_store().read(full_list.stored_as)
    assert hashlib.sha256(data).hexdigest() == full_list.sha256
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert len(rows) == full_list.lines + 1
    return rows


def test_the_acknowledgement_names_some_and_lists_all(any_world: World) -> None:
    with any_world.app.app_context():
        claim = claim_of(filed(any_world, large_draft(any_world)))
        said = claim.acknowledgement
        assert said is not None
        assert (len(said["invoices"]), said["invoice_count"]) == (MOST_LISTED, MANY)
        assert said["total_net_cents"] == MANY * 1_250_50
        rows = table(filed_list_of(claim))
        assert tuple(rows[0]) == FILED
        assert [row[0] for row in rows[1:]] == [f"T-{rank:04d}" for rank in range(MANY)]
        assert rows[1][7] == "1250,50"


def test_the_decision_gives_each_reason_once_and_lists_each_line(any_world: World) -> None:
    with any_world.app.app_context():
        dossier = decided(any_world, filed(any_world, large_draft(any_world)))
        claim, decision = claim_of(dossier), decision_of(dossier)
        rows = table(decided_list_of(claim, 1))
        assert tuple(rows[0]) == DECIDED
        issues = [row[3] for row in rows[1:]]
        assert {issue: issues.count(issue) for issue in set(issues)} == {"Accordée": 180, "Refusée": 60}
        assert all(row[10] for row in rows[1:] if row[3] == "Refusée"), (
            "a refusal says why, in law and in fact"
        )
        paragraphs = decision.reasons.splitlines()
        assert len(paragraphs) < 6
        assert any(
            plain(one).startswith("60 lignes refusées. Par exemple, facture T-0003") for one in paragraphs
        )
        assert filed_list_of(claim) != decided_list_of(claim, 1)
        assert decision.full_list is not None
        assert decision.full_list["sha256"] in paragraphs[-1]
        assert set(lists_of(claim)) == {"lignes-deposees.csv", "lignes-decidees-1.csv"}


def test_the_working_of_a_line_is_made_again_from_the_sealed_facts(any_world: World) -> None:
    with any_world.app.app_context():
        dossier = decided(any_world, filed(any_world, large_draft(any_world)))
        decision = decision_of(dossier)
        assert all("trace" not in line for line in decision.result["lines"])
        real = evaluate(decision.facts, load_parameters(), trace=True)["claims"][0]["lines"]
        assert [explained(decision, rank) for rank in (0, 3, MANY - 1)] == [real[0], real[3], real[-1]]
        assert [one.differences for one in replay()] == [()]


def test_a_working_that_does_not_come_to_what_was_sealed_is_not_given(world: World) -> None:
    with world.app.app_context():
        decision = decision_of(decided(world, filed(world, large_draft(world))))
        other = dict(decision.result["lines"][0], bonus="1.00")
        result: dict[str, Any] = decision.result | {"lines": [other, *decision.result["lines"][1:]]}
        db.session.execute(update(Decision).values(result=result))
        db.session.expire_all()
        assert "trace" not in explained(decision, 0)
        assert "trace" in explained(decision, 1)


def test_a_refusal_by_the_officer_refers_to_its_list_too(world: World) -> None:
    with world.app.app_context():
        dossier = filed(world, large_draft(world))
        dossier = decided(
            world, dossier, outcome="refuse", reasons="Les factures ne sont pas celles du service."
        )
        decision = decision_of(dossier)
        assert "(art. 9). En fait\u00a0: Les factures ne sont pas celles du service.\n" in decision.reasons
        assert {row[3] for row in table(decided_list_of(claim_of(dossier), 1))[1:]} == {"Refusée"}


def test_a_small_dossier_says_all_itself(world: World) -> None:
    with world.app.app_context():
        dossier = decided(world, filed(world, draft(world)))
        claim, decision = claim_of(dossier), decision_of(dossier)
        assert lists_of(claim) == {}
        assert len(decision.lines) <= MOST_EXPLAINED
        assert all("trace" in line for line in decision.result["lines"])


# ---------------------------------------------------------------- finding one's way


@pytest.fixture
def large(any_world: World) -> Iterator[Claim]:
    with any_world.app.app_context():
        yield claim_of(filed(any_world, large_draft(any_world)))
        db.session.rollback()


def shown(claim: Claim, page: int = 1, **more: Any) -> list[str]:
    found = dossier_page(claim, page, outcomes_of(claim, assess(claim, NOW)).statuses, **more)
    return [line.invoice.number for line in found.lines]


def test_a_page_at_a_time(large: Claim) -> None:
    assert shown(large) == [f"T-{rank:04d}" for rank in range(100)]
    assert shown(large, 3) == [f"T-{rank:04d}" for rank in range(200, MANY)]
    assert shown(large, 99) == shown(large, 3), "beyond the last, the last"
    assert shown(large, -1) == shown(large)


@pytest.mark.parametrize("typed", ["T-0007", " t0007 ", "0007"])
def test_an_invoice_is_found_by_its_number(large: Claim, typed: str) -> None:
    assert shown(large, search=typed) == ["T-0007"]


@pytest.mark.parametrize("typed", ["%", "_", "T-9"])
def test_nothing_is_found_by_what_is_no_part_of_a_number(large: Claim, typed: str) -> None:
    assert shown(large, search=typed) == []


def test_what_must_be_looked_at(large: Claim) -> None:
    refused = [f"T-{rank:04d}" for rank in range(3, MANY, 4)]
    assert shown(large, attention_only=True) == refused
    assert shown(large, attention_only=True, search="T-0011") == ["T-0011"]
    warned = db.session.scalars(select(Invoice).where(Invoice.number == "T-0000")).one()
    warned.warnings = ["L’acheteur n’est pas celui du dossier."]
    db.session.flush()
    assert shown(large, attention_only=True)[:2] == ["T-0000", "T-0003"]
