"""The fast lane on pages: a supplier contests by its link, a reviewer takes a dossier out, lists say why."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bonus.extensions import db
from bonus.mail import MailMessage
from tests.support.agents import link_of
from tests.support.lane import DUE, LAST, SUPPLIER, at, decide, entry, in_lane, known, link, opened, status
from tests.support.words import plain
from tests.support.world import NOW, Dossier, World, run_jobs
from tests.web.visitor import Visitor, signed_in

REASON = "Nous n’avons jamais émis cette facture."


@pytest.fixture
def lane(world: World) -> tuple[World, Dossier, str]:
    """A dossier in the lane, and the address its supplier was sent."""
    opened(world)
    known(world)
    dossier = in_lane(world, told=False)
    address = f"/contestation/{link(world)}"
    run_jobs(world, NOW)
    return world, dossier, address


def play(world: World, now: datetime) -> None:
    world.app.config["CLOCK"] = lambda: now


def test_the_mail_bears_the_link_and_the_database_forgets_it(lane: tuple[World, Dossier, str]) -> None:
    world, dossier, address = lane
    with world.app.app_context():
        (mail,) = db.session.query(MailMessage).filter_by(to=SUPPLIER).all()
        said = plain(mail.text)
        assert mail.secret is None
        db.session.rollback()
    assert address.rpartition("/")[2] not in said
    assert "avant la fin du 27 novembre 2026" in said
    assert str(dossier.number) not in said
    assert "450,00" not in said  # the bonus is no supplier's


def test_looking_does_nothing_and_shows_what_it_wrote_itself(lane: tuple[World, Dossier, str]) -> None:
    world, dossier, address = lane
    visitor = Visitor(world.app)
    for _ in range(2):
        page = visitor.get(address)
        assert page.status_code == 200
        said = plain(page.get_data(as_text=True))
    assert "1 200,00 € toutes taxes comprises" in said
    assert "15 octobre 2026" in said
    for ours in (str(dossier.number), "450,00", "Hébergement cloud"):
        assert ours not in said
    assert entry(world, dossier).state == "waiting"


def test_contesting_takes_it_out_and_the_reviewer_reads_why(lane: tuple[World, Dossier, str]) -> None:
    world, dossier, address = lane
    visitor = Visitor(world.app)
    assert visitor.post(address, data={"reason": "non"}).status_code == 422
    assert entry(world, dossier).state == "waiting"
    assert visitor.post(address, data={"reason": REASON}).status_code == 302
    assert "Votre contestation est reçue" in visitor.get(address).get_data(as_text=True)
    visitor.post(address, data={"reason": "Une autre raison, plus tard."})
    (notice,) = entry(world, dossier).notices
    assert notice.reason == REASON
    reviewer = signed_in(world.app, world.reviewer.email)
    for page in (f"/agent/dossiers/{dossier.number}", "/agent/voie-rapide?voir=contestes"):
        assert REASON in reviewer.get(page).get_data(as_text=True)
    company = signed_in(world.app, world.owner.email)
    assert REASON not in company.get(f"/entreprise/dossiers/{dossier.number}").get_data(as_text=True)


@pytest.mark.parametrize(("late", "code"), [(False, 302), (True, 410)], ids=["last minute", "a minute later"])
def test_until_midnight_in_paris(lane: tuple[World, Dossier, str], late: bool, code: int) -> None:
    world, dossier, address = lane
    play(world, at(LAST, 22) + timedelta(minutes=60 if late else 59))
    assert Visitor(world.app).post(address, data={"reason": REASON}).status_code == code
    assert entry(world, dossier).state == ("waiting" if late else "contested")


def test_once_answered_the_link_shows_nothing_after_the_last_day(lane: tuple[World, Dossier, str]) -> None:
    world, _, address = lane
    visitor = Visitor(world.app)
    visitor.post(address, data={"reason": REASON})
    play(world, at(LAST, 22) + timedelta(minutes=59))
    assert "1 200,00 € toutes taxes comprises" in plain(visitor.get(address).text)
    play(world, at(LAST, 22) + timedelta(minutes=60))
    page = visitor.get(address)
    assert page.status_code == 410
    assert "Votre contestation est reçue depuis le 22 novembre 2026" in plain(page.text)
    assert "1 200,00" not in plain(page.text)
    assert REASON not in page.text
    assert visitor.post(address, data={"reason": "Une autre raison, plus tard."}).status_code == 410


def test_no_browser_keeps_what_a_secret_link_opens(lane: tuple[World, Dossier, str]) -> None:
    world, _, address = lane
    for path in (address, f"/bienvenue/{link_of(world, world.reviewer.person_id or 0)}"):
        page = Visitor(world.app).get(path)
        assert page.status_code == 200
        assert page.headers["Cache-Control"] == "private, no-store"


def test_a_link_of_nobody(world: World) -> None:
    assert Visitor(world.app).get("/contestation/inconnu").status_code == 404
    assert Visitor(world.app).post("/contestation/inconnu", data={"reason": REASON}).status_code == 404


def test_a_reviewer_takes_it_out(lane: tuple[World, Dossier, str]) -> None:
    world, dossier, _ = lane
    reviewer = signed_in(world.app, world.reviewer.email)
    address = f"/agent/dossiers/{dossier.number}/voie-rapide/sortie"
    assert "la règle le déciderait" in plain(reviewer.get(address).get_data(as_text=True))
    short = reviewer.post(address, data={"reason": "non"})
    assert short.status_code == 422
    assert ">non</textarea>" in short.get_data(as_text=True).replace("\r\n", "")
    assert reviewer.post(address, data={"reason": "Montant étonnant."}).status_code == 302
    assert (entry(world, dossier).state, status(world, dossier)) == ("taken_out", "under_review")
    assert reviewer.post(address, data={"reason": "Montant étonnant."}).status_code == 422
    assert reviewer.get(address).status_code == 302


def test_who_may_not(lane: tuple[World, Dossier, str]) -> None:
    world, dossier, _ = lane
    address = f"/agent/dossiers/{dossier.number}/voie-rapide/sortie"
    for someone in (world.officer, world.accounting_officer, world.owner, world.administrator):
        visitor = signed_in(world.app, someone.email)
        assert visitor.post(address, data={"reason": "Montant étonnant."}).status_code == 403
    assert entry(world, dossier).state == "waiting"
    neighbour = signed_in(world.app, world.neighbour_owner.email)
    assert neighbour.get(f"/entreprise/dossiers/{dossier.number}").status_code == 404
    assert neighbour.get("/agent/voie-rapide").status_code == 403


def test_what_the_company_reads(lane: tuple[World, Dossier, str]) -> None:
    world, dossier, _ = lane
    company, address = signed_in(world.app, world.owner.email), f"/entreprise/dossiers/{dossier.number}"
    said = plain(company.get(address).get_data(as_text=True))
    assert "décision par règle prévue le 28 novembre 2026" in said
    assert "L311-3-1" in said
    decide(world, dossier)
    play(world, at(DUE))
    said = plain(company.get(address).get_data(as_text=True))
    assert "Décision prise par règle : toutes les conditions de la voie rapide sont réunies" in said


def test_the_lists_export(lane: tuple[World, Dossier, str]) -> None:
    world, dossier, _ = lane
    reviewer = signed_in(world.app, world.reviewer.email)
    rows = reviewer.get("/agent/voie-rapide/liste.csv?voir=en-cours").get_data(as_text=True).splitlines()
    assert len(rows) == 2
    assert str(dossier.number) in rows[1]
    assert reviewer.get("/agent/voie-rapide?voir=ailleurs").status_code == 404
