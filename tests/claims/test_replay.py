"""Decisions applied again: the law of their day, whatever became of it since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bonus.claims.regulation_models import RegulationVersion
from bonus.claims.replay import replay
from bonus.companies.models import Company, CompanyLink
from bonus.extensions import db
from bonus.regulation import load_parameters
from bonus.regulation.loader import FOLDER
from tests.claims.reading import claim_of, decision_of
from tests.support.bills import demo_files
from tests.support.world import NOW, ON, World, decided, draft, proposed

REASONS = "La facture n’est pas acquittée (art. 9)."


def new_text(folder: Path, rate: int) -> Any:
    """The parameters with another rate for the cloud, written over the former one."""
    for file in FOLDER.iterdir():
        (folder / file.name).write_text(file.read_text())
    axes = folder / "axes.yaml"
    written = axes.read_text()
    assert "value: 3000" in written
    axes.write_text(written.replace("value: 3000", f"value: {rate}"))
    return load_parameters(folder)


def test_what_was_decided_agrees_with_itself(any_world: World, any_session: Session) -> None:
    dossier = decided(any_world, draft(any_world, demo_files(ON)))
    (played,) = replay()
    assert (played.number, played.differences) == (claim_of(dossier).number, ())
    assert len(db.session.scalars(select(RegulationVersion)).all()) == 1


def test_a_new_rate_leaves_old_decisions_and_makes_new_ones(
    world: World, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = decided(world, draft(world, demo_files(ON)))
    granted = decision_of(old).bonus_cents
    changed = new_text(tmp_path, 1000)
    monkeypatch.setattr("bonus.claims.assessing.load_parameters", lambda: changed)
    later = decided(world, draft(world, demo_files(ON.replace(day=21))))
    assert decision_of(later).bonus_cents < granted
    assert decision_of(later).parameters_version != decision_of(old).parameters_version
    assert [played.differences for played in replay()] == [(), ()]
    assert decision_of(old).bonus_cents == granted


def test_what_was_changed_by_hand_is_said(world: World, session: Session) -> None:
    dossier = decided(world, draft(world, demo_files(ON)))
    decision = decision_of(dossier)
    facts = {**decision.facts, "beneficiaries": [{**decision.facts["beneficiaries"][0], "headcount": 5000}]}
    decision.facts = facts
    db.session.commit()
    (played,) = replay([str(claim_of(dossier).number)])
    assert "les faits scellés ont été modifiés" in played.differences
    assert any("bonus" in difference for difference in played.differences)


def test_a_text_that_was_lost_is_said(world: World, session: Session) -> None:
    decided(world, draft(world, demo_files(ON)))
    db.session.execute(text("DELETE FROM regulation_versions"))
    db.session.commit()
    (played,) = replay()
    assert played.differences == ("le texte du règlement de ce jour n’a pas été gardé",)


def test_what_the_officer_refused_is_no_difference(world: World, session: Session) -> None:
    from bonus.claims.decision import decide

    dossier = proposed(world, draft(world, demo_files(ON)))
    decide(dossier.id, "refuse", REASONS, world.officer, NOW, ground="not_paid")
    assert [played.differences for played in replay()] == [()]


def test_the_command(world: World) -> None:
    with world.app.app_context():
        number = claim_of(decided(world, draft(world, demo_files(ON)))).number
    runner = world.app.test_cli_runner()
    played = runner.invoke(args=["claims", "replay", "--all"])
    assert (played.exit_code, played.output) == (0, "1 décision(s) rejouée(s), 0 en désaccord.\n")
    assert runner.invoke(args=["claims", "replay", str(number)]).exit_code == 0
    unknown = runner.invoke(args=["claims", "replay", "BS-2026-999999"])
    assert unknown.exit_code == 1
    assert "aucune décision" in unknown.output
    assert runner.invoke(args=["claims", "replay"]).exit_code == 2


def test_what_a_member_of_the_undertaking_was_granted_leaves_less_room(
    world: World, session: Session
) -> None:
    """Art. 7: 299 000 € granted to a sister company leave 1 000 € to this one."""
    first = decided(world, draft(world, demo_files(ON)))
    company = claim_of(first).company
    sister = db.session.scalars(select(Company).where(Company.id != company.id)).first()
    assert sister is not None
    decision = decision_of(first)
    line = decision.lines[0]
    claim_of(first).company_id = sister.id
    line.bonus_cents, line.base_cents = 299_000_00, 299_000_00
    for other in decision.lines[1:]:
        other.bonus_cents = 0
    db.session.add(CompanyLink(company_id=company.id, kind="single_undertaking", member=sister.siren))
    db.session.commit()
    later = decision_of(decided(world, draft(world, demo_files(ON.replace(day=21)))))
    assert (later.outcome, later.bonus_cents) == ("partly_granted", 1_000_00)
    assert any(
        cut["article"] == "art7.de_minimis" for row in later.result["lines"] for cut in row["reductions"]
    )
