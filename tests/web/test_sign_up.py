"""Signing a company up, as a visitor does: from the SIREN to the code."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from bonus import clock
from bonus.accounts.models import Person
from bonus.accounts.service import actor_of
from bonus.adapters.company_directory import DirectoryAway, Identity, LocalDirectory
from bonus.claims.models import Claim
from bonus.companies.models import Company
from bonus.companies.proof import prove_by_siret
from bonus.companies.proof_models import MOST_TRIES, Application, ProofLetter, SignUp
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from tests.conftest import AppMaker
from tests.support.signing_up import (
    SIREN,
    SIRET,
    UNKNOWN,
    begun,
    code_in,
    furnish_sign_ups,
    link_sent_to,
    newcomer,
)
from tests.support.world import NOW, World, draft, run_jobs
from tests.web.company_pages import DECLARED
from tests.web.visitor import Visitor, errors, signed_in, words

ANNE, BRUNO = "anne@entreprise.example", "bruno@entreprise.example"
TYPED = {
    "name": "Société Tapée",
    "street": "3 rue Neuve",
    "postcode": "75011",
    "town": "Paris",
    "naf": "62.01Z",
}


@pytest.fixture(autouse=True)
def clock_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def asks(app: Flask, email: str, siren: str = SIREN, suite: str = "") -> Visitor:
    """A visitor who went as far as giving an address."""
    visitor = Visitor(app)
    query = f"?suite={suite}" if suite else ""
    assert visitor.post(f"/inscription{query}", {"siren": siren}).status_code == 302
    assert visitor.get(f"/inscription/{siren}{query}").status_code == 200
    assert (
        visitor.post(f"/inscription/{siren}{query}")
        .headers["Location"]
        .startswith(f"/inscription/{siren}/compte")
    )
    response = visitor.post(f"/inscription/{siren}/compte{query}", {"name": "Anne Dupont", "email": email})
    assert response.headers["Location"] == "/inscription/courriel"
    return visitor


def begins(world: World, name: str) -> Visitor:
    """Someone with an account who begins the company."""
    with world.app.app_context():
        begun(newcomer(name))
    return signed_in(world.app, f"{name}@entreprise.example")


def test_from_a_siren_to_the_right_to_file(world: World) -> None:
    visitor = asks(world.app, ANNE)
    with world.app.app_context():
        secret = link_sent_to(ANNE)
    page = visitor.get(f"/inscription/lien/{secret}")
    assert "Imprimerie du Pont Fictif" in words(page)
    assert errors(visitor.post(f"/inscription/lien/{secret}", {"password": "court"}))
    response = visitor.post(f"/inscription/lien/{secret}", {"password": PASSWORD})
    assert response.headers["Location"] == "/entreprise"
    home = words(visitor.get("/entreprise"))
    assert "Avant de déposer, il reste deux choses à faire" in home

    with world.app.app_context():
        anne = db.session.scalars(select(Person).where(Person.email == ANNE)).one()
        company_id, owner = anne.memberships[0].company_id, actor_of(anne)
    dossier = draft(world, company_id=company_id, owner=owner)
    address = f"/entreprise/dossiers/{dossier.reference}/depot"
    shown = words(visitor.get(address))
    assert "Prouver votre droit d’agir" in shown
    assert "microentreprise" in shown
    assert "Votre déclaration" not in shown
    refused = visitor.post(address, DECLARED)
    assert refused.status_code == 422
    assert "Montrez d’abord que vous pouvez agir" in errors(refused)[0]

    figures = {
        "headcount": "12",
        "turnover": "1000000",
        "balance_sheet": "500000",
        "company": str(company_id),
    }
    assert visitor.post("/entreprise/etablissement/taille", figures).status_code == 302
    assert visitor.get("/entreprise/preuve").headers["Location"] == f"/entreprise/preuve/{SIREN}"
    assert visitor.post(f"/entreprise/preuve/{SIREN}/courrier").status_code == 302
    assert "n’est pas encore parti" in words(visitor.get(f"/entreprise/preuve/{SIREN}"))
    run_jobs(world)
    assert "69007 LYON" in words(visitor.get(f"/entreprise/preuve/{SIREN}"))
    wrong = visitor.post(f"/entreprise/preuve/{SIREN}/code", {"code": "ABCDE-23456"})
    assert (wrong.status_code, "4 essais" in errors(wrong)[0]) == (422, True)
    with world.app.app_context():
        code = code_in(db.session.scalars(select(ProofLetter)).one())
    assert (
        visitor.post(f"/entreprise/preuve/{SIREN}/code", {"code": code}).headers["Location"] == "/entreprise"
    )
    assert "Avant de déposer" not in words(visitor.get("/entreprise"))
    assert visitor.post(address, DECLARED).status_code == 302
    with world.app.app_context():
        assert db.session.get_one(Claim, dossier.id).status == "filed"


def test_a_siret_is_cut_and_said(app: Flask) -> None:
    visitor = Visitor(app)
    response = visitor.post("/inscription", {"siren": SIRET})
    assert "C’était un SIRET" in visitor.follow(response).text
    assert response.headers["Location"] == f"/inscription/{SIREN}"


@pytest.mark.parametrize("path", ["910000008", "91000000900019", "abc", "910 000 009", "000000000"])
def test_an_address_of_no_siren(app: Flask, path: str) -> None:
    for end in ("", "/saisie", "/compte"):
        assert Visitor(app).get(f"/inscription/{path}{end}").status_code == 404


def test_an_address_that_has_an_account_is_not_said(world: World) -> None:
    with world.app.app_context():
        newcomer("anne")
    known, unknown = asks(world.app, ANNE), asks(world.app, "nul@entreprise.example")
    assert words(known.get("/inscription/courriel")) == words(unknown.get("/inscription/courriel"))
    with world.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SignUp)) == 2


def test_what_was_simulated_is_found_again(world: World) -> None:
    suite = "/simulateur?usage=ai&montant=90000"
    visitor = asks(world.app, ANNE, suite="/simulateur%3Fusage=ai%26montant=90000")
    with world.app.app_context():
        secret = link_sent_to(ANNE)
    elsewhere = Visitor(world.app)  # the link is opened on a telephone
    assert elsewhere.post(f"/inscription/lien/{secret}", {"password": PASSWORD}).headers["Location"] == suite
    assert visitor.get("/entreprise").status_code == 302


@pytest.mark.parametrize("suite", ["https://voleur.example", "//voleur.example", "/\\voleur.example"])
def test_nobody_is_sent_elsewhere(world: World, suite: str) -> None:
    asks(world.app, ANNE, suite=suite)
    with world.app.app_context():
        secret = link_sent_to(ANNE)
        assert db.session.scalars(select(SignUp.next_page)).one() is None
    response = Visitor(world.app).post(f"/inscription/lien/{secret}", {"password": PASSWORD})
    assert response.headers["Location"] == "/entreprise"


def test_steps_cannot_be_skipped(app: Flask) -> None:
    visitor = Visitor(app)
    for step in ("saisie", "compte"):
        assert visitor.get(f"/inscription/{SIREN}/{step}").headers["Location"] == f"/inscription/{SIREN}"
        assert (
            visitor.post(f"/inscription/{SIREN}/{step}", TYPED).headers["Location"] == f"/inscription/{SIREN}"
        )
    # What was shown of one company confirms no other.
    visitor.get(f"/inscription/{SIREN}")
    assert visitor.get("/inscription/910001007/compte").status_code == 302


# ---------------------------------------------------------------- when the directory says nothing


class Away:
    def find(self, siren: str) -> Identity | None:
        raise DirectoryAway("down")


def test_typed_while_the_directory_is_away(world: World) -> None:
    world.app.extensions["bonus.directory"] = Away()
    visitor = Visitor(world.app)
    assert "ne répond pas" in words(visitor.get(f"/inscription/{SIREN}"))
    assert "déclarés, non vérifiés" in words(visitor.get(f"/inscription/{SIREN}/saisie"))
    faulty = visitor.post(f"/inscription/{SIREN}/saisie", TYPED | {"postcode": "7501"})
    assert "5 chiffres" in errors(faulty)[0]
    assert visitor.post(f"/inscription/{SIREN}/saisie", TYPED).status_code == 302
    visitor.post(f"/inscription/{SIREN}/compte", {"name": "Anne", "email": ANNE})
    with world.app.app_context():
        secret = link_sent_to(ANNE)
    visitor.post(f"/inscription/lien/{secret}", {"password": PASSWORD})
    assert "déclarés, non vérifiés" in words(visitor.get("/entreprise/etablissement"))
    administrator = signed_in(world.app, world.administrator.email)
    assert "Déclarée, non vérifiée" in words(administrator.get("/agent/inscriptions"))
    # Once it answers, the letter goes where the directory says.
    visitor.post(f"/entreprise/preuve/{SIREN}/courrier")
    world.app.extensions["bonus.directory"] = LocalDirectory()
    run_jobs(world)
    assert "8 RUE DU PONT INVENTÉ" in words(visitor.get(f"/entreprise/preuve/{SIREN}"))


@pytest.mark.parametrize(
    ("siren", "said"), [(UNKNOWN, "ne connaît pas"), ("910004001", "ne publie pas tout")]
)
def test_typed_when_the_directory_does_not_say(app: Flask, siren: str, said: str) -> None:
    visitor = Visitor(app)
    assert said in words(visitor.get(f"/inscription/{siren}"))
    assert visitor.get(f"/inscription/{siren}/saisie").status_code == 200


def test_a_closed_company_goes_no_further(app: Flask) -> None:
    visitor = Visitor(app)
    assert "30 juin 2025" in words(visitor.get("/inscription/910003003"))
    for step in ("saisie", "compte"):
        assert visitor.get(f"/inscription/910003003/{step}").status_code == 302


# ---------------------------------------------------------------- several people


def test_who_comes_second_proves_and_the_first_is_out(world: World) -> None:
    first, second = begins(world, "anne"), begins(world, "bruno")
    with world.app.app_context():
        company = db.session.scalars(select(Company).where(Company.siren == SIREN)).one()
        anne = db.session.scalars(select(Person).where(Person.email == ANNE)).one()
        company_id, owner = company.id, actor_of(anne)
    dossier = draft(world, company_id=company_id, owner=owner)
    address = f"/entreprise/dossiers/{dossier.reference}/factures"
    assert first.get(address).status_code == 200
    for page in ("/entreprise", address, "/entreprise/equipe", "/entreprise/etablissement"):
        assert second.get(page).headers["Location"] == "/entreprise/preuve"
    said = words(second.get(f"/entreprise/preuve/{SIREN}"))
    assert "Quelqu’un d’autre a déjà commencé" in said
    assert "Anne" not in said

    second.post(f"/entreprise/preuve/{SIREN}/courrier")
    run_jobs(world)
    with world.app.app_context():
        code = code_in(db.session.scalars(select(ProofLetter)).one())
    assert first.post(f"/entreprise/preuve/{SIREN}/code", {"code": code}).status_code == 422
    assert second.post(f"/entreprise/preuve/{SIREN}/code", {"code": code}).status_code == 302
    assert second.get(address).status_code == 200
    for page in ("/entreprise", address):
        assert first.get(page).headers["Location"] == "/entreprise/preuve"
    over = words(first.get(f"/entreprise/preuve/{SIREN}"))
    assert "Une autre personne a prouvé" in over
    assert "Bruno" not in over


def test_a_company_proven_names_nobody(world: World) -> None:
    begins(world, "anne")
    with world.app.app_context():
        anne = db.session.scalars(select(Person).where(Person.email == ANNE)).one()
        prove_by_siret(anne.memberships[0].company_id, anne, SIRET, now=NOW)
    visitor = Visitor(world.app)
    response = visitor.post("/inscription", {"siren": SIREN})
    assert "demandez une invitation" in errors(response)[0]
    text = words(visitor.get(f"/inscription/{SIREN}"))
    assert "a déjà un espace" in text
    assert "Anne" not in text
    assert "@" not in text
    assert visitor.post(f"/inscription/{SIREN}").status_code == 302


def test_someone_signed_in_adds_a_company(world: World) -> None:
    owner = signed_in(world.app, world.owner.email)
    assert "Oui, ouvrir son espace" in words(owner.get(f"/inscription/{SIREN}"))
    assert owner.post(f"/inscription/{SIREN}").headers["Location"] == "/entreprise"
    assert "Imprimerie du Pont Fictif" in words(owner.get("/entreprise"))
    reviewer = signed_in(world.app, world.reviewer.email)
    reviewer.get("/inscription/910001007")
    assert "agent de l’État" in reviewer.follow(reviewer.post("/inscription/910001007")).text


# ---------------------------------------------------------------- what is not one's own


def test_the_proof_of_another(world: World) -> None:
    begins(world, "anne")
    neighbour = signed_in(world.app, world.neighbour_owner.email)
    for siren in (SIREN, "910001007", "x"):
        assert neighbour.get(f"/entreprise/preuve/{siren}").status_code == 404
        assert neighbour.post(f"/entreprise/preuve/{siren}/courrier").status_code == 404
        assert neighbour.post(f"/entreprise/preuve/{siren}/code", {"code": "ABCDE23456"}).status_code == 404
    with world.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ProofLetter)) == 0
    assert neighbour.get("/entreprise/preuve").headers["Location"] == "/entreprise"


def test_five_wrong_codes_and_no_more(world: World) -> None:
    anne = begins(world, "anne")
    anne.post(f"/entreprise/preuve/{SIREN}/courrier")
    run_jobs(world)
    for _ in range(MOST_TRIES):
        anne.post(f"/entreprise/preuve/{SIREN}/code", {"code": "ABCDE-23456"})
    with world.app.app_context():
        code = code_in(db.session.scalars(select(ProofLetter)).one())
    assert errors(anne.post(f"/entreprise/preuve/{SIREN}/code", {"code": code}))
    assert "ne sert plus" in words(anne.get(f"/entreprise/preuve/{SIREN}"))
    with world.app.app_context():
        assert db.session.scalars(select(Application.outcome)).one() is None


def test_the_administrator_checks_and_notes_a_return(world: World) -> None:
    with world.app.app_context():
        found = furnish_sign_ups(world)
    administrator = signed_in(world.app, world.administrator.email)
    address = f"/agent/inscriptions/{found.typed}"
    assert errors(administrator.post(f"{address}/identite", TYPED | {"town": ""}))
    response = administrator.post(f"{address}/identite", TYPED | {"street": "4 rue Sûre"})
    assert response.headers["Location"] == address
    run_jobs(world)
    assert "4 rue Sûre" in words(administrator.get(address))
    assert "Courrier parti" in words(administrator.get(address))
    administrator.post(f"/agent/inscriptions/courriers/{found.letter}/retour")
    assert "Courrier revenu" in words(administrator.get(f"/agent/inscriptions/{found.begun}"))
    assert administrator.get(f"/agent/inscriptions/{world.company_id}").status_code == 404
    assert administrator.post("/agent/inscriptions/courriers/999/retour").status_code == 404
    assert errors(administrator.post(f"{address}/identite", TYPED))


# ---------------------------------------------------------------- the demonstration, and limits


def test_letters_are_shown_by_a_demonstration_alone(make_app: AppMaker) -> None:
    app = make_app()
    for page in ("", f"/{'0' * 40}.pdf", "/x.pdf"):
        assert Visitor(app).get(f"/demonstration/courriers{page}").status_code == 404
    app.config["DEMO"] = True
    assert "Aucun courrier" in words(Visitor(app).get("/demonstration/courriers"))
    assert Visitor(app).get("/demonstration/courriers/..%2f..%2fx.pdf").status_code == 404


def test_tries_are_throttled(make_app: AppMaker) -> None:
    app = make_app(RATELIMIT_ENABLED=True)
    visitor = Visitor(app)
    answers = [visitor.post("/inscription", {"siren": "1"}).status_code for _ in range(32)]
    assert set(answers[:30]) == {422}
    assert answers[30:] == [429, 429]


def test_links_to_sign_up(world: World) -> None:
    visitor = Visitor(world.app)
    assert 'href="/inscription"' in visitor.get("/").text
    assert 'href="/inscription?suite=/entreprise"' in visitor.get("/connexion?suite=/entreprise").text
    simulated = visitor.get("/simulateur?usage=ai&montant=90000&taille=sme")
    assert 'href="/inscription?suite=/simulateur' in simulated.text
    link = signed_in(world.app, world.owner.email).get("/entreprise/etablissement").text
    assert 'href="/inscription"' in link


def test_a_link_that_is_over(world: World) -> None:
    asks(world.app, ANNE)
    with world.app.app_context():
        secret = link_sent_to(ANNE)
        db.session.scalars(select(SignUp)).one().expires_at = NOW - timedelta(seconds=1)
        db.session.commit()
    response = Visitor(world.app).get(f"/inscription/lien/{secret}")
    assert (response.status_code, "Ce lien ne sert plus" in words(response)) == (409, True)
    assert Visitor(world.app).get("/inscription/lien/inconnu").status_code == 404
