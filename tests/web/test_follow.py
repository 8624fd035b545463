"""What followed the registry's changes, on the agents' pages: alerts, controls, progress; a dossier that woke."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bonus.claims.follow_models import ClaimAlert
from bonus.extensions import db
from tests.claims.test_follow import BEFORE_BILL, LATER, SUITE_ITEM, suite
from tests.support.bills import Item, bill
from tests.support.registry import certification_of, learn
from tests.support.world import NOW, SUITE, Dossier, World, decided, draft, filed, run_jobs, settled
from tests.web.visitor import Visitor, document, signed_in, words

PAGES = ["/agent/alertes", "/agent/controles", "/agent/registre/changements"]
# address → who may open it, of the cast.
MAY = {
    "/agent/alertes": {"reviewer"},
    "/agent/controles": {"reviewer", "officer", "accounting_officer"},
    "/agent/registre/changements": {"reviewer", "officer", "registry_keeper"},
}
CAST = [
    "owner",
    "accountant",
    "reviewer",
    "officer",
    "accounting_officer",
    "registry_keeper",
    "administrator",
]


def withdraw(world: World, *, retroactive: bool = False) -> None:
    with world.app.app_context():
        learn(certification_of(SUITE), "withdrawn", BEFORE_BILL, LATER, retroactive=retroactive)
        run_jobs(world, LATER)


def agent(world: World, who: str) -> Visitor:
    return signed_in(world.app, getattr(world, who).email)


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize("who", CAST)
def test_who_may_open_them(world: World, url: str, who: str) -> None:
    assert agent(world, who).get(url).status_code == (200 if who in MAY[url] else 403)


@pytest.mark.parametrize("url", PAGES)
def test_a_visitor_signs_in_first(world: World, url: str) -> None:
    assert Visitor(world.app).get(url).status_code == 302


@pytest.mark.parametrize(
    ("url", "sentence"),
    [("/agent/alertes", "Aucune alerte à lire"), ("/agent/controles", "Aucun contrôle ouvert")],
)
def test_nothing_yet(world: World, url: str, sentence: str) -> None:
    assert sentence in words(agent(world, "reviewer").get(url))


def test_an_alert_is_read_on_its_dossier_then_noted(world: World) -> None:
    dossier = filed(world, suite(world))
    withdraw(world)
    reviewer = agent(world, "reviewer")
    listed = words(reviewer.get("/agent/alertes"))
    assert "1 alerte à lire" in listed
    assert "3 500,00 €" in listed
    page = reviewer.get(f"/agent/dossiers/{dossier.number}")
    assert "Le bonus calculé passe de 3 500,00 € à 0,00 €." in words(page)
    (action,) = document(page).xpath('//form[contains(@action, "/alertes/")]/@action')
    assert reviewer.follow(reviewer.post(action)).status_code == 200
    assert "J’en prends note" not in words(reviewer.get(f"/agent/dossiers/{dossier.number}"))
    assert "Aucune alerte à lire" in words(reviewer.get("/agent/alertes"))


def test_who_may_note_an_alert_and_of_which_dossier(world: World) -> None:
    dossier, other = filed(world, suite(world)), filed(world)
    withdraw(world)
    with world.app.app_context():
        alert = db.session.query(ClaimAlert).one().id
    url = f"/agent/dossiers/{dossier.number}/alertes/{alert}"
    for who in ("owner", "accountant", "accounting_officer", "registry_keeper", "administrator"):
        assert agent(world, who).post(url).status_code == 403
    reviewer = agent(world, "reviewer")
    assert reviewer.post_without_token(url).status_code == 400
    assert reviewer.post(f"/agent/dossiers/{other.number}/alertes/{alert}").status_code == 404
    assert reviewer.post(f"/agent/dossiers/BS-2026-999999/alertes/{alert}").status_code == 404
    assert reviewer.post(url).status_code == 302


def test_a_control_says_its_reason_and_its_sum(world: World) -> None:
    dossier = settled(world, suite(world))
    withdraw(world, retroactive=True)
    listed = words(agent(world, "officer").get("/agent/controles"))
    assert "1 contrôle ouvert" in listed
    assert "Certification retirée rétroactivement" in listed
    assert "ne seraient plus donnés" in listed
    assert "Contrôle ouvert le" in words(agent(world, "reviewer").get(f"/agent/dossiers/{dossier.number}"))
    # The accounting officer reads of it, and has no page of the dossier to open.
    page = agent(world, "accounting_officer").get("/agent/controles")
    assert document(page).xpath(f'//a[contains(@href, "{dossier.number}")]') == []


def test_how_far_the_follow_up_of_a_change_is(world: World) -> None:
    filed(world, suite(world))
    with world.app.app_context():
        learn(certification_of(SUITE), "withdrawn", BEFORE_BILL, LATER)
    keeper = agent(world, "registry_keeper")
    assert "En attente" in words(keeper.get("/agent/registre/changements"))
    run_jobs(world, LATER)
    assert "1 dossier relu" in words(keeper.get("/agent/registre/changements"))


@pytest.mark.parametrize("page", ["0", "-3", "999", "abc", "9" * 30])
def test_an_odd_page_number(world: World, page: str) -> None:
    for url in PAGES:
        assert agent(world, "reviewer").get(f"{url}?page={page}").status_code == 200


def woken(world: World) -> Dossier:
    with world.app.app_context():
        learn(certification_of(SUITE), "suspended", date(2026, 10, 1), NOW - timedelta(days=30))
    dossier = decided(world, draft(world, [bill(Item(10_000_00), SUITE_ITEM, issued_on=date(2026, 10, 15))]))
    run_jobs(world)
    with world.app.app_context():
        learn(certification_of(SUITE), "reinstated", date(2026, 11, 21), LATER)
    run_jobs(world, LATER)
    return dossier


def test_both_sides_of_a_woken_dossier(world: World) -> None:
    dossier = woken(world)
    world.app.config["CLOCK"] = lambda: LATER
    reviewer = agent(world, "reviewer")
    page = words(reviewer.get(f"/agent/dossiers/{dossier.number}"))
    assert "4 500,00 € ont déjà été accordés" in page
    assert "Le label attendu n’est plus suspendu" in page
    company = words(agent(world, "owner").get(f"/entreprise/dossiers/{dossier.number}"))
    assert "Ce qui est accordé le reste" in company
    assert "Abandonner ce dossier" not in company

    reviewer.post(f"/agent/dossiers/{dossier.number}/proposition", {"outcome": "apply", "reasons": ""})
    officer = agent(world, "officer")
    answer = officer.post(f"/agent/dossiers/{dossier.number}/decision", {"outcome": "apply", "reasons": ""})
    assert answer.status_code == 302
    decided_page = words(officer.get(f"/agent/dossiers/{dossier.number}"))
    assert "Première décision" in decided_page
    assert "Décision n° 2" in decided_page
    assert "8 000,00 €" in words(agent(world, "owner").get("/entreprise"))
