"""Signing in by a real provider: who is let in, how accounts are joined, and how one leaves."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import select

from bonus.accounts.models import Person
from bonus.accounts.service import add_person
from bonus.audit.models import AuditEntry
from bonus.extensions import db
from tests.conftest import AppMaker
from tests.support.provider import Provider, claims_asked
from tests.support.world import NOW
from tests.web.proconnect.passage import (
    HOME,
    OTHER_SIRET,
    SIRET,
    START,
    Passage,
    acts,
    close,
    identities,
    passages,
    query_of,
)
from tests.web.visitor import Visitor, document, errors, telephone_code, words

NEW = "camille.durand@exemple.fr"
LINK = "/connexion/proconnect/associer"
WELCOME = "/connexion/proconnect/bienvenue"


def test_only_what_proconnect_lists_is_asked(passage: Passage) -> None:
    query = query_of(passage.leave_for())
    assert query.keys() == {
        *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "claims"),
    }
    assert query["redirect_uri"] == f"{HOME}/connexion/proconnect/retour"
    assert query["scope"].split() == ["openid", "given_name", "usual_name", "email", "siret"]
    assert min(len(query["state"]), len(query["nonce"])) >= 32
    assert claims_asked(query) == {
        "acr": {"essential": True, "values": ["eidas1", "eidas2"]},
        "amr": {"essential": True},
    }
    again = query_of(passage.leave_for())
    assert {again["state"], again["nonce"]} & {query["state"], query["nonce"]} == set()


def test_someone_new_gets_an_account_without_a_password(passage: Passage) -> None:
    passage.oidc.person("s-1", NEW, siret=OTHER_SIRET)
    response = passage.sign_in(NEW)
    assert response.headers["Location"] == WELCOME
    page = passage.visitor.get(WELCOME)
    assert "Votre compte est créé. Bienvenue." in page.text
    assert "Camille Durand" in page.text
    assert "SIRET 732 829 320 00074" in words(page)
    assert identities(passage) == [(NEW, "s-1", OTHER_SIRET)]
    assert acts(passage) == ["account.created", "account.signed_in"]
    # No password opens it, the empty one neither.
    for password in ("", "!", "None", "demonstration-2026"):
        refused = Visitor(passage.world.app).sign_in(NEW, password)
        assert refused.status_code == 422


def test_whose_company_has_a_space_is_told_to_ask_its_owner(passage: Passage) -> None:
    passage.oidc.person("s-1", NEW, siret=SIRET)
    page = passage.visitor.follow(passage.sign_in(NEW))
    assert "demandez à son responsable de vous y inviter" in words(page)
    assert "Atelier Fictif" in words(page)
    assert passage.visitor.get("/entreprise").status_code == 403


def test_a_known_identity_signs_in_and_what_it_tells_is_kept(passage: Passage) -> None:
    passage.oidc.person("s-1", NEW, siret=OTHER_SIRET)
    passage.sign_in(NEW)
    passage.oidc.person("s-1", "autre.adresse@exemple.fr", siret=SIRET)
    with passage.another() as later:
        response = later.sign_in("autre.adresse@exemple.fr")
    assert response.headers["Location"] == WELCOME
    assert identities(passage) == [(NEW, "s-1", SIRET)], "the account's own address stays"
    assert acts(passage)[-1] == "account.signed_in"
    with passage.world.app.app_context():
        last = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert last.facts == {"by": "proconnect", "acr": "eidas1", "amr": ["pwd"], "siret": SIRET}


def test_an_address_alone_opens_no_account(passage: Passage) -> None:
    owner = passage.world.owner.email
    passage.oidc.person("s-1", owner, siret=SIRET)
    response = passage.sign_in(owner)
    assert response.headers["Location"] == LINK
    page = passage.visitor.get(LINK)
    assert owner in words(page)
    assert passage.visitor.get("/entreprise").status_code == 302, "still nobody"
    assert identities(passage) == []
    wrong = passage.visitor.post(LINK, {"password": "not this one"})
    assert wrong.status_code == 422
    assert errors(wrong) == ["Mot de passe incorrect. Vérifiez votre saisie, puis recommencez."]
    right = passage.visitor.post(LINK, {"password": "demonstration-2026"})
    assert right.headers["Location"] == "/entreprise"
    assert "reliée" in passage.visitor.get("/entreprise").text
    assert identities(passage) == [(owner, "s-1", SIRET)]
    assert acts(passage) == ["account.sign_in_refused", "account.signed_in", "account.identity_linked"]
    # From now on ProConnect is enough.
    with passage.another() as later:
        assert later.sign_in(owner).headers["Location"] == "/entreprise"


@pytest.mark.parametrize("role", ["reviewer", "administrator"])
def test_agents_sign_in_once_their_account_is_joined(passage: Passage, role: str) -> None:
    agent = getattr(passage.world, role)
    passage.oidc.person("s-1", agent.email)
    passage.sign_in(agent.email)
    landing = passage.visitor.post(LINK, {"password": "demonstration-2026"}).headers["Location"]
    assert landing.startswith("/agent")
    # Whatever ProConnect says of the sign-in, a code is asked where no level of it stands for one.
    asked = passage.visitor.get(landing).headers["Location"]
    assert asked.startswith("/connexion/code")
    code = telephone_code(passage.world.app, agent.email)
    assert passage.visitor.post(asked, {"factor_code": code}).headers["Location"] == landing
    assert passage.visitor.get(landing).status_code == 200


def test_an_identity_waits_for_its_password_ten_minutes(passage: Passage) -> None:
    owner = passage.world.owner.email
    passage.oidc.person("s-1", owner)
    passage.sign_in(owner)
    real = passage.world.app.config["CLOCK"]
    passage.world.app.config["CLOCK"] = lambda: real() + timedelta(minutes=10, seconds=2)
    assert passage.visitor.get(LINK).headers["Location"] == "/connexion"
    sent = passage.visitor.post(LINK, {"password": "demonstration-2026"})
    assert sent.headers["Location"] == "/connexion"
    assert identities(passage) == []


def test_nobody_links_without_coming_from_proconnect(passage: Passage) -> None:
    assert passage.visitor.get(LINK).headers["Location"] == "/connexion"
    assert passage.visitor.get(WELCOME).headers["Location"] == "/connexion"


def test_an_account_without_password_is_not_opened_by_another_identity(passage: Passage) -> None:
    passage.oidc.person("s-1", NEW)
    passage.sign_in(NEW)
    passage.oidc.order("reset")
    passage.oidc.person("s-2", NEW)
    with passage.another() as other:
        response = other.sign_in(NEW)
    assert response.status_code == 409
    assert "une autre identité ProConnect" in words(response)
    assert identities(passage) == [(NEW, "s-1", None)]


def test_a_closed_account_stays_closed(passage: Passage) -> None:
    passage.oidc.person("s-1", NEW)
    passage.sign_in(NEW)
    close(passage, NEW)
    with passage.another() as other:
        response = other.sign_in(NEW)
        assert other.visitor.get("/connexion").status_code == 200, "nobody is signed in"
    assert response.status_code == 403
    assert "Ce compte est fermé" in words(response)
    assert acts(passage)[-1] == "account.sign_in_refused"


@pytest.mark.parametrize(
    ("suite", "next_page"),
    [
        ("/entreprise/attestations", "/entreprise/attestations"),
        ("//evil.example/", WELCOME),
        ("https://evil.example/", WELCOME),
        ("/\\evil.example", WELCOME),
        ("/entreprise/" + "x" * 3_000, WELCOME),
    ],
)
def test_one_goes_on_to_the_page_asked_for_and_never_elsewhere(
    passage: Passage, suite: str, next_page: str
) -> None:
    passage.oidc.person("s-1", NEW)
    assert passage.sign_in(NEW, f"{START}?suite={quote(suite)}").headers["Location"] == next_page


def test_pkce_is_a_switch(make_app: AppMaker, oidc: Provider) -> None:
    settings = {**oidc.settings("bonus-pkce"), "PROCONNECT_PKCE": True}
    for passage in passages(make_app, oidc, **settings):
        oidc.person("s-1", NEW)
        query = query_of(passage.leave_for())
        assert query["code_challenge_method"] == "S256"
        assert passage.sign_in(NEW).headers["Location"] == WELCOME


# ---------------------------------------------------------------- the pages


def test_the_button_leads_to_proconnect_and_keeps_the_page_asked_for(passage: Passage) -> None:
    page = document(passage.visitor.get("/connexion?suite=/entreprise/attestations"))
    (button,) = page.xpath('//a[contains(@class, "fr-connect")]')
    assert button.text_content().split() == ["S’identifier", "avec", "ProConnect"]
    assert button.get("href") == f"{START}?suite=/entreprise/attestations"
    (what,) = page.xpath('//a[@href="https://www.proconnect.gouv.fr/"]')
    assert "nouvelle fenêtre" in what.get("title")


def test_without_proconnect_there_is_no_button_and_no_page(make_app: AppMaker) -> None:
    visitor = Visitor(make_app())
    assert "ProConnect" not in visitor.get("/connexion").text
    for address in (START, f"{START}/retour"):
        assert visitor.get(address).status_code == 404


def test_who_is_signed_in_is_not_sent_to_proconnect(passage: Passage) -> None:
    passage.visitor.sign_in(passage.world.owner.email)
    assert passage.visitor.get(START).headers["Location"] == "/entreprise"


# ---------------------------------------------------------------- leaving


def test_signing_out_ends_the_session_at_proconnect_too(passage: Passage) -> None:
    passage.oidc.person("s-1", NEW)
    passage.sign_in(NEW)
    page = passage.visitor.post("/deconnexion")
    assert page.status_code == 200
    seconds, _, url = page.headers["Refresh"].partition("; url=")
    assert (seconds, page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == (
        "0",
        "no-store",
        "no-referrer",
    )
    assert query_of(url).keys() == {"id_token_hint", "state", "post_logout_redirect_uri"}
    assert passage.visitor.get("/connexion").status_code == 200, "already signed out here"
    back = passage.browser.leave(url)
    assert back.startswith(f"{HOME}/deconnexion/retour?state=")
    home = passage.visitor.follow(passage.visitor.get(back.removeprefix(HOME)))
    assert "Vous êtes déconnecté, ici et de ProConnect." in home.text
    # The provider asks again who one is.
    passage.oidc.person("s-2", "autre@exemple.fr")
    passage.sign_in("autre@exemple.fr")
    assert [subject for _, subject, _ in identities(passage)] == ["s-1", "s-2"]


def test_a_return_from_signing_out_that_nobody_asked_for_says_nothing(passage: Passage) -> None:
    response = passage.visitor.get("/deconnexion/retour?state=" + "x" * 43)
    assert response.headers["Location"] == "/"
    assert "déconnecté" not in passage.visitor.get("/").text


def test_a_cookie_copied_before_signing_out_opens_nothing(passage: Passage) -> None:
    passage.oidc.person("s-1", NEW)
    passage.sign_in(NEW)
    with passage.world.app.app_context():
        before = db.session.scalars(select(Person.session_stamp).where(Person.email == NEW)).one()
    passage.visitor.post("/deconnexion")
    with passage.world.app.app_context():
        assert db.session.scalars(select(Person.session_stamp).where(Person.email == NEW)).one() != before


def test_signing_out_after_a_password_does_not_speak_of_proconnect(passage: Passage) -> None:
    passage.visitor.sign_in(passage.world.owner.email)
    assert passage.visitor.post("/deconnexion").headers["Location"] == "/"


def test_what_the_session_keeps_fits_a_cookie(passage: Passage) -> None:
    """With names and addresses as long as they may be: a browser drops a cookie of more than 4 KB."""
    email = f"{'e' * 64}@{'d' * 60}.example"
    with passage.world.app.app_context():
        add_person(email, "E", "demonstration-2026", NOW)
        db.session.commit()
    passage.oidc.person("s" * 255, email, siret=SIRET, given_name="Zoé " * 100, usual_name="Ñ" * 300)
    response = passage.sign_in(email, f"{START}?suite=/entreprise/{'x' * 480}")
    assert response.headers["Location"] == LINK
    assert max(len(cookie) for cookie in response.headers.getlist("Set-Cookie")) < 4_000
    sent = passage.visitor.post(LINK, {"password": "demonstration-2026"})
    assert sent.status_code == 302
    assert passage.visitor.post("/deconnexion").headers["Refresh"]
