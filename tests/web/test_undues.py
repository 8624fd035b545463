"""Undue sums on the pages of agents and company: the journey, what is not one's own, nothing typed is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bonus.extensions import db
from bonus.recoveries.mass_models import MassNotice
from bonus.recoveries.models import Recovery
from tests.support.papers import plain_pdf
from tests.support.recoveries import FACTS, FOUND, SAID, WHY, drafted, granted, lines_of, told
from tests.support.requests import at
from tests.support.world import NOW, Dossier, World, run_jobs
from tests.web.visitor import Visitor, document, errors, signed_in, telephone_code, words

DAY = timedelta(days=1)
LIST = "/agent/indus"


@pytest.fixture
def reviewer(world: World) -> Visitor:
    return signed_in(world.app, world.reviewer.email)


@pytest.fixture
def officer(world: World) -> Visitor:
    return signed_in(world.app, world.other_officer.email)


def case(world: World) -> tuple[Dossier, int]:
    """A dossier that was paid, and its line."""
    with world.app.app_context():
        dossier = granted(world)
        line = lines_of(dossier)[0].id
        db.session.rollback()
    return dossier, line


def told_case(world: World) -> str:
    with world.app.app_context():
        number = told(world, granted(world), opened=None).number
        run_jobs(world, at(FOUND))
        db.session.rollback()
    return number


def with_code(world: World, visitor: Visitor, email: str, address: str, sent: dict[str, str]) -> str:
    answer = visitor.post(address, sent)
    if answer.status_code == 401:
        answer = visitor.post(address, sent | {"factor_code": telephone_code(world.app, email)})
    assert answer.status_code == 302, answer.text
    return words(visitor.get(answer.location))


def test_from_the_dossier_to_the_titre(
    world: World, reviewer: Visitor, owner: Visitor, officer: Visitor
) -> None:
    dossier, line = case(world)
    place = f"/agent/dossiers/{dossier.number}"
    assert f"{place}/indu" in reviewer.get(place).text
    short = reviewer.post(f"{place}/indu", {"origin": "contract_ended", "facts": "Court."})
    assert short.status_code == 422
    assert document(short).xpath('//textarea[@name="facts"]')[0].text_content().strip() == "Court."
    reviewer.follow(reviewer.post(f"{place}/indu", {"origin": "contract_ended", "facts": FACTS}))
    page = f"{LIST}/IND-2026-000001"
    wrong = reviewer.post(f"{page}/constats", {"kind": "ended", "line_id": str(line), "on": "31/01/2030"})
    assert wrong.status_code == 422
    assert any("précède le" in error for error in errors(wrong))
    found = {"kind": "ended", "line_id": str(line), "on": "2026-07-31"}
    said = words(reviewer.follow(reviewer.post(f"{page}/constats", found)))
    assert "2 268,49 €" in said
    assert "181 jours servis sur 365 payés" in said
    assert owner.get("/entreprise/indus/IND-2026-000001").status_code == 404, "a draft is not told"
    stale = words(reviewer.follow(reviewer.post(f"{page}/notification", {"seen": "1"})))
    assert "Le montant a changé" in stale
    said = with_code(world, reviewer, world.reviewer.email, f"{page}/notification", {"seen": "226849"})
    assert "l’entreprise a 30 jours pour répondre" in said
    run_jobs(world, NOW)
    mine = "/entreprise/indus/IND-2026-000001"
    assert "Une somme pourrait être à rembourser" in words(
        owner.get(f"/entreprise/dossiers/{dossier.number}")
    )
    said = words(owner.get(mine))
    assert "Rien n’est décidé" in said
    assert "22 décembre 2026 inclus" in said
    file = ("pv.pdf", plain_pdf(words="PV"))
    bad = owner.post_files(f"{mine}/reponse", "files", [("x.exe", b"MZ\x00")], {"text": SAID})
    assert bad.status_code == 422
    assert SAID in document(bad).xpath('//textarea[@name="text"]')[0].text_content()
    assert "Votre réponse est envoyée" in words(
        owner.follow(owner.post_files(f"{mine}/reponse", "files", [file], {"text": SAID}))
    )
    sent = {"outcome": "confirm", "reasons": WHY}
    early = officer.post(f"{page}/decision", sent)
    assert early.status_code == 422
    assert WHY in document(early).xpath('//textarea[@name="reasons"]')[0].text_content()
    world.app.config["CLOCK"] = lambda: NOW + 31 * DAY
    assert "IND-2026-000001" in words(officer.get(LIST)), "due to be decided"
    with_code(world, officer, world.other_officer.email, f"{page}/decision", sent)
    run_jobs(world, NOW + 31 * DAY)
    said = words(owner.get(mine))
    assert "Titre de perception TP-2026-000001" in said
    assert "2 268,49 €" in said
    history = words(owner.get(f"/entreprise/dossiers/{dossier.number}/historique"))
    for event in ("Indu notifié", "Réponse à l’indu envoyée", "Indu confirmé"):
        assert event in history
    pdf = owner.get(f"{mine}/titre.pdf")
    assert pdf.data.startswith(b"%PDF")
    assert "titre-de-perception-TP-2026-000001.pdf" in pdf.headers["Content-Disposition"]


def test_not_another_company_s(world: World) -> None:
    number = told_case(world)
    stranger = signed_in(world.app, world.neighbour_owner.email)
    here = f"/entreprise/indus/{number}"
    for address in (here, f"{here}/notice.pdf"):
        assert stranger.get(address).status_code == 404
    assert stranger.post(f"{here}/reponse", {"text": SAID}).status_code == 404
    assert number not in stranger.get("/entreprise/indus").text
    with world.app.app_context():
        assert db.session.scalars(select(Recovery.seen_at)).one() is None, "nothing is notified by it"
        db.session.rollback()


def test_agents_do_what_their_role_allows(world: World, reviewer: Visitor, officer: Visitor) -> None:
    number = told_case(world)
    page = f"{LIST}/{number}"
    accounting = signed_in(world.app, world.accounting_officer.email)
    assert accounting.get(page).status_code == 200
    for visitor in (accounting, officer):
        assert visitor.post(f"{page}/notification", {"seen": "1"}).status_code == 403
        assert visitor.post(f"{page}/constats", {"kind": "registry"}).status_code == 403
    assert accounting.post(f"{page}/decision", {"outcome": "drop", "reasons": WHY}).status_code == 403
    refused = reviewer.post(f"{page}/decision", {"outcome": "drop", "reasons": WHY})
    assert refused.status_code == 422
    assert reviewer.get(f"{LIST}/IND-2026-999999").status_code == 404


def test_many_at_once(world: World, reviewer: Visitor) -> None:
    with world.app.app_context():
        numbers = [drafted(world, granted(world)).number for _ in range(2)]
        db.session.rollback()
    empty = words(reviewer.follow(reviewer.post(f"{LIST}/notifications-groupees", {})))
    assert "Choisissez au moins un indu" in empty
    assert numbers[0] in reviewer.get(f"{LIST}?file=a-notifier").text
    answer = reviewer.post(f"{LIST}/notifications-groupees", {"numbers": numbers})
    place = answer.location
    said = words(reviewer.get(place))
    assert "une autre personne doit l’approuver" in said
    assert reviewer.get(f"{place}.csv").status_code == 200
    second = signed_in(world.app, world.other_reviewer.email)
    with world.app.app_context():
        shown = db.session.scalars(select(MassNotice.amount_cents)).one()
        db.session.rollback()
    wrong = {"seen": str(shown - 1)}
    email = world.other_reviewer.email
    assert "Les montants ont changé" in with_code(world, second, email, f"{place}/approbation", wrong)
    assert "les notifications partent" in with_code(
        world, second, email, f"{place}/approbation", {"seen": str(shown)}
    )
    run_jobs(world, NOW)
    assert "Envoyée" in words(second.get(place))


def test_filters_and_export(world: World, reviewer: Visitor) -> None:
    number = told_case(world)
    for query, there in (
        ("?file=tous", True),
        ("?file=tous&suivi=contract_ended", True),
        ("?file=tous&suivi=control", False),
        (f"?file=tous&recherche={number[-4:]}", True),
        ("?file=tous&recherche=introuvable", False),
        ("?file=titres", False),
    ):
        assert (number in reviewer.get(f"{LIST}{query}").text) is there, query
    assert number in reviewer.get(f"{LIST}.csv?file=tous").text
