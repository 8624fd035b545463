"""`flask demo fill`: many dossiers, as the services would have left them; nowhere but in a demonstration."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select
from stdnum.fr import siren as stdnum_siren

from bonus.claims.card_models import ClaimCard
from bonus.claims.cards_rebuild import rebuild
from bonus.claims.models import Claim, DecidedLine, Decision, PurchaseLine
from bonus.companies.models import Company
from bonus.demo.commands import demo
from bonus.demo.filling.fill import fill
from bonus.demo.filling.names import sirens
from bonus.demo.folder import DATABASE
from bonus.demo.seed import seed
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.payments.models import PaymentOrder
from tests.support.cards import kept_cards
from tests.support.ledger import wrong
from tests.support.world import NOW, ON

COUNT = 400


@pytest.fixture
def demonstration(any_app: Flask) -> Flask:
    any_app.config.update(DEMO=True, CLOCK=lambda: NOW)
    with any_app.app_context():
        seed(ON, NOW)
    return any_app


def test_the_cards_are_those_of_the_dossiers_and_it_can_be_run_again(demonstration: Flask) -> None:
    said: list[str] = []
    with demonstration.app_context():
        fill(COUNT, NOW, said.append)
        fill(COUNT, NOW, said.append)
        assert said[-1] == f"{COUNT} dossiers ajoutés."
        assert wrong() == []
        assert db.session.scalar(select(func.count()).select_from(Claim)) == 2 * COUNT
        kept = kept_cards()
        rebuild(lambda _done: None)
        assert kept_cards() == kept
        statuses = Counter(db.session.scalars(select(ClaimCard.status)))
        assert {
            "filed",
            "under_review",
            "proposed",
            "awaiting_documents",
            "granted",
            "refused",
        } <= statuses.keys()
        assert statuses["granted"] > COUNT // 2
        queues = Counter(db.session.scalars(select(ClaimCard.queue)))
        assert queues["a-relire"] > 0
        assert queues["a-relire"] + queues["a-decider"] == statuses["proposed"]
        decided = db.session.scalars(select(Decision)).all()
        # What they grant is committed and ordered, and held for want of an account: nothing is ever paid.
        granted = [one.bonus_cents for one in decided if one.bonus_cents]
        ordered = db.session.scalars(select(PaymentOrder)).all()
        assert sum(granted) == sum(order.amount_cents for order in ordered) > 0
        assert {order.status for order in ordered} == {"held"}
        assert all(order.standing_holds for order in ordered[:20])
        assert all(len(one.lines) == len(one.result["lines"]) for one in decided[:20])
        unknown = ~select(PurchaseLine.id).where(PurchaseLine.id == DecidedLine.line_id).exists()
        assert db.session.scalars(select(DecidedLine.id).where(unknown)).first() is None
        # What people file afterwards follows.
        company = db.session.scalars(select(Company)).first()
        assert company is not None
        last = db.session.scalars(select(Claim).order_by(Claim.id.desc()).limit(1)).one()
        db.session.add(
            Claim(
                reference="next",
                number="BS-1999-1",
                company_id=company.id,
                status="filed",
                created_at=NOW,
                filed_at=NOW,
            )
        )
        db.session.flush()
        assert db.session.scalars(select(func.max(Claim.id))).one() > last.id
        db.session.rollback()


@pytest.mark.parametrize("count", [0, -1, 3_000_001])
def test_a_number_that_cannot_be(demonstration: Flask, count: int) -> None:
    with demonstration.app_context(), pytest.raises(Refusal, match="Demandez de 1"):
        fill(count, NOW, lambda _line: None)


def test_never_outside_a_demonstration(demonstration: Flask) -> None:
    with demonstration.app_context():
        demonstration.config["DEMO"] = False
        with pytest.raises(Refusal, match="n’est pas celle d’une démonstration"):
            fill(1, NOW, lambda _line: None)
        demonstration.config["DEMO"] = True
        db.session.scalars(select(Company).limit(1)).one().fictitious = False
        db.session.commit()
        with pytest.raises(Refusal, match="n’est pas celle d’une démonstration"):
            fill(1, NOW, lambda _line: None)
        assert db.session.scalar(select(func.count()).select_from(Claim)) == 0


def test_the_sirens_are_valid() -> None:
    found = sirens(10_000_000, 200)
    assert len(set(found)) == len(found)
    assert all(stdnum_siren.is_valid(siren) for siren in found)


@pytest.mark.slow
def test_the_command(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    result = CliRunner().invoke(demo, ["fill", "--dossiers", "30", "--folder", str(folder)])
    assert (result.exit_code, (folder / DATABASE).exists()) == (0, True), result.output
    assert "30 dossiers ajoutés." in result.output
    wrong = CliRunner().invoke(demo, ["fill", "--dossiers", "0", "--folder", str(folder)])
    assert wrong.exit_code == 2
    assert "--dossiers attend un nombre" in wrong.output
