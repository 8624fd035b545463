"""A campaign on real payments: who may be drawn, three years to the day; what is kept; its pages and its command."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.claims.alerts import controls_of
from bonus.claims.campaign_draw import Layer, draw
from bonus.claims.campaign_models import ControlCampaign
from bonus.claims.campaigns import open_campaign, population, preview
from bonus.claims.follow_models import Control
from bonus.claims.models import Claim
from bonus.errors import Forbidden, InvalidInput
from bonus.extensions import db
from tests.support.payments import sent_batch
from tests.support.world import NOW, ON, Dossier, World, settled
from tests.web.visitor import document, errors, signed_in, words

ALL = [Layer(0, None, size=1)]
PAID_ON = date(2026, 11, 24)
FROM, UNTIL = date(2026, 1, 1), date(2026, 12, 31)
LATER = date(2027, 6, 1)


def paid(world: World, *weights: int) -> list[Dossier]:
    """Dossiers of these risk weights, paid on ``PAID_ON``."""
    dossiers = [settled(world) for _ in weights]
    with world.app.app_context():
        for dossier, weight in zip(dossiers, weights, strict=True):
            db.session.get_one(Claim, dossier.id).risk_weight = weight
        sent_batch(PAID_ON, ON, world.accounting_officer, NOW)
        db.session.rollback()
    return dossiers


def test_who_may_be_drawn(any_world: World) -> None:
    (dossier,) = paid(any_world, 3)
    settled(any_world)  # decided, and not paid
    with any_world.app.app_context():
        listed = [(dossier.number, 3)]
        assert population(FROM, UNTIL, LATER) == listed
        assert population(PAID_ON, PAID_ON, LATER) == listed
        assert population(PAID_ON + timedelta(days=1), UNTIL, LATER) == []
        assert population(FROM, PAID_ON - timedelta(days=1), LATER) == []
        assert population(FROM, UNTIL, date(2026, 11, 23)) == []  # the transfer is to come
        assert population(FROM, UNTIL, date(2029, 11, 24)) == listed  # three years, to the day
        assert population(FROM, UNTIL, date(2029, 11, 25)) == []


def test_a_campaign_keeps_all_that_draws_it_again(any_world: World) -> None:
    dossiers = paid(any_world, 0, 1, 3)
    layers = [Layer(0, 0, size=1), Layer(1, 2, rate_bp=10_000), Layer(3, None, size=0)]
    later = NOW + timedelta(days=30)
    with any_world.app.app_context():
        campaign = open_campaign(" Hiver  2026 ", FROM, UNTIL, layers, any_world.officer, later)
        again = draw(campaign.seed, [(number, weight) for number, weight in campaign.population], layers)
        assert (
            [list(one.numbers) for one in again]
            == campaign.drawn
            == [[dossiers[0].number], [dossiers[1].number], []]
        )
        opened = db.session.scalars(select(Control).order_by(Control.claim_id)).all()
        assert [control.claim_id for control in opened] == [dossiers[0].id, dossiers[1].id]
        assert {(control.ground, control.undue_cents, control.status) for control in opened} == {
            ("campaign", 0, "open")
        }
        assert controls_of(db.session.get_one(Claim, dossiers[2].id)) == []
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "campaign.opened")).one()
        assert entry.facts["seed"] == campaign.seed
        assert entry.facts["population_sha256"] == campaign.population_sha256
        assert campaign.name == "Hiver 2026"
        # What changes after it changes nothing of it.
        db.session.get_one(Claim, dossiers[0].id).risk_weight = 9
        db.session.commit()
        db.session.expire_all()
        assert [weight for _, weight in campaign.population] == [0, 1, 3]
        db.session.rollback()


def test_two_campaigns_have_two_seeds(world: World, session: Session) -> None:
    paid(world, 0)
    later = NOW + timedelta(days=30)
    made = [open_campaign("Une", FROM, UNTIL, ALL, world.administrator, later) for _ in range(2)]
    assert made[0].seed != made[1].seed
    assert len(made[0].seed) == 32


def test_a_preview_opens_nothing(world: World, session: Session) -> None:
    paid(world, 0, 0)
    (seen,) = preview(FROM, UNTIL, ALL, LATER)
    assert (seen.population, len(seen.numbers)) == (2, 1)
    assert not session.scalars(select(Control)).all()
    assert not session.scalars(select(ControlCampaign)).all()


def test_what_is_refused(world: World, session: Session) -> None:
    later = NOW + timedelta(days=30)
    for name, first, last, layers, field in (
        (" ", FROM, UNTIL, ALL, "name"),
        ("Une", UNTIL, FROM, ALL, "paid_until"),
        ("Une", FROM, UNTIL, ALL, "paid_from"),  # nothing paid
        ("Une", FROM, UNTIL, [], None),
    ):
        with pytest.raises(InvalidInput) as refusal:
            open_campaign(name, first, last, layers, world.officer, later)
        assert refusal.value.field == field
    with pytest.raises(Forbidden):
        open_campaign("Une", FROM, UNTIL, ALL, world.reviewer, later)


def test_from_the_page_to_the_same_draw_by_the_command(world: World, tmp_path: Path) -> None:
    dossiers = paid(world, 0, 0, 1, 3)
    world.app.config["CLOCK"] = lambda: NOW + timedelta(days=30)
    visitor = signed_in(world.app, world.administrator.email)
    page = "/agent/controles/campagnes"
    assert "Aucune campagne" in words(visitor.get(page))
    sent = {
        "name": "Décembre",
        "paid_from": "2026-01-01",
        "paid_until": "2026-12-31",
        "none": "50 %",
        "some": "1",
        "many": "0",
        "do": "preview",
    }
    seen = visitor.post(page, sent)
    assert seen.status_code == 200
    cells = [cell.text_content() for cell in document(seen).xpath("//main//form//td")]
    assert cells == ["2", "1", "1", "1", "1", "0"]
    wrong = visitor.post(page, sent | {"some": "beaucoup", "paid_until": "2025-01-01"})
    assert wrong.status_code == 422
    assert len(errors(wrong)) == 1
    made = visitor.post(page, sent | {"do": "open"})
    where = made.headers["Location"]
    with world.app.app_context():
        campaign = db.session.scalars(select(ControlCampaign)).one()
        seed, drawn = campaign.seed, [number for numbers in campaign.drawn for number in numbers]
        db.session.rollback()
    shown = words(visitor.get(where))
    assert seed in shown
    assert all(number in shown for number in drawn)
    listed = tmp_path / "liste.csv"
    listed.write_bytes(visitor.get(f"{where}/liste.csv").data)
    assert all(str(dossier.number) in listed.read_text("utf-8-sig") for dossier in dossiers)
    command = shown.split("flask controls draw liste.csv ")[1].split(" Liste complète")[0].split()
    result = world.app.test_cli_runner().invoke(args=["controls", "draw", str(listed), *command])
    assert result.exit_code == 0, result.output
    assert [line.strip() for line in result.output.splitlines() if line.startswith("  ")] == drawn
    sample = visitor.get(f"{where}/tirage.csv").data.decode("utf-8-sig")
    assert [line.split(";")[0] for line in sample.split()[1:]] == drawn
    controls = words(signed_in(world.app, world.officer.email).get("/agent/controles"))
    assert "Campagne de contrôles" in controls
    assert visitor.get("/agent/controles/campagnes/99").status_code == 404


def test_of_the_command_what_is_misformed(world: World, tmp_path: Path) -> None:
    listed = tmp_path / "liste.csv"
    listed.write_text("Dossier;Poids\nA;1\n\n=B;x\n")
    run = world.app.test_cli_runner().invoke
    good = run(args=["controls", "draw", str(listed), "--seed", "s", "--layers", "0+:9"])
    assert "1 sur 1" in good.output
    assert run(args=["controls", "draw", str(listed), "--seed", "s", "--layers", "x"]).exit_code == 2
